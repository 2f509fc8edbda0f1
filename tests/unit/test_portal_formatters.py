"""Values in the words, numbers and dates of the page's language."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime, time
from decimal import Decimal
from enum import Enum

import pytest
from flask import Flask
from flask_babel import Babel, force_locale
from markupsafe import Markup

from flask_contacts.portal import badge, money
from flask_contacts.portal.records.formatters import NOTHING, as_text, is_number


class Colour(Enum):
    """A host's choice."""

    RED = "red"


@pytest.fixture(autouse=True)
def babel_app() -> Iterator[None]:
    """An application with Flask-Babel alone."""
    app = Flask(__name__)
    Babel(app)
    with app.test_request_context():
        yield


@pytest.mark.parametrize(
    ("value", "english", "portuguese"),
    [
        (None, NOTHING, NOTHING),
        ("", NOTHING, NOTHING),
        ("as it is", "as it is", "as it is"),
        (1234567, "1,234,567", "1.234.567"),
        (Decimal("1234.50"), "1,234.50", "1.234,50"),
        (Decimal("10"), "10", "10"),
        (Decimal("1E+3"), "1,000", "1.000"),
        (0.5, "0.5", "0,5"),
        (date(2026, 3, 9), "Mar 9, 2026", "9 de mar. de 2026"),
        (Colour.RED, "red", "red"),
        (["a", "b"], "a, b", "a, b"),
        ([], NOTHING, NOTHING),
    ],
)
def test_writes_values_as_the_language_does(value: object, english: str, portuguese: str) -> None:
    """Numbers keep their decimals; dates, separators and lists follow the language."""
    with force_locale("en"):
        assert as_text(value) == english
    with force_locale("pt_BR"):
        assert as_text(value) == portuguese


def test_a_moment_without_zone_is_not_moved() -> None:
    """What the host stored without a zone is shown as it was stored."""
    with force_locale("pt_BR"):
        assert "14:05" in as_text(datetime(2026, 3, 9, 14, 5))
        assert as_text(time(14, 5)) == "14:05"


def test_yes_and_no() -> None:
    """Truth values are words, and no numbers."""
    assert (as_text(True), as_text(False)) == ("Yes", "No")
    assert not is_number(True)
    assert is_number(Decimal(1))


def test_money_has_its_currency() -> None:
    """An amount is written with its currency in the reader's way."""
    with force_locale("en"):
        assert money("EUR")(Decimal("1234.5")) == "€1,234.50"


def test_a_badge_escapes_its_label() -> None:
    """A state that nobody listed is shown in grey, and is text."""
    show = badge({"paid": ("success", "Paid")})
    assert "text-bg-success" in show("paid")
    unknown = show("<script>")
    assert isinstance(unknown, Markup)
    assert "&lt;script&gt;" in unknown
    assert "text-bg-secondary" in unknown


def test_a_badge_refuses_an_unknown_tone() -> None:
    """A slip in a tone shows at start, not as a badge without colour."""
    with pytest.raises(ValueError, match="sucess"):
        badge({"paid": ("sucess", "Paid")})
