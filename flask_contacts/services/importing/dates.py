"""Dates in the three orders in which people write them; which one, is decided for a file.

``03/04/1985`` is in March or in April: no cell can tell, but another of the same column may
(``25/04/1985``). Where none does, staff are asked.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import date

from ...i18n import _l

#: The orders to choose from; a date that begins with the year is understood always.
ORDERS = {
    "dmy": _l("Day, month, year (30/06/1985)"),
    "mdy": _l("Month, day, year (06/30/1985)"),
}
_LONGEST_MONTH, _MONTHS = 31, 12
#: The same sign twice, or eight digits: in less, what is the month and what the day is made up.
_YEAR_FIRST = re.compile(
    r"(\d{4})(?:([-/. ])(\d{1,2})\2(\d{1,2})|(\d\d)(\d\d))(?:T(?:\d.*)?| \d{1,2}:\d\d.*)?"
)
_YEAR_LAST = re.compile(r"(\d{1,2})[-/. ](\d{1,2})[-/. ](\d{4})(?: 0?0:00(?::00)?)?")
#: What programs write where there is no date.
_NONE = re.compile(r"0{1,4}[-/. ]0{1,2}[-/. ]0{1,4}(?: 0?0:00(?::00)?)?")

#: A day without its year, as address books write it: vCard's way, and Apple's.
_YEARLESS = re.compile(r"--\d\d-?(?:\d\d)?|---\d\d|1604[-/. ]?\d\d[-/. ]?\d\d(?:[T ].*)?")
#: A year, with a month or without, as vCard 4 has them.
_DAYLESS = re.compile(r"(?:(?:0?[1-9]|1[0-2])[-/. ])?\d{4}|\d{4}[-/. ](?:0?[1-9]|1[0-2])")


def has_no_year(text: str) -> bool:
    """Whether it is a day of any year: no birthday, but nothing wrong either."""
    return _YEARLESS.fullmatch(text.strip()) is not None


def has_no_day(text: str) -> bool:
    """Whether it is a year or a month of one: no birthday, but nothing wrong either."""
    return _DAYLESS.fullmatch(text.strip()) is not None


def is_no_day(text: str) -> bool:
    """Whether it is written as a date and is none, in whichever order it is read."""
    written = _YEAR_FIRST.fullmatch(text.strip()) or _YEAR_LAST.fullmatch(text.strip())
    return written is not None and not any(iso_date(text, order) for order in ORDERS)


def date_orders(texts: Iterable[str]) -> set[str]:
    """The orders in which the most dates of a column are dates, and the others by no more.

    Where they are as many, a day that no month has tells too: ``31.02.1990`` begins with its
    day. Empty where no date depends on it; two where the file does not tell.
    """
    fits, allowed = dict.fromkeys(ORDERS, 0), set(ORDERS)
    for text in texts:
        found = _YEAR_LAST.fullmatch(text.strip())
        if found is None or _NONE.fullmatch(text.strip()):
            continue
        for order in ORDERS:
            fits[order] += _day(found, order) is not None
            day, month = _day_and_month(found, order)
            if not (1 <= day <= _LONGEST_MONTH and 1 <= month <= _MONTHS):
                allowed.discard(order)
    most = max(fits.values())
    best = {order for order, count in fits.items() if count == most} if most else set()
    return best & allowed or best


def iso_date(text: str, order: str | None) -> str | None:
    """A date as year-month-day; empty for one that is none, None where it cannot be read."""
    text = text.strip()
    if not text or _NONE.fullmatch(text) or has_no_year(text) or has_no_day(text):
        return ""
    found = _YEAR_FIRST.fullmatch(text)
    if found is not None:
        return _iso(int(found[1]), int(found[3] or found[5]), int(found[4] or found[6]))
    found = _YEAR_LAST.fullmatch(text)
    return _day(found, order or "dmy") if found is not None else None


def _day(found: re.Match[str], order: str) -> str | None:
    day, month = _day_and_month(found, order)
    return _iso(int(found[3]), month, day)


def _day_and_month(found: re.Match[str], order: str) -> tuple[int, int]:
    first, second = int(found[1]), int(found[2])
    return (first, second) if order == "dmy" else (second, first)


def _iso(year: int, month: int, day: int) -> str | None:
    try:
        return date(year, month, day).isoformat()
    except ValueError:
        return None
