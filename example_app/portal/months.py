"""The months of the dashboard's chart."""

from __future__ import annotations

from calendar import monthrange
from datetime import date

MONTHS = 12
"""So many months are in the chart, the present one included."""


def first_month(today: date) -> date:
    """The first day of the first month in the chart."""
    months = today.year * 12 + today.month - MONTHS
    return date(months // 12, months % 12 + 1, 1)


def last_day(today: date) -> date:
    """The last day of the last month in the chart: what is dated later has no column yet."""
    return today.replace(day=monthrange(today.year, today.month)[1])
