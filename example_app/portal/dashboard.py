"""The portal's first page: what needs the contact, before the modules.

Each panel asks for the permission of its module; what all of them show is read at once
(see :mod:`glance`).
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from typing import Any

from flask import url_for

from flask_contacts import Contacts, DashboardPanel

from ..clock import now
from .charts import Month, invoice_chart
from .glance import PAPERS_SHOWN, Line, lines
from .months import MONTHS, first_month

#: The kinds of papers that wait for an answer, and the module that each belongs to.
PAPERS = {"estimate": "estimates", "proposal": "proposals", "contract": "contracts"}


def money_panel() -> Mapping[str, Any] | None:
    """What is to pay, what is due next, and the last months as a chart."""
    unpaid, invoiced = lines("invoice"), lines("month")
    if not unpaid and not invoiced:
        return None
    months = _months(invoiced)
    first = unpaid[0] if unpaid else None
    return {
        "unpaid": unpaid,
        "count": first.count if first else 0,
        "total": first.total if first else Decimal(0),
        "late": first.late if first else 0,
        "today": now().date(),
        "months": months,
        "chart": invoice_chart(months) if invoiced else None,
    }


def ticket_panel() -> Mapping[str, Any]:
    """Tickets that staff have answered: the customer's turn."""
    waiting = lines("ticket")
    return {"waiting": waiting, "count": waiting[0].count if waiting else 0}


def project_panel() -> Mapping[str, Any] | None:
    """How far the running projects are."""
    running = lines("project")
    if not running:
        return None
    return {"running": running, "count": running[0].count, "today": now().date()}


def paper_panel() -> Mapping[str, Any] | None:
    """Offers to answer and contracts to sign, whichever the contact may see."""
    waiting = lines(*PAPERS)
    if not waiting:
        return None
    soon = sorted(waiting, key=lambda paper: (paper.day or date.min, paper.number or ""))
    shown = soon[:PAPERS_SHOWN]
    counts = {paper.kind: paper.count for paper in waiting}
    for paper in shown:
        counts[paper.kind] -= 1
    return {
        "waiting": [(paper, address_of(paper)) for paper in shown],
        "count": len(shown) + sum(counts.values()),
        "more": [
            (kind, count, url_for(f"contacts_portal.{PAPERS[kind]}_list"))
            for kind, count in counts.items()
            if count
        ],
    }


def address_of(paper: Line) -> str:
    """The paper's page."""
    return url_for(f"contacts_portal.{PAPERS[paper.kind]}_show", pk=paper.id)


def _months(found: list[Line]) -> list[Month]:
    """Every month of the chart in order, those without invoices too."""
    known = {line.id: line for line in found}
    start = first_month(now().date())
    days = [
        date(start.year + (start.month - 1 + place) // 12, (start.month - 1 + place) % 12 + 1, 1)
        for place in range(MONTHS)
    ]
    return [_month(day, known.get(day.month)) for day in days]


def _month(first_day: date, line: Line | None) -> Month:
    if line is None:
        return Month(first_day, Decimal(0), Decimal(0))
    return Month(first_day, line.amount or Decimal(0), line.share or Decimal(0))


PANELS = (
    DashboardPanel("papers", "example_app/portal/paper_panel.html", paper_panel),
    DashboardPanel("money", "example_app/portal/money_panel.html", money_panel, module="invoices"),
    DashboardPanel(
        "tickets", "example_app/portal/ticket_panel.html", ticket_panel, module="support"
    ),
    DashboardPanel(
        "projects", "example_app/portal/project_panel.html", project_panel, module="projects"
    ),
)


def add_panels(contacts: Contacts) -> None:
    """Put them on the dashboard, in the order in which they are looked at."""
    for panel in PANELS:
        contacts.add_dashboard_panel(panel)
