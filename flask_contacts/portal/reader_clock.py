"""Times as the clock of the page's reader shows them, for our pages and a host's."""

from __future__ import annotations

from datetime import datetime, timezone
from typing import TYPE_CHECKING

from flask_babel import get_locale

from ..later import later
from .visit import current_contact

if TYPE_CHECKING:
    from ..services import timezones
else:
    timezones = later("services.timezones")


def local_time(value: datetime) -> datetime:
    """A time in UTC on the reader's clock, without its zone; what is naive counts as UTC.

    Who has chosen no zone, and staff's pages, read the host's ``BABEL_DEFAULT_TIMEZONE``.
    """
    return timezones.local_time(_utc(value), _zone()).replace(tzinfo=None)


def moment(value: datetime) -> str:
    """Such a time in words of the page's language, to the minute; a formatter for columns.

    Who has chosen no zone is told which one it is.
    """
    return timezones.moment(_utc(value), _zone(), str(get_locale() or "en"))


def _zone() -> str | None:
    return current_contact.timezone if current_contact else None


def _utc(value: datetime) -> datetime:
    return value if value.tzinfo is None else value.astimezone(timezone.utc).replace(tzinfo=None)
