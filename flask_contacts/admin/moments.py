"""Days and moments as every page of the admin shows them: in one shape, in the reader's
language and time zone."""

from __future__ import annotations

from datetime import date, datetime
from functools import cache

from babel import Locale
from babel.dates import get_date_format, get_datetime_format, get_time_format
from flask_babel import format_date, format_datetime, get_locale


def day_in_words(day: date) -> str:
    """A day, or the one of a moment (UTC) where the reader is: *Nov 22, 2026*."""
    return str(format_date(day, "medium"))


def moment_in_words(moment: datetime) -> str:
    """A moment (UTC) to the minute, where the reader is: *Nov 22, 2026, 9:38 PM*."""
    locale = get_locale()
    return str(format_datetime(moment, "medium" if locale is None else _pattern(locale)))


@cache
def _pattern(locale: Locale) -> str:
    """The language's own, with a medium day and a short time: its medium time has seconds."""
    around = str(get_datetime_format("medium", locale=locale))
    day = get_date_format("medium", locale=locale).pattern
    return around.replace("{0}", get_time_format("short", locale=locale).pattern).replace(
        "{1}", day
    )
