"""A key in an address becomes a value that the database can compare, or nothing."""

from __future__ import annotations

from datetime import date
from uuid import UUID

import pytest
from sqlalchemy import BigInteger, Date, Integer, SmallInteger, String, Uuid
from sqlalchemy.types import TypeEngine

from flask_contacts.record_keys import typed_key

SOME_UUID = "7c0b7a54-6f39-4f0e-9d0b-1f2f6f6d2c11"


@pytest.mark.parametrize(
    ("text", "column_type", "value"),
    [
        ("17", Integer(), 17),
        ("0", Integer(), 0),
        ("-1", Integer(), -1),
        ("2147483647", Integer(), 2**31 - 1),
        ("32767", SmallInteger(), 2**15 - 1),
        ("9223372036854775807", BigInteger(), 2**63 - 1),
        ("AB 17", String(20), "AB 17"),
        ("AB-17", String(), "AB-17"),
        ("0001", String(4), "0001"),
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
        ("-0", Integer()),
        ("+1", Integer()),
        ("--1", Integer()),
        ("1.0", Integer()),
        (" 1", Integer()),
        ("1\n", Integer()),
        ("1e3", Integer()),
        ("0x1", Integer()),
        ("١", Integer()),
        ("1\x00", Integer()),
        ("2147483648", Integer()),
        ("-2147483649", Integer()),
        ("32768", SmallInteger()),
        ("9223372036854775808", BigInteger()),
        ("9" * 5000, Integer()),
        ("", String(20)),
        ("a\x00", String(20)),
        ("a\r\nb", String(20)),
        ("x" * 21, String(20)),
        ("x" * 256, String()),
        ("no-uuid", Uuid()),
        (SOME_UUID.upper(), Uuid()),
        (str(date(2026, 1, 1)), Date()),
    ],
)
def test_finds_nothing_for_junk(text: str, column_type: TypeEngine[object]) -> None:
    """What no row can have never reaches the database."""
    assert typed_key(text, column_type) is None
