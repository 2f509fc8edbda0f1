"""A condition that a row is one of many, with as little to parse as can be.

PostgreSQL takes them as arrays: a thousand parameters would take longer to read than to look
up. The others take them one by one.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Any

from sqlalchemy import ColumnElement, any_, cast, func, literal, select, tuple_
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import Session

from ...models import Contact


def one_of(session: Session, column: Any, values: Collection[Any]) -> ColumnElement[bool]:
    """Whether ``column`` is one of the values."""
    if not _has_arrays(session):
        found: ColumnElement[bool] = column.in_(list(values))
        return found
    return column == any_(_array(column, list(values)))  # type: ignore[no-any-return]


def rows_of(
    session: Session, columns: Sequence[Any], rows: Collection[tuple[Any, ...]]
) -> ColumnElement[bool]:
    """Whether the columns together are one of the rows, of which there is at least one."""
    if not _has_arrays(session):
        return tuple_(*columns).in_(list(rows))
    arrays = [
        func.unnest(_array(column, list(values)))
        for column, values in zip(columns, zip(*rows, strict=True), strict=True)
    ]
    return tuple_(*columns).in_(select(*arrays))


def _has_arrays(session: Session) -> bool:
    return session.get_bind(Contact).dialect.name == "postgresql"


def _array(column: Any, values: list[Any]) -> Any:
    kind = ARRAY(column.type)
    return cast(literal(values, kind), kind)
