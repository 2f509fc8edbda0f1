"""How the studio writes money, dates and statuses, for staff and in the portal."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from babel.numbers import format_percent
from flask import url_for
from flask_babel import format_currency, format_date, format_decimal, get_locale, gettext
from markupsafe import Markup

from flask_contacts.models import Customer
from flask_contacts.portal import badge
from flask_contacts.state import current_contacts

from .words import STATUSES

CURRENCY = "EUR"

#: Each status and the tone of its badge, in the words of Bootstrap.
TONES = {
    **dict.fromkeys(("draft", "closed", "to do", "not started", "low", "normal"), "default"),
    "open": "info",
    "sent": "info",
    "awaiting signature": "warning",
    "in progress": "info",
    "answered": "success",
    "accepted": "success",
    "active": "success",
    "issued": "success",
    "paid": "success",
    "completed": "success",
    "finished": "success",
    "done": "success",
    "overdue": "danger",
    "declined": "danger",
    "high": "danger",
    "expired": "warning",
    "on hold": "warning",
}


def money(value: Decimal | None) -> str:
    """An amount in the studio's currency, as the reader's language writes it."""
    return "" if value is None else str(format_currency(value, CURRENCY))


def quantity(value: Decimal) -> str:
    """A number without zeros at its end, with the comma or point of the reader's language."""
    return str(format_decimal(value.normalize()))


def percent(value: Decimal) -> str:
    """A number of percent, such as a tax rate."""
    return format_percent(value / 100, locale=get_locale(), decimal_quantization=False)


def day(value: date | None) -> str:
    """A date without the time, never broken into two lines."""
    if value is None:
        return ""
    return str(format_date(value, "d MMM y", rebase=False)).replace(" ", "\N{NO-BREAK SPACE}")


def number(value: str) -> Markup:
    """The number of a paper, never broken into two lines."""
    return Markup('<span class="text-nowrap">{}</span>').format(value)


def moment(value: datetime | None) -> str:
    """A date with the time, in UTC as it was stored; never broken into two lines."""
    if value is None:
        return ""
    return f"{day(value)},\N{NO-BREAK SPACE}{value:%H:%M}"


def staff_badge(status: str) -> Markup:
    """A status as a label of Bootstrap 3, which Flask-AppBuilder wears."""
    return Markup('<span class="label label-{}">{}</span>').format(
        TONES.get(status, "default"), STATUSES.get(status, status)
    )


#: A status as the portal shows it.
portal_badge = badge(
    {
        status: (tone.replace("default", "secondary"), STATUSES[status])
        for status, tone in TONES.items()
    }
)


def progress(value: int) -> Markup:
    """A bar and a number; an element of HTML's own, so that no inline style is needed."""
    return Markup(
        '<span class="text-nowrap">'
        '<progress value="{}" max="100" aria-label="{}">{}</progress> {}</span>'
    ).format(value, gettext("Progress"), *[percent(Decimal(value))] * 2)


def customer_link(customer: Any) -> Any:
    """The customer's name, which opens the profile; a lead's name as it is."""
    if not isinstance(customer, Customer):
        return customer or ""
    address = url_for(f"{current_contacts.customer_view.endpoint}.show", pk=customer.id)
    return Markup('<a href="{}">{}</a>').format(address, customer)


def or_nothing(value: Any) -> Any:
    """A value that may be missing: Flask-AppBuilder would write ``None``."""
    return "" if value is None else value


#: What the staff views and the portal pages share; statuses differ.
SHARED_FORMATTERS: dict[str, Callable[[Any], Any]] = {
    "number": number,
    "subtotal": money,
    "tax": money,
    "total": money,
    "value": money,
    "balance": money,
    "unit_price": money,
    "amount": money,
    "quantity": quantity,
    "tax_rate": percent,
    "progress": progress,
    "opened_at": moment,
    "updated_at": moment,
    **dict.fromkeys(
        (
            "issued_on",
            "due_on",
            "valid_until",
            "sent_on",
            "open_till",
            "starts_on",
            "ends_on",
            "signed_on",
            "paid_on",
        ),
        day,
    ),
    "sent_at": moment,
    "mailed_at": moment,
    "method": lambda value: STATUSES.get(value, value),
}
STAFF_FORMATTERS = {
    **SHARED_FORMATTERS,
    "status": staff_badge,
    "priority": staff_badge,
    "customer": customer_link,
    "addressee": customer_link,
    **dict.fromkeys(
        (
            *("assignee", "contact", "description", "invoice", "lead_email"),
            *("notes", "scope", "summary", "terms"),
        ),
        or_nothing,
    ),
}
PORTAL_FORMATTERS = {
    **SHARED_FORMATTERS,
    "status": portal_badge,
    "priority": portal_badge,
}

#: What our templates call by name.
FOR_TEMPLATES = {"money": money, "day": day, "customer_link": customer_link}
