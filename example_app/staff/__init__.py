"""The studio's rooms for staff: Flask-AppBuilder views of its models.

Six of them are tabs of the customer's profile as well.
"""

from __future__ import annotations

from flask_appbuilder import AppBuilder
from flask_babel import lazy_gettext as _l

from ..customer_field import CustomerLookup
from .projects import ProjectView, TaskView
from .sales import ContractView, EstimateView, InvoiceLineView, InvoiceView, ProposalView
from .support import TicketMessageView, TicketView

#: The views that the customer's profile shows as tabs, in this order.
CUSTOMER_TABS = (
    InvoiceView,
    EstimateView,
    ProposalView,
    ContractView,
    TicketView,
    ProjectView,
)

MENU = ("CRM", "Sales", "Support", "Work", "Setup", "Security")


def add_staff_views(appbuilder: AppBuilder) -> None:
    """Put the views into the menu, those of lines, messages and tasks behind their parents."""
    for behind in (InvoiceLineView, TicketMessageView, TaskView, CustomerLookup):
        appbuilder.add_view_no_menu(behind)
    for view, name, label, icon in (
        (InvoiceView, "Invoices", _l("Invoices"), "fa-file-text-o"),
        (EstimateView, "Estimates", _l("Estimates"), "fa-calculator"),
        (ProposalView, "Proposals", _l("Proposals"), "fa-paper-plane-o"),
        (ContractView, "Contracts", _l("Contracts"), "fa-handshake-o"),
    ):
        appbuilder.add_view(
            view,
            name,
            label=label,
            icon=icon,
            category="Sales",
            category_label=_l("Sales"),
            category_icon="fa-line-chart",
        )
    appbuilder.add_view(
        TicketView,
        "Tickets",
        label=_l("Tickets"),
        icon="fa-life-ring",
        category="Support",
        category_label=_l("Support"),
        category_icon="fa-life-ring",
    )
    # In a section too: Flask-AppBuilder's entries without one cannot be reached by Tab.
    appbuilder.add_view(
        ProjectView,
        "Projects",
        label=_l("Projects"),
        icon="fa-tasks",
        category="Work",
        category_label=_l("Work"),
        category_icon="fa-tasks",
    )


def arrange_menu(appbuilder: AppBuilder) -> None:
    """Put the menu's sections into the order of the day's work."""
    appbuilder.menu.menu.sort(key=lambda item: MENU.index(item.name))
