"""Moments as the reader's clock shows them."""

from __future__ import annotations

from datetime import datetime

import pytest
from flask import Flask

from flask_contacts.services.timezones import moment, timezones

WHEN = datetime(2026, 7, 1, 22, 30, 5)


@pytest.mark.usefixtures("app_context")
@pytest.mark.parametrize(
    ("zone", "language", "parts"),
    [
        (None, "en", ("July 1, 2026", "10:30:05 PM UTC")),
        ("Europe/Berlin", "en", ("July 2, 2026", "12:30:05 AM +0200")),
        ("America/Sao_Paulo", "pt_BR", ("1 de julho de 2026", "19:30:05 BRT")),
        ("Mars/Olympus", "en", ("July 1, 2026", "10:30:05 PM UTC")),
        ("../../etc/passwd", "en", ("July 1, 2026", "10:30:05 PM UTC")),
    ],
)
def test_a_moment(zone: str | None, language: str, parts: tuple[str, str]) -> None:
    """In the reader's zone and language, with the zone said; a zone that is none is the
    host's."""
    said = moment(WHEN, zone, language).replace("\u202f", " ")
    assert said.startswith(parts[0])
    assert said.endswith(parts[1])


@pytest.mark.usefixtures("app_context")
def test_the_hosts_zone_counts_where_none_is_chosen(app: Flask) -> None:
    """``BABEL_DEFAULT_TIMEZONE``."""
    app.config["BABEL_DEFAULT_TIMEZONE"] = "Asia/Tokyo"
    assert "7:30:05" in moment(WHEN, None, "en")


def test_the_zones_to_choose_from() -> None:
    """Names of today, each once, without their old aliases."""
    zones = timezones()
    assert zones[0] == "UTC"
    assert {"Europe/Berlin", "America/Sao_Paulo"} <= set(zones)
    assert not {"Brazil/East", "Etc/GMT+3", "US/Pacific"} & set(zones)
    assert len(set(zones)) == len(zones)
