"""Times of the database as the command line writes them: in UTC, and in the reader's language.

English has them as ISO 8601, for what is read by a program too.
"""

from __future__ import annotations

from datetime import date, datetime

from flask_babel import format_date, format_datetime, get_locale


def utc_time(moment: datetime, timespec: str = "minutes") -> str:
    """A date with its time; that it is UTC, the sentence around it says."""
    if _is_english():
        return moment.isoformat(" ", timespec)
    text: str = format_datetime(moment, rebase=False)
    return text


def utc_date(day: date) -> str:
    """A date, or that of a time."""
    if _is_english():
        return f"{day:%Y-%m-%d}"
    text: str = format_date(day, rebase=False)
    return text


def _is_english() -> bool:
    locale = get_locale()
    return locale is None or locale.language == "en"
