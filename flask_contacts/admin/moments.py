"""Days and moments as every page of the admin shows them: in one shape, in the reader's
language and time zone."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime
from functools import cache

from babel import Locale
from babel.dates import get_date_format, get_datetime_format, get_time_format
from flask_babel import format_date, format_datetime, get_locale, get_timezone
from markupsafe import Markup, escape


def day_in_words(day: date) -> str:
    """A day, or the one of a moment (UTC) where the reader is: *Nov 22, 2026*."""
    return str(format_date(day, "medium"))


def moment_in_words(moment: datetime) -> str:
    """A moment (UTC) to the minute, where the reader is: *Nov 22, 2026, 9:38 PM*."""
    locale = get_locale()
    return str(format_datetime(moment, "medium" if locale is None else _pattern(locale)))


def moment_element(moment: datetime, label: object = "") -> Markup:
    """The same as HTML: the pointer shows it with its time zone, programs read it in UTC.

    ``label`` stands in its place, where there is one.
    """
    return moment_elements()(moment, label)


def moment_elements() -> Callable[..., Markup]:
    """:func:`moment_element` for many: the zone is asked for once."""
    zone = escape(str(get_timezone()))

    def element(moment: datetime, label: object = "") -> Markup:
        words, at = escape(moment_in_words(moment)), moment.isoformat(timespec="seconds")
        shown = escape(label) if label else words
        text = f'<time datetime="{at}+00:00" title="{words} {zone}">{shown}</time>'
        return Markup(text)  # noqa: S704  escaped above

    return element


@cache
def _pattern(locale: Locale) -> str:
    """The language's own, with a medium day and a short time: its medium time has seconds."""
    around = str(get_datetime_format("medium", locale=locale))
    day = get_date_format("medium", locale=locale).pattern
    return around.replace("{0}", get_time_format("short", locale=locale).pattern).replace(
        "{1}", day
    )
