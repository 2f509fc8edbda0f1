"""A primary key as it stands in an address, in the type of its column."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from sqlalchemy import BigInteger, Integer, SmallInteger
from sqlalchemy.types import TypeEngine

_LIMITS = ((SmallInteger, 2**15), (BigInteger, 2**63), (Integer, 2**31))


def typed_key(text: str, column_type: TypeEngine[Any]) -> Any:
    """``text`` as a value of the column, or None where no row can have it.

    PostgreSQL answers ``'abc'`` or a number too large for an integer column with an
    error, so the database is never asked. Only the canonical spelling counts: ``01``
    is not 1.
    """
    if "\x00" in text or not text:
        return None
    if isinstance(column_type, Integer):
        return _integer(text, column_type)
    python_type = _python_type(column_type)
    if python_type is str:
        length = getattr(column_type, "length", None)
        return text if length is None or len(text) <= length else None
    try:
        value = UUID(text) if python_type is UUID else python_type(text)
    except (ValueError, TypeError, ArithmeticError):
        return None
    return value if str(value) == text else None


def _integer(text: str, column_type: TypeEngine[Any]) -> int | None:
    digits = text.removeprefix("-")
    if not (digits.isascii() and digits.isdigit()) or len(digits) > 19 or str(int(text)) != text:
        return None
    limit = next(limit for kind, limit in _LIMITS if isinstance(column_type, kind))
    value = int(text)
    return value if -limit <= value < limit else None


def _python_type(column_type: TypeEngine[Any]) -> type:
    try:
        return column_type.python_type
    except NotImplementedError:
        return str
