"""The values of our templates' merge fields.

Amounts, dates and statuses are put into words when a mail is written and not before: a
mail is in its reader's language (BEHAVIOUR N8), and they are too.
"""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

from flask import current_app
from flask_babel.speaklater import LazyString

from . import formatting
from .models import Contract, CreditNote, Estimate, Invoice, Project, Proposal, Ticket
from .words import STATUSES

#: Where the portal shows each kind of record; the statement shows credit notes.
_PLACES: dict[type, str] = {
    Invoice: "invoices/{id}",
    CreditNote: "statement/",
    Estimate: "estimates/{id}",
    Proposal: "proposals/{id}",
    Contract: "contracts/{id}",
    Ticket: "support/{id}",
    Project: "projects/{id}",
}


def about(record: Any) -> dict[str, object]:
    """Number, title and portal address of a paper or a ticket."""
    title = record.title if hasattr(record, "title") else record.subject
    return {
        "document_number": record.number,
        "document_title": title,
        "document_url": link_to(record),
    }


def about_invoice(invoice: Invoice, amount: Decimal) -> dict[str, object]:
    """The same of an invoice, with an amount and the day when it is due."""
    return {**about(invoice), "amount": money(amount), "due_date": day(invoice.due_on)}


def link_to(record: Any) -> str:
    """The address of the record's page in the portal; known outside a request too."""
    return portal_url(_PLACES[type(record)].format(id=record.id))


def admin_link_to(record: Any) -> str:
    """The address of the record's page in the admin; known outside a request too."""
    addresses = current_app.url_map.bind("")
    return _base_url() + addresses.build(f"{type(record).__name__}View.show", {"pk": record.id})


def portal_url(path: str) -> str:
    """The address of a portal page, such as ``"statement/"``."""
    return f"{_base_url()}{current_app.config['CONTACTS_PORTAL_PREFIX']}/{path}"


def _base_url() -> str:
    return str(current_app.config["CONTACTS_BASE_URL"]).rstrip("/")


def money(value: Decimal) -> LazyString:
    """An amount."""
    return LazyString(formatting.money, value)


def day(value: date | None) -> LazyString:
    """A date."""
    return LazyString(formatting.day, value)


def status(value: str) -> LazyString:
    """A status."""
    return LazyString(lambda: str(STATUSES.get(value, value)))
