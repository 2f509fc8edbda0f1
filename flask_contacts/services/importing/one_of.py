"""A condition that a row is one of many, with as little to parse as can be.

A thousand parameters take longer to read than their rows take to be found. So PostgreSQL is
given arrays, and SQLite a JSON text; where the values are no JSON, and on MariaDB, it is a list
of parameters.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Sequence
from typing import Any

from sqlalchemy import ColumnElement, String, any_, cast, column, func, literal, select, tuple_
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import Session

from ...models import Contact


def one_of(session: Session, name: Any, values: Collection[Any]) -> ColumnElement[bool]:
    """Whether the column ``name`` is one of the values."""
    listed, dialect = list(values), session.get_bind(Contact).dialect.name
    if dialect == "postgresql":
        return name == any_(_array(name, listed))  # type: ignore[no-any-return]
    if dialect == "sqlite" and _are_plain(listed):
        each = func.json_each(literal(json.dumps(listed), String)).table_valued("value")
        found: ColumnElement[bool] = name.in_(select(each.c.value))
        return found
    among: ColumnElement[bool] = name.in_(listed)
    return among


def rows_of(
    session: Session, names: Sequence[Any], rows: Collection[tuple[Any, ...]]
) -> ColumnElement[bool]:
    """Whether the columns together are one of the rows, of which there is at least one."""
    listed, dialect = list(rows), session.get_bind(Contact).dialect.name
    if dialect == "postgresql":
        turned = zip(names, zip(*listed, strict=True), strict=True)
        arrays = [func.unnest(_array(one, list(values))) for one, values in turned]
        return tuple_(*names).in_(select(*arrays))
    if dialect == "sqlite" and all(map(_are_plain, listed)):
        each = func.json_each(literal(json.dumps(listed), String)).table_valued(column("value"))
        cells = [func.json_extract(each.c.value, f"$[{place}]") for place in range(len(names))]
        return tuple_(*names).in_(select(*cells))
    return tuple_(*names).in_(listed)


def _are_plain(values: Collection[Any]) -> bool:
    return all(type(value) in (int, str) for value in values)


def _array(name: Any, values: list[Any]) -> Any:
    kind = ARRAY(name.type)
    return cast(literal(values, kind), kind)
