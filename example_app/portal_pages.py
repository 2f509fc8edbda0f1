"""The studio's pages in the customer portal: what a contact sees of each module."""

from __future__ import annotations

from flask_contacts import Contacts, PortalModule

from .conversation import ticket_conversation
from .portal import credit_notes, files, statement
from .portal.contracts import ContractPages
from .portal.dashboard import add_panels
from .portal.estimates import EstimatePages
from .portal.invoices import InvoicePages, invoices_to_pay
from .portal.project_sight import project_sight
from .portal.projects import ProjectPages
from .portal.proposals import ProposalPages
from .portal.support import SupportPages

#: Pages beside those of the modules.
BLUEPRINTS = (statement.blueprint, credit_notes.blueprint, files.blueprint)

#: What templates of the portal ask for by name.
FOR_TEMPLATES = {
    "invoices_to_pay": invoices_to_pay,
    "may_remove_file": files.may_remove,
    "project_sight": project_sight,
    "ticket_conversation": ticket_conversation,
}


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
    add_panels(contacts)
