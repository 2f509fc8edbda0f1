"""Time zones: which there are to choose from, and a moment as its reader's clock shows it."""

from __future__ import annotations

import zoneinfo
from datetime import datetime, timezone, tzinfo
from functools import cache
from pathlib import Path
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError, available_timezones

from babel.dates import format_date, format_time, get_datetime_format, get_timezone_name
from flask import current_app

_ALIASES = {"Etc", "Factory", "SystemV", "US", "Canada", "Brazil", "Mexico", "Chile"}


@cache
def timezones() -> tuple[str, ...]:
    """The zones to choose from: the IANA names of today, without their old aliases."""
    zones = {zone for zone in available_timezones() if "/" in zone}
    zones = {zone for zone in zones if zone.split("/")[0] not in _ALIASES}
    return ("UTC", *sorted(zones & _of_countries() or zones))


def timezones_holding(text: str) -> list[str]:
    """Those that a text may mean, as "london" or "new york": first whose place begins with it."""
    wanted = "_".join(text.casefold().split())
    found = [zone for zone in timezones() if wanted in zone.casefold()] if wanted else []
    return sorted(found, key=lambda zone: f"/{wanted}" not in f"/{zone.casefold()}")


def _of_countries() -> set[str]:
    """The names that the system's table of countries has; none where there is no such table."""
    for directory in zoneinfo.TZPATH:
        table = Path(directory) / "zone.tab"
        if table.is_file():
            lines = table.read_text(encoding="utf-8").splitlines()
            return {line.split("\t")[2] for line in lines if line and not line.startswith("#")}
    return set()


def moment(when: datetime, zone: str | None, language: str) -> str:
    """A time of ours (naive UTC) in a reader's zone and language, to the minute.

    Who has chosen no zone reads the host's, ``BABEL_DEFAULT_TIMEZONE``, and is told so by its
    name; a zone of one's own goes without saying.
    """
    local = local_time(when, zone)
    said = in_words(local, language)
    is_own = _zone(zone) is not None
    return said if is_own else f"{said} {get_timezone_name(local, 'short', locale=language)}"


def local_time(when: datetime, zone: str | None) -> datetime:
    """A time of ours (naive UTC) in a reader's zone, or in the host's for who has chosen none."""
    there = _zone(zone) or _zone(current_app.config.get("BABEL_DEFAULT_TIMEZONE")) or timezone.utc
    return when.replace(tzinfo=timezone.utc).astimezone(there)


def in_words(local: datetime, language: str) -> str:
    """A date with its time to the minute, as the language writes it; the zone is not said."""
    day = format_date(local.date(), "medium", locale=language)
    clock = format_time(local.time(), "short", locale=language)
    pattern = str(get_datetime_format("medium", locale=language))
    return pattern.replace("'", "").replace("{1}", day).replace("{0}", clock)


def _zone(name: str | None) -> tzinfo | None:
    """The zone of that name, None where there is none."""
    try:
        return ZoneInfo(name) if name else None
    except (ZoneInfoNotFoundError, ValueError):
        return None
