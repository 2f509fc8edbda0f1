"""Figures to look at: a statement as columns of a chart, and what is open on invoices."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from sqlalchemy import case, func, select
from sqlalchemy.orm import Session

from .models import Invoice
from .models.billing import OPEN, OVERDUE
from .statement import NOTHING, Statement

MOST_MONTHS = 24
"""A longer period has a column for each year."""
MOST_YEARS = 30


@dataclass(frozen=True)
class Column:
    """A month or a year, by its first day: what was invoiced in it, and what came in."""

    first: date
    invoiced: Decimal
    paid: Decimal


@dataclass(frozen=True)
class Chart:
    """Columns from the earliest to the latest."""

    columns: Sequence[Column]
    by_year: bool


def chart_of(statement: Statement) -> Chart | None:
    """The statement month by month, or by year; None where there is nothing to look at."""
    by_year = False
    starts = _months(statement.starts_on, statement.ends_on)
    if len(starts) > MOST_MONTHS:
        by_year = True
        starts = [date(year, 1, 1) for year in range(starts[0].year, starts[-1].year + 1)]
    if not statement.entries or len(starts) > MOST_YEARS:
        return None
    invoiced, paid = (dict.fromkeys(starts, NOTHING) for _sum in range(2))
    for entry in statement.entries:
        first = entry.day.replace(month=1, day=1) if by_year else entry.day.replace(day=1)
        if entry.kind == "invoice":
            invoiced[first] += entry.amount
        else:
            paid[first] -= entry.amount
    columns = [Column(first, invoiced[first], paid[first]) for first in starts]
    return Chart(columns, by_year)


def _months(starts_on: date, ends_on: date) -> list[date]:
    """The first days of the months of a period, as many as may matter."""
    first, last = (day.year * 12 + day.month - 1 for day in (starts_on, ends_on))
    return [date(each // 12, each % 12 + 1, 1) for each in range(first, last + 1)]


@dataclass(frozen=True)
class OpenInvoices:
    """What is left to pay, and the part of it whose day has passed: sums and numbers."""

    amount: Decimal
    count: int
    overdue_amount: Decimal
    overdue_count: int


def open_invoices(session: Session, customer_id: int, today: date) -> OpenInvoices:
    """Of one customer, in one statement; drafts, and what costs nothing, do not count."""
    rest = (
        select(Invoice.to_pay.label("rest"), Invoice.due_on)
        .where(Invoice.customer_id == customer_id, Invoice.status.in_((OPEN, OVERDUE)))
        .subquery()
    )
    late = rest.c.due_on < today  # MariaDB has no FILTER for a part of a sum
    wanted = select(
        func.sum(rest.c.rest),
        func.count(),
        func.sum(case((late, rest.c.rest))),
        func.count(case((late, rest.c.due_on))),
    ).where(rest.c.rest > Decimal(0))
    amount, count, overdue, overdue_count = session.execute(wanted).one()
    return OpenInvoices(amount or NOTHING, count, overdue or NOTHING, overdue_count)
