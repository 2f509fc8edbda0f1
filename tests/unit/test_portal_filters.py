"""Days as columns have them: plain, as moments, and as moments with a zone."""

from __future__ import annotations

from datetime import date, datetime, timezone
from typing import Any

import pytest
from flask import Flask
from flask_babel import Babel
from sqlalchemy import Date, DateTime
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column

from flask_contacts.portal.records.filters import Filters


class Base(DeclarativeBase):
    """Tables of this test alone."""


class Event(Base):
    """Something that happened, written in three ways."""

    __tablename__ = "portal_filters_event"

    id: Mapped[int] = mapped_column(primary_key=True)
    day: Mapped[date] = mapped_column(Date)
    plain: Mapped[datetime] = mapped_column(DateTime)
    zoned: Mapped[datetime] = mapped_column(DateTime(timezone=True))


def bounds(name: str, **arguments: str) -> list[tuple[str, Any]]:
    """The operator and the value of each condition that the arguments make."""
    app = Flask("filters")
    Babel(app, timezone_selector=lambda: "America/Sao_Paulo")
    with app.test_request_context("/"):
        asked = Filters(Event, [name], str).asked(arguments)
    found = [one.condition for one in asked if one.condition is not None]
    return [(one.operator.__name__, one.right.value) for one in found]  # type: ignore[attr-defined]


@pytest.mark.parametrize(
    ("name", "since", "until"),
    [
        ("day", ("ge", date(2026, 2, 28)), ("le", date(2026, 2, 28))),
        ("plain", ("ge", datetime(2026, 2, 28)), ("lt", datetime(2026, 3, 1))),
        (
            "zoned",
            ("ge", datetime(2026, 2, 28, 3, tzinfo=timezone.utc)),
            ("lt", datetime(2026, 3, 1, 3, tzinfo=timezone.utc)),
        ),
    ],
)
def test_both_days_belong_to_a_span(
    name: str, since: tuple[str, Any], until: tuple[str, Any]
) -> None:
    """A day ends where the next one begins; where moments have a zone, in the visitor's."""
    day = {f"{name}_from": "2026-02-28", f"{name}_until": "2026-02-28"}
    assert bounds(name, **day) == [since, until]


@pytest.mark.parametrize("day", ["0001-01-01", "9999-12-31"])
@pytest.mark.parametrize("name", ["day", "plain", "zoned"])
def test_the_first_and_the_last_day(name: str, day: str) -> None:
    """No day is beyond what a date can be."""
    assert len(bounds(name, **{f"{name}_from": day, f"{name}_until": day})) == 2
