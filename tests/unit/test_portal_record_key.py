"""What stands for a key in an address finds a value of the key's type, or nothing."""

from __future__ import annotations

from uuid import UUID

import pytest
from sqlalchemy import BigInteger, Integer, SmallInteger, String, Uuid
from sqlalchemy.types import TypeEngine
from werkzeug.exceptions import NotFound

from flask_contacts.portal.record_key import parse_key

SOME_UUID = "7c0b7a54-6f39-4f0e-9d0b-1f2f6f6d2c11"


@pytest.mark.parametrize(
    ("text", "column_type", "value"),
    [
        ("17", Integer(), 17),
        ("0", Integer(), 0),
        ("2147483647", Integer(), 2**31 - 1),
        ("9223372036854775807", BigInteger(), 2**63 - 1),
        ("AB-17", String(20), "AB-17"),
        (SOME_UUID, Uuid(), UUID(SOME_UUID)),
    ],
)
def test_takes_a_key(text: str, column_type: TypeEngine[object], value: object) -> None:
    """A key of the column's type becomes a value of it."""
    assert parse_key(text, column_type) == value


@pytest.mark.parametrize(
    ("text", "column_type"),
    [
        ("", Integer()),
        ("x", Integer()),
        ("-1", Integer()),
        ("+1", Integer()),
        ("1.0", Integer()),
        ("01", Integer()),
        (" 1", Integer()),
        ("1\n", Integer()),
        ("١", Integer()),
        ("1e3", Integer()),
        ("0x1", Integer()),
        ("2147483648", Integer()),
        ("32768", SmallInteger()),
        ("9223372036854775808", BigInteger()),
        ("9" * 5000, Integer()),
        ("a\x00b", String(20)),
        ("a\r\nb", String(20)),
        ("x" * 256, String()),
        ("no-uuid", Uuid()),
    ],
)
def test_finds_nothing_for_what_is_no_key(text: str, column_type: TypeEngine[object]) -> None:
    """Junk and numbers out of range are 404, never an error of the database."""
    with pytest.raises(NotFound):
        parse_key(text, column_type)
