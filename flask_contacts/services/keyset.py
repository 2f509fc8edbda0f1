"""Pages of a query by where they start, not by how many rows to skip.

A page's address carries the sort values and the key of the row before it, signed. So page
5,000 costs what page 1 costs, and rows that come or go meanwhile move no other row to
another page: none is shown twice, none is left out.

The values are compared as the database's driver gives them, without the column's Python
type. What was read is then exactly what is compared: on SQLite a date is text there and
an amount a float, and its Python value would not always find itself again.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from functools import cached_property, lru_cache
from typing import Any, NamedTuple
from uuid import UUID

from itsdangerous import BadData, Signer, URLSafeSerializer
from itsdangerous.encoding import base64_encode
from sqlalchemy import (
    ARRAY,
    JSON,
    BindParameter,
    ColumnElement,
    Double,
    Enum,
    Float,
    Integer,
    LargeBinary,
    PickleType,
    Select,
    String,
    Text,
    and_,
    bindparam,
    cast,
    false,
    func,
    or_,
    tuple_,
    type_coerce,
)
from sqlalchemy.types import NULLTYPE, TypeEngine

from ..config import secret_keys

_UNORDERED = (JSON, ARRAY, LargeBinary, PickleType)
_LONGEST_TEXT = 255
_TEXT_PREFIX = 100
_WORTH_COMPRESSING = 300
_KINDS: dict[str, Any] = {
    "datetime": (datetime, datetime.isoformat, datetime.fromisoformat),
    "date": (date, date.isoformat, date.fromisoformat),
    "time": (time, time.isoformat, time.fromisoformat),
    "seconds": (timedelta, timedelta.total_seconds, lambda value: timedelta(seconds=value)),
    "decimal": (Decimal, str, Decimal),
    "uuid": (UUID, str, UUID),
    "bytes": (bytes, bytes.hex, bytes.fromhex),
}
_PLAIN = frozenset({str, int, bool, type(None)})
_compact = json.JSONEncoder(separators=(",", ":"), ensure_ascii=False).encode


class Term(NamedTuple):
    """One of the columns that rows are ordered by; missing values come last, either way."""

    column: ColumnElement[Any]
    is_falling: bool = False
    is_nullable: bool = False

    def beyond(self, value: Any, *, backwards: bool) -> ColumnElement[bool]:
        """The condition that a row comes after ``value`` in the direction of reading."""
        if value is None:
            return self.column.is_not(None) if backwards else false()
        bound = _bound(value)
        further = self.column < bound if self.is_falling != backwards else self.column > bound
        if self.is_nullable and not backwards:
            return or_(further, self.column.is_(None))
        return further

    def equals(self, value: Any) -> ColumnElement[bool]:
        """The condition that a row has ``value`` here."""
        return self.column.is_(None) if value is None else self.column == _bound(value)

    def order(self, *, backwards: bool) -> list[ColumnElement[Any]]:
        """The ORDER BY of this term."""
        chosen = self.column.desc() if self.is_falling != backwards else self.column.asc()
        if not self.is_nullable:
            return [chosen]
        missing = self.column.is_(None)
        return [missing.desc() if backwards else missing.asc(), chosen]


class Place(NamedTuple):
    """A row's place in the order: its sort values (the key's comes last) and its number,
    counted from 1 when it was shown."""

    number: int
    values: Sequence[Any]


def term(
    column: Any, kind: TypeEngine[Any], dialect: str, *, falling: bool, nullable: bool
) -> Term:
    """The order by ``column`` of type ``kind``, so that its values compare exactly.

    A FLOAT is compared as a double, the precision that its value is read with; MariaDB's
    ENUM by its place in the list, as it is ordered there; long text by its beginning.
    """
    if isinstance(kind, Float) and dialect != "sqlite":
        column = cast(column, Double)
    elif isinstance(kind, Enum) and dialect in {"mysql", "mariadb"}:
        column = cast(column, Integer)
    elif isinstance(kind, String) and is_long(kind):
        column = func.substr(column, 1, _TEXT_PREFIX)
    return Term(type_coerce(column, NULLTYPE), falling, nullable)


def can_order(kind: TypeEngine[Any]) -> bool:
    """Whether every engine orders columns of this type."""
    return not isinstance(kind, _UNORDERED)


def is_long(kind: String) -> bool:
    """Whether a column of text is too long for an address."""
    return isinstance(kind, Text) or (kind.length or 0) > _LONGEST_TEXT


def ordered(
    statement: Select[Any], terms: Sequence[Term], place: Place | None, *, backwards: bool = False
) -> Select[Any]:
    """``statement`` in order from ``place`` on, with the sort values after its own columns."""
    order = [clause for one in terms for clause in one.order(backwards=backwards)]
    statement = statement.order_by(None).order_by(*order)
    statement = statement.add_columns(
        *(one.column.label(f"place_{index}") for index, one in enumerate(terms))
    )
    if place is None:
        return statement
    return statement.where(beyond(terms, place.values, backwards=backwards))


def sign(salt: str, place: Place) -> str:
    """The place as an address carries it, good for the list that ``salt`` names."""
    packed = [place.number, *(_packed(value) for value in place.values)]
    return str(_serializer(salt).dumps(packed))


def read(salt: str, token: str, length: int | None = None) -> Place | None:
    """What :func:`sign` has signed with the same salt; None for anything else.

    ``length`` is how many values a place of the list has, where all have as many.
    """
    try:
        number, *values = _serializer(salt).loads(token)
    except BadData:
        return None
    if length is not None and len(values) != length:
        return None
    return Place(number, [_unpacked(value) for value in values])


def beyond(terms: Sequence[Term], values: Sequence[Any], *, backwards: bool) -> ColumnElement[bool]:
    """Rows after the place: further in the first term, or equal there and further in the next.

    The bound on the first term says nothing new; it is what lets an index be used. Where all
    terms run the same way they are compared as one, and then the index is used for all.
    """
    if len({one.is_falling for one in terms}) == 1 and not any(one.is_nullable for one in terms):
        return _beyond_as_one(terms, values, terms[0].is_falling != backwards)
    ways = []
    for index, one in enumerate(terms):
        same = [each.equals(value) for each, value in zip(terms[:index], values, strict=False)]
        ways.append(and_(*same, one.beyond(values[index], backwards=backwards)))
    first, value = terms[0], values[0]
    if first.is_nullable or value is None:
        return or_(*ways)
    bound = _bound(value)
    falls = first.is_falling != backwards
    return and_(first.column <= bound if falls else first.column >= bound, or_(*ways))


def _beyond_as_one(
    terms: Sequence[Term], values: Sequence[Any], falls: bool
) -> ColumnElement[bool]:
    here, there = tuple_(*(one.column for one in terms)), tuple_(*map(_bound, values))
    first, bound = terms[0].column, _bound(values[0])
    further = here < there if falls else here > there
    return and_(first <= bound if falls else first >= bound, further)


def _bound(value: Any) -> ColumnElement[Any]:
    # Typed by the driver alone: with a type of SQLAlchemy's, PostgreSQL would be told that
    # a word of an enumeration is VARCHAR, and would not compare the two.
    if isinstance(value, BindParameter):  # of a statement that is made once, for any place
        return value
    return bindparam(None, value, type_=NULLTYPE, unique=True)


def _packed(value: Any) -> Any:
    if type(value) in _PLAIN:
        return value
    for name, (kind, write, _read) in _KINDS.items():
        if isinstance(value, kind):
            return {name: write(value)}
    return value


def _unpacked(value: Any) -> Any:
    if not isinstance(value, dict):
        return value
    [(name, written)] = value.items()
    return _KINDS[name][2](written)


class _PlaceSerializer(URLSafeSerializer):
    """Signs with one signer; what is short, as most places are, it does not try to compress."""

    @cached_property
    def _signer(self) -> Signer:
        return super().make_signer()

    def make_signer(self, salt: str | bytes | None = None) -> Signer:
        """The signer of the salt that the serializer was made with."""
        return self._signer if salt is None else super().make_signer(salt)

    def dump_payload(self, obj: Any) -> bytes:
        """As it is read again, compressed or not."""
        plain = base64_encode(_compact(obj))
        return plain if len(plain) < _WORTH_COMPRESSING else super().dump_payload(obj)


def _serializer(salt: str) -> URLSafeSerializer:
    return _serializer_of(tuple(secret_keys()), salt)


@lru_cache(maxsize=256)
def _serializer_of(keys: tuple[str, ...], salt: str) -> URLSafeSerializer:
    return _PlaceSerializer(list(keys), salt=f"contacts.place.{salt}")
