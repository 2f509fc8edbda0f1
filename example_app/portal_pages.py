"""The studio's pages in the customer portal: what a contact sees of each module.

Each page is scoped to the contact's customer by ``PortalModelView``; drafts are nobody's
business but the studio's.
"""

from __future__ import annotations

from typing import Any

from flask_appbuilder.models.sqla.interface import SQLAInterface
from flask_babel import lazy_gettext as _l

from flask_contacts import Contacts, PortalModule
from flask_contacts.portal import PortalModelView, RelatedList

from . import portal_answers, portal_statement
from .formatting import PORTAL_FORMATTERS
from .models import Contract, CreditNote, Estimate, Invoice, Project, Proposal, Ticket
from .models.columns import DRAFT
from .words import COLUMNS

#: Pages beside those of the modules.
BLUEPRINTS = (portal_statement.blueprint, portal_answers.blueprint)


class StudioPages(PortalModelView):
    """What our portal pages share."""

    formatters_columns = PORTAL_FORMATTERS
    label_columns = COLUMNS


class PaperPages(StudioPages):
    """Papers with a status: a draft is not sent, so it is not shown."""

    def query(self) -> Any:
        """The customer's papers without drafts."""
        return super().query().where(self.datamodel.obj.status != DRAFT)


class InvoicePages(PaperPages):
    """Invoices with their lines, payments and credit notes; the statement is behind a button."""

    datamodel = SQLAInterface(Invoice)
    list_template = "example_app/portal/invoices.html"
    list_columns = ["number", "title", "issued_on", "due_on", "total", "status"]
    show_columns = [
        *("number", "title", "status", "issued_on", "due_on"),
        *("subtotal", "tax_rate", "tax", "total", "balance", "notes"),
    ]
    search_columns = ["number", "title"]
    order_columns = ["number", "title", "issued_on", "due_on", "total", "status"]
    base_order = ("issued_on", "desc")
    related_lists = (
        RelatedList("lines", _l("Lines"), ("description", "quantity", "unit_price", "amount")),
        RelatedList("payments", _l("Payments"), ("paid_on", "amount", "method")),
        RelatedList(
            "credit_notes",
            _l("Credit notes"),
            ("number", "title", "issued_on", "total"),
            condition=lambda: CreditNote.status != DRAFT,
        ),
    )


class EstimatePages(PaperPages):
    """Estimates."""

    datamodel = SQLAInterface(Estimate)
    list_columns = ["number", "title", "issued_on", "valid_until", "total", "status"]
    show_columns = ["number", "title", "status", "issued_on", "valid_until", "total", "scope"]
    search_columns = ["number", "title"]
    order_columns = ["number", "title", "issued_on", "valid_until", "total", "status"]
    base_order = ("issued_on", "desc")


class ContractPages(PaperPages):
    """Contracts."""

    datamodel = SQLAInterface(Contract)
    list_columns = ["number", "subject", "starts_on", "ends_on", "value", "status"]
    show_columns = [
        *("number", "subject", "status", "starts_on", "ends_on", "signed_on", "value", "terms"),
    ]
    search_columns = ["number", "subject"]
    order_columns = ["number", "subject", "starts_on", "ends_on", "value", "status"]
    base_order = ("starts_on", "desc")


class ProposalPages(PaperPages):
    """Proposals."""

    datamodel = SQLAInterface(Proposal)
    list_columns = ["number", "subject", "sent_on", "open_till", "total", "status"]
    show_columns = ["number", "subject", "status", "sent_on", "open_till", "total", "summary"]
    search_columns = ["number", "subject"]
    order_columns = ["number", "subject", "sent_on", "open_till", "total", "status"]
    base_order = ("sent_on", "desc")


class SupportPages(StudioPages):
    """Tickets and their messages; a contact answers below them."""

    datamodel = SQLAInterface(Ticket)
    show_template = "example_app/portal/ticket.html"
    list_columns = ["number", "subject", "priority", "updated_at", "status"]
    show_columns = ["number", "subject", "status", "priority", "opened_at", "updated_at"]
    search_columns = ["number", "subject"]
    order_columns = ["number", "subject", "priority", "updated_at", "status"]
    base_order = ("updated_at", "desc")
    related_lists = (RelatedList("messages", _l("Messages"), ("sent_at", "author", "body")),)


class ProjectPages(StudioPages):
    """Projects and their tasks."""

    datamodel = SQLAInterface(Project)
    list_columns = ["name", "starts_on", "due_on", "progress", "status"]
    show_columns = ["name", "status", "progress", "starts_on", "due_on", "description"]
    search_columns = ["name"]
    order_columns = ["name", "starts_on", "due_on", "progress", "status"]
    label_columns = {**COLUMNS, "due_on": _l("Deadline")}
    base_order = ("starts_on", "desc")
    related_lists = (RelatedList("tasks", _l("Tasks"), ("title", "assignee", "due_on", "status")),)


def add_portal_pages(contacts: Contacts) -> None:
    """Give the six default modules their pages, and the portal ours."""
    for name, view in (
        ("invoices", InvoicePages),
        ("estimates", EstimatePages),
        ("contracts", ContractPages),
        ("proposals", ProposalPages),
        ("support", SupportPages),
        ("projects", ProjectPages),
    ):
        contacts.add_module(PortalModule(name, view=view))  # label and icon are the default's
    for blueprint in BLUEPRINTS:
        contacts.add_portal_blueprint(blueprint)
