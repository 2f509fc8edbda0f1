"""What is going on at the contact's customer, for the dashboard: all of it in one statement.

Each panel shows a part. The first one that asks has every part read that the contact may
see, so that all panels together cost no more than one.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from flask import request
from sqlalchemy import (
    ColumnElement,
    Date,
    DateTime,
    Integer,
    Select,
    String,
    cast,
    extract,
    func,
    literal,
    null,
    select,
    type_coerce,
    union_all,
)

from flask_contacts.portal import current_contact

from ..clock import now
from ..database import db
from ..models import Contract, Estimate, Invoice, Project, Proposal, Ticket
from ..models.billing import OPEN, OVERDUE
from ..models.columns import DRAFT, Hundredths
from ..models.contracts import TO_SIGN
from ..models.offers import SENT
from ..models.projects import FINISHED
from ..models.support import ANSWERED
from .months import first_month, last_day

SHOWN = 3
"""So many records of a kind are named; the others are only counted."""
PAPERS_SHOWN = 6
"""So many papers are named, of whichever kinds."""
UNPAID = (OPEN, OVERDUE)
_STORE = "example_app.glance"


@dataclass(frozen=True)
class Line:
    """A record on the dashboard, or a month of the chart.

    ``count`` and ``total`` are of all records of the kind, also of those that are not shown;
    ``late`` counts those whose day has passed; ``at`` is when it was changed. Of a month, ``id``
    is the month and ``share`` the part of ``amount`` that is paid; of a project, ``share`` is
    the progress.
    """

    kind: str
    id: int
    number: str | None
    title: str | None
    day: date | None
    amount: Decimal | None
    share: Decimal | None
    at: datetime | None
    count: int
    total: Decimal | None
    late: int


def lines(*kinds: str) -> list[Line]:
    """The lines of these kinds, as far as the contact may see them; read once a request."""
    known: list[Line] | None = request.environ.get(_STORE)
    if known is None:
        known = request.environ[_STORE] = _read()
    return [line for line in known if line.kind in kinds]


def _read() -> list[Line]:
    permitted = current_contact.permission_names
    parts = [
        part
        for module, make in _PARTS.items()
        if module in permitted
        for part in make(current_contact.customer_id, now().date())
    ]
    if not parts or current_contact.customer_id is None:
        return []
    # As subqueries: not every database takes ORDER BY and LIMIT inside a UNION.
    together = union_all(*(select(part.subquery()) for part in parts))
    return [Line(*row) for row in db.session.execute(together)]


def _invoices(customer_id: Any, today: date) -> Sequence[Select[Any]]:
    """Those to pay, the next due first; and what was invoiced in each month."""
    bills = _bills(customer_id, today).subquery()
    unpaid = (
        select(bills).where(bills.c.status.in_(UNPAID), bills.c.balance > Decimal(0)).subquery()
    )
    months = (
        select(
            extract("month", bills.c.issued_on).label("month"),
            func.sum(bills.c.total).label("amount"),
            func.sum(bills.c.total - bills.c.balance).label("share"),
        )
        .where(bills.c.issued_on.between(first_month(today), last_day(today)))
        .group_by("month")
        .subquery()
    )
    return (
        _part("invoice", unpaid.c, day=unpaid.c.due_on, amount=unpaid.c.balance, today=today),
        _line(
            "month",
            cast(months.c.month, Integer),
            amount=months.c.amount,
            share=months.c.share,
        ),
    )


def _bills(customer_id: Any, today: date) -> Select[Any]:
    """The invoices that matter, each with what is left to pay."""
    return select(
        *(Invoice.id, Invoice.number, Invoice.title, Invoice.status, Invoice.total),
        *(Invoice.issued_on, Invoice.due_on, Invoice.to_pay.label("balance")),
    ).where(
        Invoice.customer_id == customer_id,
        Invoice.status != DRAFT,
        Invoice.status.in_(UNPAID) | Invoice.issued_on.between(first_month(today), last_day(today)),
    )


def _tickets(customer_id: Any, today: date) -> Sequence[Select[Any]]:
    """Those that wait for the customer's answer, the one that waits longest first."""
    waiting = (
        select(Ticket.id, Ticket.number, Ticket.subject.label("title"), Ticket.updated_at)
        .where(Ticket.customer_id == customer_id, Ticket.status == ANSWERED)
        .subquery()
    )
    return (_part("ticket", waiting.c, day=cast(null(), Date), at=waiting.c.updated_at),)


def _projects(customer_id: Any, today: date) -> Sequence[Select[Any]]:
    """Those that are not finished, the next deadline first."""
    running = (
        select(
            *(Project.id, cast(null(), String(20)).label("number"), Project.name.label("title")),
            *(Project.due_on, Project.progress),
        )
        .where(Project.customer_id == customer_id, Project.status != FINISHED)
        .subquery()
    )
    progress = type_coerce(running.c.progress * 100, Hundredths)
    return (_part("project", running.c, day=running.c.due_on, share=progress, today=today),)


def _papers(
    kind: str, model: Any, title: str, status: str, amount: str, last_day: str | None = None
) -> Callable[[Any, date], Sequence[Select[Any]]]:
    """Papers that wait for an answer or a signature, until their last day if they have one."""

    def parts(customer_id: Any, today: date) -> Sequence[Select[Any]]:
        day = getattr(model, last_day) if last_day is not None else cast(null(), Date)
        wanted = select(
            *(model.id, model.number, getattr(model, title).label("title")),
            *(day.label("day"), getattr(model, amount).label("amount")),
        ).where(model.customer_id == customer_id, model.status == status)
        if last_day is not None:
            wanted = wanted.where(day >= today)
        open_papers = wanted.subquery().c
        return (
            _part(
                kind,
                open_papers,
                PAPERS_SHOWN,
                day=open_papers.day,
                amount=open_papers.amount,
            ),
        )

    return parts


#: What is read for each permission.
_PARTS: dict[str, Callable[[Any, date], Sequence[Select[Any]]]] = {
    "invoices": _invoices,
    "support": _tickets,
    "projects": _projects,
    "estimates": _papers("estimate", Estimate, "title", SENT, "total", "valid_until"),
    "proposals": _papers("proposal", Proposal, "subject", SENT, "total", "open_till"),
    "contracts": _papers("contract", Contract, "subject", TO_SIGN, "value"),
}


def _part(
    kind: str,
    of: Any,
    shown: int = SHOWN,
    *,
    day: ColumnElement[Any],
    today: date | None = None,
    at: ColumnElement[Any] | None = None,
    **amounts: ColumnElement[Any],
) -> Select[Any]:
    """The first records of a kind by their day, each with what all of them come to."""
    amount = amounts.get("amount")
    late = literal(0) if today is None else func.sum(cast(day < today, Integer)).over()
    found = _line(
        kind,
        of.id,
        of.number,
        of.title,
        day,
        at=at,
        count=func.count().over(),
        total=None if amount is None else func.sum(amount).over(),
        late=late,
        **amounts,
    )
    return found.order_by(day if at is None else at, of.id).limit(shown)


def _line(
    kind: str,
    key: ColumnElement[Any],
    number: ColumnElement[Any] | None = None,
    title: ColumnElement[Any] | None = None,
    day: ColumnElement[Any] | None = None,
    **figures: ColumnElement[Any] | None,
) -> Select[Any]:
    """The columns of a :class:`Line`, in its order; the same types in every part."""

    def figure(name: str, kind: Any) -> ColumnElement[Any]:
        value = figures.get(name)
        return (cast(null(), kind) if value is None else type_coerce(value, kind)).label(name)

    return select(
        literal(kind, String(20)).label("kind"),
        key.label("id"),
        (cast(null(), String(20)) if number is None else number).label("number"),
        (cast(null(), String(150)) if title is None else title).label("title"),
        (cast(null(), Date) if day is None else day).label("day"),
        figure("amount", Hundredths),
        figure("share", Hundredths),
        figure("at", DateTime),
        figure("count", Integer),
        figure("total", Hundredths),
        figure("late", Integer),
    )
