"""The studio's rooms for staff: Flask-AppBuilder views of its models.

Most of those in the menu are tabs of the customer's profile as well.
"""

from __future__ import annotations

from flask_appbuilder import AppBuilder
from flask_babel import lazy_gettext as _l

from ..customer_field import CustomerLookup
from .agreements import EstimateView, ProposalView
from .billing import CreditNoteView, InvoiceLineView, InvoiceView, PaymentView
from .contracts import ContractView
from .leads import LeadView, OpportunityView
from .projects import ErrandView, ProjectFileView, ProjectView, TaskView
from .statement import StatementView
from .support import TicketView

#: The views that the customer's profile shows as tabs, in this order.
CUSTOMER_TABS = (
    InvoiceView,
    CreditNoteView,
    StatementView,
    EstimateView,
    ProposalView,
    ContractView,
    OpportunityView,
    TicketView,
    ProjectView,
)

#: Views that are reached from their parents, not from the menu.
BEHIND = (
    InvoiceLineView,
    PaymentView,
    TaskView,
    ProjectFileView,
    StatementView,
    CustomerLookup,
)

MENU = ("CRM", "Sales", "Support", "Work", "Setup", "Security")

#: Section of the menu, its label and icon, and its entries: view, name, label, icon. There is
#: no entry without a section: Flask-AppBuilder's cannot be reached by Tab.
SECTIONS = (
    (
        *("Sales", _l("Sales"), "fa-line-chart"),
        (
            (LeadView, "Leads", _l("Leads"), "fa-lightbulb-o"),
            (OpportunityView, "Opportunities", _l("Opportunities"), "fa-trophy"),
            (InvoiceView, "Invoices", _l("Invoices"), "fa-file-text-o"),
            (CreditNoteView, "Credit notes", _l("Credit notes"), "fa-undo"),
            (EstimateView, "Estimates", _l("Estimates"), "fa-calculator"),
            (ProposalView, "Proposals", _l("Proposals"), "fa-paper-plane-o"),
            (ContractView, "Contracts", _l("Contracts"), "fa-handshake-o"),
        ),
    ),
    (
        *("Support", _l("Support"), "fa-life-ring"),
        ((TicketView, "Tickets", _l("Tickets"), "fa-life-ring"),),
    ),
    (
        *("Work", _l("Work"), "fa-tasks"),
        (
            (ProjectView, "Projects", _l("Projects"), "fa-tasks"),
            (ErrandView, "Errands", _l("Errands"), "fa-check-square-o"),
        ),
    ),
)


def add_staff_views(appbuilder: AppBuilder) -> None:
    """Put the views into the menu, those of parts behind their wholes."""
    for behind in BEHIND:
        appbuilder.add_view_no_menu(behind)
    for section, section_label, section_icon, entries in SECTIONS:
        for view, name, label, icon in entries:
            appbuilder.add_view(
                view,
                name,
                label=label,
                icon=icon,
                category=section,
                category_label=section_label,
                category_icon=section_icon,
            )


def arrange_menu(appbuilder: AppBuilder) -> None:
    """Put the menu's sections into the order of the day's work."""
    appbuilder.menu.menu.sort(key=lambda item: MENU.index(item.name))
