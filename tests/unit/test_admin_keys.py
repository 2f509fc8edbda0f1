"""A key in an address becomes a value that the database can compare, or nothing."""

from __future__ import annotations

from uuid import UUID

import pytest
from sqlalchemy import BigInteger, Integer, SmallInteger, String, Uuid
from sqlalchemy.types import TypeEngine

from flask_contacts.admin.keys import typed_key

SOME_UUID = "7c0b7a54-6f39-4f0e-9d0b-1f2f6f6d2c11"


@pytest.mark.parametrize(
    ("text", "column_type", "value"),
    [
        ("17", Integer(), 17),
        ("-1", Integer(), -1),
        ("2147483647", Integer(), 2**31 - 1),
        ("9223372036854775807", BigInteger(), 2**63 - 1),
        ("AB 17", String(20), "AB 17"),
        (SOME_UUID, Uuid(), UUID(SOME_UUID)),
    ],
)
def test_takes_a_key(text: str, column_type: TypeEngine[object], value: object) -> None:
    """A key in its canonical spelling becomes a value of the column's type."""
    assert typed_key(text, column_type) == value


@pytest.mark.parametrize(
    ("text", "column_type"),
    [
        ("", Integer()),
        ("abc", Integer()),
        ("01", Integer()),
        ("+1", Integer()),
        ("--1", Integer()),
        ("1.0", Integer()),
        ("١", Integer()),
        ("1\x00", Integer()),
        ("2147483648", Integer()),
        ("32768", SmallInteger()),
        ("9223372036854775808", BigInteger()),
        ("9" * 5000, Integer()),
        ("a\x00", String(20)),
        ("x" * 21, String(20)),
        ("no-uuid", Uuid()),
    ],
)
def test_finds_nothing_for_junk(text: str, column_type: TypeEngine[object]) -> None:
    """What no row can have never reaches the database."""
    assert typed_key(text, column_type) is None
