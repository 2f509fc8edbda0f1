"""Sales: invoices with their lines and payments, credit notes."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from flask_appbuilder.models.sqla.interface import SQLAInterface
from flask_babel import gettext, lazy_gettext as _l
from sqlalchemy import select
from wtforms import Field, ValidationError

from ..clock import now
from ..customer_field import CustomerField
from ..database import db
from ..models import CreditNote, Invoice, InvoiceLine, Payment
from ..models.billing import CREDIT_NOTE_STATUSES, INVOICE_STATUSES, PAYMENT_METHODS
from ..models.columns import DRAFT
from ..sendable import credit_note_document, invoice_document
from .base import PaperView, PartView
from .fields import ParentField, RelatedField, amount, choice, day


class InvoiceLineView(PartView):
    """The lines of an invoice."""

    datamodel = SQLAInterface(InvoiceLine)
    whole, parts = "invoice", "lines"
    list_title = _l("Lines")
    show_title = _l("Invoice Line")
    add_title = _l("New Line")
    edit_title = _l("Edit Line")
    list_columns = ["description", "quantity", "unit_price", "amount"]
    order_columns = ["description", "quantity", "unit_price"]
    show_columns = ["invoice", "description", "quantity", "unit_price", "amount"]
    add_columns = ["invoice", "description", "quantity", "unit_price"]
    search_columns = ["description"]
    add_form_extra_fields = {
        "invoice": ParentField(_l("Invoice")),
        "quantity": amount(_l("Quantity"), Decimal(100_000)),
        "unit_price": amount(_l("Unit price")),
    }


class PaymentView(PartView):
    """What came in for an invoice; when that is all of it, the invoice is paid."""

    datamodel = SQLAInterface(Payment)
    whole, parts = "invoice", "payments"
    list_title = _l("Payments")
    show_title = _l("Payment")
    add_title = _l("New Payment")
    edit_title = _l("Edit Payment")
    list_columns = ["paid_on", "amount", "method"]
    order_columns = ["paid_on", "amount", "method"]
    show_columns = ["invoice", "paid_on", "amount", "method"]
    add_columns = ["invoice", "paid_on", "amount", "method"]
    search_columns = ["method"]
    add_form_extra_fields = {
        "invoice": ParentField(_l("Invoice")),
        "paid_on": day(_l("Paid on")),
        "amount": amount(_l("Amount")),
        "method": choice(_l("Method"), PAYMENT_METHODS),
    }


def only_with_lines(form: Any, field: Field) -> None:
    """For an invoice's status: where there is nothing to pay yet, it stays a draft."""
    lines = select(InvoiceLine.id).where(InvoiceLine.invoice_id == form._id).limit(1)
    if field.data != DRAFT and db.session.scalar(lines) is None:
        raise ValidationError(gettext("Add lines first; an empty invoice stays a draft."))


class InvoiceView(PaperView):
    """Sales → Invoices. A new one is a draft: its lines come first, then it is opened."""

    datamodel = SQLAInterface(Invoice)
    make_document = invoice_document
    list_title = _l("Invoices")
    show_title = _l("Invoice")
    add_title = _l("New Invoice")
    edit_title = _l("Edit Invoice")
    related_views = [InvoiceLineView, PaymentView]
    list_columns = ["number", "customer", "title", "state", "issued_on", "due_on", "total"]
    order_columns = ["number", "title", "state", "issued_on", "due_on", "total"]
    show_columns = [
        *("number", "customer", "title", "state", "mailed_at", "issued_on", "due_on"),
        *("subtotal", "tax_rate", "tax", "total", "balance", "notes"),
    ]
    add_columns = ["customer", "number", "title", "issued_on", "due_on", "tax_rate", "notes"]
    edit_columns = ["number", "title", "status", "issued_on", "due_on", "tax_rate", "notes"]
    description_columns = {
        "status": _l("Opening it mails the contacts who want to hear of invoices."),
    }
    search_columns = ["number", "title", "state", "issued_on", "due_on"]
    search_form_extra_fields = {"state": choice(_l("Status"), INVOICE_STATUSES)}
    add_form_extra_fields = {
        "customer": CustomerField(),
        "status": choice(_l("Status"), INVOICE_STATUSES, [only_with_lines]),
        "issued_on": day(_l("Date")),
        "due_on": day(_l("Due"), later=14),
        "tax_rate": amount(_l("Tax rate (percent)"), Decimal(100), default=Decimal(20)),
    }

    def pre_update(self, item: Invoice) -> None:
        """Another tax rate makes another total; who says that it is paid, has seen money."""
        said_paid = item.status == "paid"
        item.reckon()
        if said_paid:
            item.pay_rest(now().date())
            item.settle()


class CreditNoteView(PaperView):
    """Sales → Credit notes."""

    datamodel = SQLAInterface(CreditNote)
    make_document = credit_note_document
    list_title = _l("Credit notes")
    show_title = _l("Credit note")
    add_title = _l("New Credit Note")
    edit_title = _l("Edit Credit Note")
    list_columns = ["number", "customer", "title", "status", "issued_on", "total"]
    order_columns = ["number", "title", "status", "issued_on", "total"]
    show_columns = [
        *("number", "customer", "invoice", "title", "status", "mailed_at", "issued_on"),
        *("subtotal", "tax_rate", "tax", "total", "notes"),
    ]
    add_columns = [
        *("customer", "number", "invoice", "title", "status", "issued_on"),
        *("subtotal", "tax_rate", "notes"),
    ]
    search_columns = ["number", "title", "status"]
    add_form_extra_fields = {
        "customer": CustomerField(),
        "invoice": RelatedField(
            _l("Invoice"),
            CreditNote,
            Invoice.number,
            _l("The number of the invoice that it is for, if it is for one."),
        ),
        "status": choice(_l("Status"), CREDIT_NOTE_STATUSES),
        "issued_on": day(_l("Date")),
        "subtotal": amount(_l("Net amount")),
        "tax_rate": amount(_l("Tax rate (percent)"), Decimal(100), default=Decimal(20)),
    }

    def pre_add(self, item: CreditNote) -> None:
        """Its sums follow from the net amount, and its invoice may be settled by it."""
        item.reckon()
        db.session.add(item)
        if item.invoice is not None:
            item.invoice.settle()

    def pre_update(self, item: CreditNote) -> None:
        """As for a new one."""
        self.pre_add(item)

    def pre_delete(self, item: CreditNote) -> None:
        """Its invoice may be open again."""
        invoice = item.invoice
        if invoice is not None:
            item.invoice = None
            invoice.settle()
