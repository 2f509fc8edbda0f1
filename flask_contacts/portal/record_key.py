"""The key in a record's address: what cannot be one finds nothing, and breaks nothing."""

from __future__ import annotations

import re
from typing import Any
from uuid import UUID

from sqlalchemy import BigInteger, SmallInteger
from sqlalchemy.types import TypeEngine
from werkzeug.exceptions import NotFound

_INTEGER = re.compile(r"0|[1-9][0-9]{0,18}", re.ASCII)
_CONTROL = re.compile(r"[\x00-\x1f\x7f]")
_LONGEST = 255


def parse_key(text: str, column_type: TypeEngine[Any]) -> Any:
    """``text`` as a value of the key's column; 404 where it cannot be one.

    The range is checked as well: PostgreSQL answers a number that is too large with an
    error, not with "no rows".
    """
    kind = column_type.python_type
    if kind is int:
        if not _INTEGER.fullmatch(text) or int(text) >= 2 ** (_bits(column_type) - 1):
            raise NotFound
        return int(text)
    if _CONTROL.search(text) or len(text) > _LONGEST:
        raise NotFound
    if kind is UUID:
        try:
            return UUID(text)
        except ValueError:
            raise NotFound from None
    return text


def _bits(column_type: TypeEngine[Any]) -> int:
    if isinstance(column_type, BigInteger):
        return 64
    return 16 if isinstance(column_type, SmallInteger) else 32
