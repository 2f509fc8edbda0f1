"""Sales: invoices with their lines, estimates, proposals, contracts."""

from __future__ import annotations

from decimal import Decimal

from flask_appbuilder.models.sqla.interface import SQLAInterface

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
    list_title = "Lines"
    show_title = "Invoice Line"
    add_title = "New Line"
    edit_title = "Edit Line"
    list_columns = ["description", "quantity", "unit_price", "amount"]
    order_columns = ["description", "quantity", "unit_price"]
    show_columns = ["invoice", "description", "quantity", "unit_price", "amount"]
    add_columns = ["invoice", "description", "quantity", "unit_price"]
    search_columns = ["description"]
    base_order = ("id", "asc")
    add_form_extra_fields = {
        "invoice": ParentField("Invoice"),
        "quantity": amount("Quantity", Decimal(100_000)),
        "unit_price": amount("Unit price"),
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
    list_title = "Invoices"
    show_title = "Invoice"
    add_title = "New Invoice"
    edit_title = "Edit Invoice"
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
        "status": choice("Status", INVOICE_STATUSES),
        "issued_on": day("Date"),
        "due_on": day("Due", later=14),
        "tax_rate": amount("Tax rate (percent)", Decimal(100), default=Decimal(20)),
    }

    def pre_update(self, item: Invoice) -> None:
        """Another tax rate makes another total."""
        item.add_up()


class EstimateView(StudioView):
    """Sales → Estimates."""

    datamodel = SQLAInterface(Estimate)
    list_title = "Estimates"
    show_title = "Estimate"
    add_title = "New Estimate"
    edit_title = "Edit Estimate"
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
        "status": choice("Status", ESTIMATE_STATUSES),
        "issued_on": day("Date"),
        "valid_until": day("Valid until", later=30),
        "total": amount("Total"),
    }


class ProposalView(StudioView):
    """Sales → Proposals."""

    datamodel = SQLAInterface(Proposal)
    list_title = "Proposals"
    show_title = "Proposal"
    add_title = "New Proposal"
    edit_title = "Edit Proposal"
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
        "status": choice("Status", PROPOSAL_STATUSES),
        "sent_on": day("Date"),
        "open_till": day("Open till", later=30),
        "total": amount("Total"),
    }


class ContractView(StudioView):
    """Sales → Contracts."""

    datamodel = SQLAInterface(Contract)
    list_title = "Contracts"
    show_title = "Contract"
    add_title = "New Contract"
    edit_title = "Edit Contract"
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
        "status": choice("Status", CONTRACT_STATUSES),
        "starts_on": day("Start"),
        "value": amount("Value"),
    }
