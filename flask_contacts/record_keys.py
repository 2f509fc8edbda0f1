"""A primary key as it stands in an address, in the type of its column."""

from __future__ import annotations

import re
from typing import Any
from uuid import UUID

from sqlalchemy import BigInteger, Integer, SmallInteger
from sqlalchemy.types import TypeEngine

_BITS = ((SmallInteger, 16), (BigInteger, 64), (Integer, 32))
_NUMBER = re.compile(r"0|-?[1-9][0-9]{0,18}", re.ASCII)
#: Control characters, and halves of a pair of UTF-16: no driver takes these.
_IMPOSSIBLE = re.compile(r"[\x00-\x1f\x7f\ud800-\udfff]")
#: Characters that a text key may have.
LONGEST_KEY = 255


def typed_key(text: str, column_type: TypeEngine[Any]) -> Any:
    """``text`` as a value of the column, or None where no row can have it.

    PostgreSQL answers ``'abc'`` or a number too large for an integer column with an
    error, so the database is never asked. Only the canonical spelling counts: ``01``
    is not 1.
    """
    if not text or _IMPOSSIBLE.search(text):
        return None
    if isinstance(column_type, Integer):
        return _integer(text, column_type)
    python_type = _python_type(column_type)
    if python_type is str:
        return text if len(text) <= (getattr(column_type, "length", None) or LONGEST_KEY) else None
    try:
        value = UUID(text) if python_type is UUID else python_type(text)
    except (ValueError, TypeError, ArithmeticError):
        return None
    return value if str(value) == text else None


def _integer(text: str, column_type: TypeEngine[Any]) -> int | None:
    if not _NUMBER.fullmatch(text):
        return None
    limit = 1 << next(bits for kind, bits in _BITS if isinstance(column_type, kind)) - 1
    value = int(text)
    return value if -limit <= value < limit else None


def _python_type(column_type: TypeEngine[Any]) -> type:
    try:
        return column_type.python_type
    except NotImplementedError:
        return str
