"""Pages of the API are written as JSON without a mapping for each row."""

from __future__ import annotations

import json
from datetime import date, datetime
from decimal import Decimal
from enum import Enum, IntEnum
from uuid import UUID

import pytest
from flask import Flask
from sqlalchemy import create_engine, text

from flask_contacts.api import json_text


class _Word(str, Enum):
    YES = "yes"


class _Number(IntEnum):
    ONE = 1


_MOMENT = datetime(2026, 11, 23, 1, 2, 3)
_VALUES = (
    "plain", 'quoted "\\/\n\u2028', "Zoë 😀", "half \ud83d", "", 0, -(2**70), True, False, None,
    1.5, float("nan"), _MOMENT, _MOMENT.replace(microsecond=40), date(2026, 11, 23),
    Decimal("1.50"), UUID(int=7), _Word.YES, _Number.ONE, ["a", "é"], {"b": _MOMENT},
)  # fmt: skip


@pytest.mark.parametrize("after", [None, 'W"1.x'])
def test_page(after: str | None) -> None:
    """It is what a mapping for each row would be written as, whatever the values are."""
    names = tuple(f'100 % of "{number}"' for number in range(len(_VALUES)))
    rows = [_VALUES, [*reversed(_VALUES), "what is not asked for"]]
    written = json_text.page(names, rows, after)
    as_mappings = [dict(zip(names, row, strict=False)) for row in rows]
    with Flask(__name__).app_context():
        expected = json_text.respond({"result": as_mappings, "next": after}).get_data(as_text=True)
        assert json_text.respond(written).get_data(as_text=True) == expected
    assert len(json.loads(expected)["result"]) == 2


def test_page_without_rows() -> None:
    """A page may be empty."""
    assert json_text.page(("id",), [], None) == '{"result":[],"next":null}'


def test_page_of_rows_of_a_database() -> None:
    """What SQLAlchemy gives are rows of their own type, which have more values than names."""
    with create_engine("sqlite://").connect() as connection:
        rows = connection.execute(text("SELECT 1 AS a, 'x' AS b, 'place' AS c")).all()
    written = json_text.page(("a", "b"), rows, "next")
    assert written == '{"result":[{"a":1,"b":"x"}],"next":"next"}'
