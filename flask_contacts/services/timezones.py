"""Time zones: which there are to choose from, and a moment as its reader's clock shows it."""

from __future__ import annotations

from datetime import datetime, timezone, tzinfo
from functools import cache
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError, available_timezones

from babel.dates import format_datetime
from flask import current_app

_ALIASES = {"Etc", "Factory", "SystemV", "US", "Canada", "Brazil", "Mexico", "Chile"}


@cache
def timezones() -> tuple[str, ...]:
    """The zones to choose from: the IANA names of today, without their old aliases."""
    zones = (zone for zone in available_timezones() if "/" in zone)
    return ("UTC", *sorted(zone for zone in zones if zone.split("/")[0] not in _ALIASES))


def moment(when: datetime, zone: str | None, language: str) -> str:
    """A time of ours (naive UTC) in a reader's zone and language, with the zone's name.

    Who has chosen no zone reads the host's, ``BABEL_DEFAULT_TIMEZONE``.
    """
    aware = when.replace(tzinfo=timezone.utc)
    return format_datetime(aware, "long", tzinfo=_zone(zone), locale=language)


def _zone(name: str | None) -> tzinfo:
    default = str(current_app.config.get("BABEL_DEFAULT_TIMEZONE") or "UTC")
    for wanted in (name, default):
        try:
            if wanted:
                return ZoneInfo(wanted)
        except (ZoneInfoNotFoundError, ValueError):
            continue
    return timezone.utc
