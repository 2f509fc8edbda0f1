"""Whether a value of a form fits into the column of its name, before the database says no."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from sqlalchemy import (
    BigInteger,
    Dialect,
    Integer,
    Numeric,
    SmallInteger,
    String,
    Text,
    inspect as sa_inspect,
)
from sqlalchemy.types import TypeEngine

from ...i18n import _
from ...state import current_contacts
from . import columns

_BITS = ((SmallInteger, 16), (BigInteger, 64), (Integer, 32))
#: MariaDB's kinds of text and how many bytes they hold.
_BYTES = {"TINYTEXT": 2**8 - 1, "MEDIUMTEXT": 2**24 - 1, "LONGTEXT": 2**32 - 1}
_TEXT_BYTES = 2**16 - 1
#: Beyond it even comparing is not sure to work; no column of a database goes there.
_LARGEST_EXPONENT = 400


def drop_absurd_numbers(form: Any) -> None:
    """Take numbers that validators and arithmetic would stumble over for what cannot be read."""
    for field in form:
        if isinstance(field.data, Decimal) and not _is_sane(field.data):
            field.data = None
            field.process_errors = [*field.process_errors, _bad_number()]


def misfit(value: Any, model: type | None, name: str) -> str | None:
    """What is wrong with ``value`` for the column ``name``; also text that no column takes."""
    kind = column_type(model, name)
    if isinstance(value, str):
        return _misfit_of_text(value, model, kind)
    if isinstance(value, (int, float, Decimal)) and not isinstance(value, bool):
        return None if _fits(value, kind) else _bad_number()
    return None


def column_type(model: type | None, name: str) -> TypeEngine[Any] | None:
    """The type of the model's column, if there is one of that name."""
    if model is None or not columns.is_stored(model, name):
        return None
    kind: TypeEngine[Any] = getattr(model, name).type
    return kind


def _bad_number() -> str:
    return str(_("This number is too large or too small."))


def _is_sane(value: Decimal) -> bool:
    return value.is_finite() and (not value or abs(value.adjusted()) <= _LARGEST_EXPONENT)


def _misfit_of_text(value: str, model: type | None, kind: TypeEngine[Any] | None) -> str | None:
    if "\0" in value:
        return str(_("This text has a character that cannot be kept."))
    length = kind.length if isinstance(kind, String) else None
    if length is not None and len(value) > length:
        return str(_("At most %(count)s characters, please.", count=length))
    if model is not None and isinstance(kind, Text) and length is None:
        dialect = current_contacts.session.get_bind(sa_inspect(model)).dialect
        most = _most_bytes(kind, dialect)
        # Four bytes are the most that a character takes: nearly every text ends here.
        if most is not None and len(value) * 4 > most and len(value.encode()) > most:
            return str(_("This text is too long. Please shorten it."))
    return None


def _most_bytes(kind: TypeEngine[Any], dialect: Dialect) -> int | None:
    """What a text column without a length holds; None where there is no such limit."""
    if dialect.name not in {"mysql", "mariadb"}:
        return None
    named = kind.dialect_impl(dialect).__visit_name__
    return _BYTES.get(named.upper(), _TEXT_BYTES)


def _fits(value: int | float | Decimal, kind: TypeEngine[Any] | None) -> bool:
    if isinstance(kind, Integer):
        limit = 1 << next(bits for known, bits in _BITS if isinstance(kind, known)) - 1
        return bool(-limit <= value < limit)
    number = Decimal(value)
    if not number.is_finite():
        return False
    precision = kind.precision if isinstance(kind, Numeric) else None
    if precision is None:
        return True
    # What is rounded up to one digit more does not fit either.
    scale = getattr(kind, "scale", None) or 0
    half = Decimal(5).scaleb(-scale - 1)
    return number.copy_abs() < Decimal(10) ** (precision - scale) - half
