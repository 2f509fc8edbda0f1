"""Rows written past the unit of work, a statement for each table.

The unit of work sorts what it writes, and asks for keys one row after the other: for a use case
that knows the order, and notes what it does not touch again, that takes most of its time.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from copy import copy
from functools import cache, lru_cache, partial
from importlib import import_module
from typing import Any, TypeVar

from sqlalchemy import Connection, Insert, bindparam, insert, inspect, select, union_all
from sqlalchemy.orm import Session, make_transient_to_detached

from .base import Base

Row = TypeVar("Row", bound=Base)
Values = Mapping[str, Any]
_TOGETHER = "contacts_together"
#: The engines that have ON CONFLICT.
_ON_CONFLICT = frozenset({"postgresql", "sqlite"})
#: More rows of several tables are not written by one statement, which is made for their number.
_MOST_AT_ONCE = 24


@contextmanager
def written_together(session: Session, *models: type[Base]) -> Iterator[None]:
    """Write the rows of these models that :func:`write` gets inside the block at its end.

    Those of the first model come first, because others may refer to them. What they refer to
    besides must be flushed by then. They have no key then, and no query inside the block finds
    them; what is raised inside leaves them unwritten.
    """
    rows: dict[type[Base], list[Values]] = {model: [] for model in models}
    session.info[_TOGETHER] = rows
    try:
        yield
    finally:
        del session.info[_TOGETHER]
    _insert_each(session, rows)


def write(session: Session, row: Row) -> Row:
    """Add a row to the session, or keep it until :func:`written_together` ends."""
    kept = session.info.get(_TOGETHER, {}).get(type(row))
    if kept is None:
        session.add(row)
    else:
        kept.append(vars(row))
    return row


def write_values(session: Session, model: type[Base], values: Values) -> None:
    """The same for a row that nobody asks for again, by the values of its columns."""
    kept = session.info.get(_TOGETHER, {}).get(model)
    if kept is None:
        session.add(model(**values))
    else:
        kept.append(values)


def insert_rows(session: Session, *rows: Sequence[Base]) -> None:
    """Write rows, those of one model beside each other; they get no key."""
    _insert_each(session, {type(some[0]): [vars(row) for row in some] for some in rows if some})


def _insert_each(session: Session, rows: Mapping[type[Base], Sequence[Values]]) -> None:
    """A statement for each table, or one for all where the database has such."""
    written = {model: _columns(model, some) for model, some in rows.items() if some}
    if len(written) > 1 and sum(map(len, written.values())) <= _MOST_AT_ONCE:
        connection = _connection(session, next(iter(written)))
        if connection.dialect.name == "postgresql":
            _insert_at_once(connection, written)
            return
    for model, some in written.items():
        _connection(session, model).execute(_insert(model), some)


def _insert_at_once(
    connection: Connection, rows: Mapping[type[Base], Sequence[dict[str, Any]]]
) -> None:
    """All rows by one statement, at whose end PostgreSQL looks whether what they refer to is
    there. Two statements take twice as long as one of several parts."""
    full = {model: [_with_defaults(model, row) for row in some] for model, some in rows.items()}
    shape = tuple((model, tuple(some[0]), len(some)) for model, some in full.items())
    values = {
        _value(model, name, number): value
        for model, some in full.items()
        for number, row in enumerate(some)
        for name, value in row.items()
    }
    connection.execute(_insert_of(shape), values)


@lru_cache(maxsize=256)
def _insert_of(shape: tuple[tuple[type[Base], tuple[str, ...], int], ...]) -> Insert:
    """Inserts so many rows of each model, with these columns. Those of one model get their keys
    in their order, and the parts of a statement in none."""
    *parts, last = (_part(model, names, count) for model, names, count in shape)
    return last.add_cte(*(part.cte(f"part_{number}") for number, part in enumerate(parts)))


def _part(model: type[Base], names: Sequence[str], count: int) -> Insert:
    """(Rows of one ``VALUES`` would not share what is compiled.)"""
    table: Any = model.__table__
    rows = [
        {name: bindparam(_value(model, name, number), type_=table.c[name].type) for name in names}
        for number in range(count)
    ]
    if count == 1:
        return insert(table).values(rows[0])
    selected = union_all(*(select(*row.values()) for row in rows))
    return insert(table).from_select(list(names), selected, include_defaults=False)


def _value(model: type[Base], name: str, number: int) -> str:
    return f"{name}_{number}_{model.__tablename__}"


def _with_defaults(model: type[Base], row: dict[str, Any]) -> dict[str, Any]:
    """The row with what a part of a statement does not give by itself."""
    return {name: make() for name, make in _defaults(model).items() if name not in row} | row


@cache
def _defaults(model: type[Base]) -> dict[str, Callable[[], Any]]:
    found: dict[str, Callable[[], Any]] = {}
    for column in model.__table__.columns:
        default: Any = column.default
        if default is not None and default.is_callable:
            found[column.name] = partial(default.arg, None)
        elif default is not None and default.is_scalar:
            found[column.name] = partial(copy, default.arg)
    return found


def insert_row(session: Session, row: Base) -> None:
    """Write one row, which gets its key and its defaults; :func:`hold` it then."""
    model = type(row)
    result = _connection(session, model).execute(_insert(model), _columns(model, [vars(row)])[0])
    _complete(row, result.last_inserted_params(), result.inserted_primary_key)


def insert_row_unless(session: Session, row: Base, name: str) -> bool:
    """Write one row and :func:`hold` it, unless another has its value in the column of that
    ``name``, which is unique: then False. Who writes such a row just now is waited for.

    MariaDB and SQLite before 3.35 have no such statement: there it is looked for, and the key
    refuses a race.
    """
    model = type(row)
    connection = _connection(session, model)
    dialect = connection.dialect
    if dialect.name not in _ON_CONFLICT or not dialect.insert_returning:
        column = getattr(model, name)
        if session.scalar(select(column).where(column == vars(row)[name])) is not None:
            return False
        insert_row(session, row)
        hold(session, row)
        return True
    made = _insert_unless(model, name, dialect.name)
    result = connection.execute(made, _columns(model, [vars(row)])[0])
    key = result.first()
    if key is not None:
        _complete(row, result.last_inserted_params(), key)
        hold(session, row)
    return key is not None


def hold(session: Session, row: Base, *parts: Base) -> None:
    """Let the session have a row that was written, as if it had read it, with its parts.

    It forgets a row of the same key: SQLite gives the key of one that was rolled back again.
    """
    for one in (*parts, row):
        let_go(session, one)
        make_transient_to_detached(one)
        key: Any = inspect(one).key
        former = session.identity_map.get(key)
        if former is not None:
            session.expunge(former)
    session.add(row)


def let_go(session: Session, row: Base) -> None:
    """Take a new row out of the session, which would write it as well: a host's own event may
    have put it there when it was made."""
    if inspect(row).pending:
        session.expunge(row)


def _connection(session: Session, model: type[Base]) -> Connection:
    return session.connection(bind_arguments={"mapper": model})


@cache
def _insert(model: type[Base]) -> Insert:
    table: Any = model.__table__
    return insert(table)


@cache
def _insert_unless(model: type[Base], name: str, dialect: str) -> Insert:
    table: Any = model.__table__
    own: Any = import_module(f"sqlalchemy.dialects.{dialect}")  # the others need not be loaded
    unless = own.insert(table).on_conflict_do_nothing(index_elements=[name])
    made: Insert = unless.returning(*table.primary_key)
    return made


@cache
def _names(model: type[Base]) -> frozenset[str]:
    return frozenset(model.__table__.columns.keys())


def _columns(model: type[Base], rows: Sequence[Values]) -> list[dict[str, Any]]:
    """The columns that any of the rows sets, of each; the others get their defaults."""
    names = _names(model) & set().union(*rows)
    return [{name: row.get(name) for name in names} for row in rows]


def _complete(row: Base, written: Any, key: Any) -> None:
    """Give a row what the statement made of it; what it did not name is NULL."""
    table: Any = type(row).__table__
    own = dict.fromkeys(_names(type(row))) | dict(written)
    own.update(zip(table.primary_key.columns.keys(), key, strict=True))
    vars(row).update(own)
