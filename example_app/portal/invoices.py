"""Invoices in the portal: what is open, and each paper with its file.

The statement and the credit notes open with the same permission (BEHAVIOUR P3); they are
pages of their own behind buttons of the list.
"""

from __future__ import annotations

from typing import Any

from flask_appbuilder.models.sqla.interface import SQLAInterface
from flask_babel import lazy_gettext as _l
from sqlalchemy.orm import undefer

from flask_contacts import Attachment
from flask_contacts.portal import RelatedList, current_contact

from ..clock import now
from ..database import db
from ..downloads import file_of
from ..figures import OpenInvoices, open_invoices
from ..models import CreditNote, Invoice
from ..models.billing import INVOICE_STATUSES
from ..models.columns import DRAFT
from ..sendable import credit_note_document, invoice_document
from .shared import PaperPages, by_status, pdf_of


def credit_note_file(note: CreditNote) -> Attachment | None:
    """The credit note as a file, where its row offers one."""
    return file_of(credit_note_document(note))


class InvoicePages(PaperPages):
    """Invoices with their lines, payments and credit notes."""

    datamodel = SQLAInterface(Invoice)
    list_template = "example_app/portal/invoices.html"
    show_template = "example_app/portal/invoice.html"
    list_columns = ["number", "title", "issued_on", "due_on", "total", "state"]
    show_columns = ["number", "title", "state", "issued_on", "due_on", "notes"]
    search_columns = ["number", "title"]
    filter_columns = (by_status("state", INVOICE_STATUSES), "issued_on")
    order_columns = ["number", "title", "issued_on", "due_on", "total", "state"]
    base_order = ("issued_on", "desc")
    files = (pdf_of(invoice_document),)
    can_export = True
    related_lists = (
        RelatedList("lines", _l("Lines"), ("description", "quantity", "unit_price", "amount")),
        RelatedList("payments", _l("Payments"), ("paid_on", "amount", "method")),
        RelatedList(
            "credit_notes",
            _l("Credit notes"),
            ("number", "title", "issued_on", "total"),
            condition=lambda: CreditNote.status != DRAFT,
            download=credit_note_file,
        ),
    )

    def query(self) -> Any:
        """With what is left to pay, which the database reckons."""
        return super().query().options(undefer(Invoice.to_pay))


def invoices_to_pay() -> OpenInvoices:
    """For the list's template: what the contact's customer has to pay."""
    return open_invoices(db.session, current_contact.customer_id, now().date())
