"""Sales: invoices with their lines, estimates, proposals, contracts."""

from __future__ import annotations

from decimal import Decimal

from flask_appbuilder.models.sqla.interface import SQLAInterface
from flask_babel import lazy_gettext as _l

from ..customer_field import CustomerField
from ..models import Contract, Estimate, Invoice, InvoiceLine, Proposal
from ..models.documents import (
    CONTRACT_STATUSES,
    ESTIMATE_STATUSES,
    INVOICE_STATUSES,
    PROPOSAL_STATUSES,
)
from .base import StudioView
from .fields import ParentField, amount, choice, day


class InvoiceLineView(StudioView):
    """The lines of an invoice; each change adds the invoice up again."""

    datamodel = SQLAInterface(InvoiceLine)
    list_title = _l("Lines")
    show_title = _l("Invoice Line")
    add_title = _l("New Line")
    edit_title = _l("Edit Line")
    list_columns = ["description", "quantity", "unit_price", "amount"]
    order_columns = ["description", "quantity", "unit_price"]
    show_columns = ["invoice", "description", "quantity", "unit_price", "amount"]
    add_columns = ["invoice", "description", "quantity", "unit_price"]
    search_columns = ["description"]
    base_order = ("id", "asc")
    add_form_extra_fields = {
        "invoice": ParentField(_l("Invoice")),
        "quantity": amount(_l("Quantity"), Decimal(100_000)),
        "unit_price": amount(_l("Unit price")),
    }

    def post_add(self, item: InvoiceLine) -> None:
        """Add the invoice up again."""
        self._add_up(item)

    def post_update(self, item: InvoiceLine) -> None:
        """Add the invoice up again."""
        self._add_up(item)

    def post_delete(self, item: InvoiceLine) -> None:
        """Add the invoice up again."""
        self._add_up(item)

    def _add_up(self, item: InvoiceLine) -> None:
        session = self.datamodel.session
        invoice = session.get(Invoice, item.invoice_id)
        if invoice is not None:
            session.expire(invoice, ["lines"])
            invoice.add_up()
            session.commit()


class InvoiceView(StudioView):
    """Sales → Invoices."""

    datamodel = SQLAInterface(Invoice)
    list_title = _l("Invoices")
    show_title = _l("Invoice")
    add_title = _l("New Invoice")
    edit_title = _l("Edit Invoice")
    related_views = [InvoiceLineView]
    list_columns = ["number", "customer", "title", "status", "issued_on", "due_on", "total"]
    order_columns = ["number", "title", "status", "issued_on", "due_on", "total"]
    show_columns = [
        *("number", "customer", "title", "status", "issued_on", "due_on"),
        *("subtotal", "tax_rate", "tax", "total", "notes"),
    ]
    add_columns = [
        *("customer", "number", "title", "status", "issued_on", "due_on", "tax_rate", "notes"),
    ]
    search_columns = ["number", "title", "status"]
    base_order = ("number", "desc")
    add_form_extra_fields = {
        "customer": CustomerField(),
        "status": choice(_l("Status"), INVOICE_STATUSES),
        "issued_on": day(_l("Date")),
        "due_on": day(_l("Due"), later=14),
        "tax_rate": amount(_l("Tax rate (percent)"), Decimal(100), default=Decimal(20)),
    }

    def pre_update(self, item: Invoice) -> None:
        """Another tax rate makes another total."""
        item.add_up()


class EstimateView(StudioView):
    """Sales → Estimates."""

    datamodel = SQLAInterface(Estimate)
    list_title = _l("Estimates")
    show_title = _l("Estimate")
    add_title = _l("New Estimate")
    edit_title = _l("Edit Estimate")
    list_columns = ["number", "customer", "title", "status", "issued_on", "valid_until", "total"]
    order_columns = ["number", "title", "status", "issued_on", "valid_until", "total"]
    show_columns = [
        *("number", "customer", "title", "status", "issued_on", "valid_until", "total", "scope"),
    ]
    add_columns = [
        *("customer", "number", "title", "status", "issued_on", "valid_until", "total", "scope"),
    ]
    search_columns = ["number", "title", "status"]
    base_order = ("number", "desc")
    add_form_extra_fields = {
        "customer": CustomerField(),
        "status": choice(_l("Status"), ESTIMATE_STATUSES),
        "issued_on": day(_l("Date")),
        "valid_until": day(_l("Valid until"), later=30),
        "total": amount(_l("Total")),
    }


class ProposalView(StudioView):
    """Sales → Proposals."""

    datamodel = SQLAInterface(Proposal)
    list_title = _l("Proposals")
    show_title = _l("Proposal")
    add_title = _l("New Proposal")
    edit_title = _l("Edit Proposal")
    list_columns = ["number", "customer", "subject", "status", "sent_on", "open_till", "total"]
    order_columns = ["number", "subject", "status", "sent_on", "open_till", "total"]
    show_columns = [
        *("number", "customer", "subject", "status", "sent_on", "open_till", "total", "summary"),
    ]
    add_columns = [
        *("customer", "number", "subject", "status", "sent_on", "open_till", "total", "summary"),
    ]
    search_columns = ["number", "subject", "status"]
    base_order = ("number", "desc")
    add_form_extra_fields = {
        "customer": CustomerField(),
        "status": choice(_l("Status"), PROPOSAL_STATUSES),
        "sent_on": day(_l("Date")),
        "open_till": day(_l("Open till"), later=30),
        "total": amount(_l("Total")),
    }


class ContractView(StudioView):
    """Sales → Contracts."""

    datamodel = SQLAInterface(Contract)
    list_title = _l("Contracts")
    show_title = _l("Contract")
    add_title = _l("New Contract")
    edit_title = _l("Edit Contract")
    list_columns = ["number", "customer", "subject", "status", "starts_on", "ends_on", "value"]
    order_columns = ["number", "subject", "status", "starts_on", "ends_on", "value"]
    show_columns = [
        *("number", "customer", "subject", "status", "starts_on", "ends_on", "signed_on"),
        *("value", "terms"),
    ]
    add_columns = [
        *("customer", "number", "subject", "status", "starts_on", "ends_on", "signed_on"),
        *("value", "terms"),
    ]
    search_columns = ["number", "subject", "status"]
    base_order = ("number", "desc")
    add_form_extra_fields = {
        "customer": CustomerField(),
        "status": choice(_l("Status"), CONTRACT_STATUSES),
        "starts_on": day(_l("Start")),
        "value": amount(_l("Value")),
    }
