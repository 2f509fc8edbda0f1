"""The host's rows that refer to a contact or a customer: what deleting it does to them.

The host's foreign keys decide. This reads them, so that a preview can say it and every
engine does the same: SQLite enforces foreign keys only where the host switched that on,
so there this does what they say.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from sqlalchemy import (
    Column,
    ColumnElement,
    FromClause,
    TableClause,
    column as bare_column,
    delete,
    func,
    literal,
    select,
    table as bare_table,
    tuple_,
    update,
)
from sqlalchemy.orm import Session

from ...models import Contact
from ...models.foreign_keys import HostKey, HostKeys, TableName, are_checked, host_keys, table_name

_COUNT_LIMIT = 1_000
#: Rows that hang on rows that hang on …: a circle has no end, so there nothing is deleted.
_DEEPEST = 8


@dataclass(frozen=True)
class HostReference:
    """Rows of one table that refer to what is deleted, by ``column``, or to rows that go with it.

    ``effect`` of a deletion: ``"kept"`` (they lose the reference), ``"deleted"`` (the
    host said CASCADE) or ``"prevents"``. ``rows`` is counted up to 1,000.
    """

    table: str
    column: str
    rows: int
    effect: str


@dataclass(frozen=True)
class _Rows:
    """Some rows of a table: those that ``test`` picks by ``columns``."""

    table: TableName
    columns: tuple[str, ...]
    test: Callable[[FromClause], ColumnElement[bool]]

    def bare(self, *more: str) -> TableClause:
        """The table with the columns that matter; the host's models may not be ours to see."""
        schema, name = self.table
        columns = dict.fromkeys([*self.columns, *more])
        return bare_table(name, *(bare_column(one) for one in columns), schema=schema)


@dataclass(frozen=True)
class _Step:
    rows: _Rows
    by_database: bool
    reference: HostReference


def host_references(session: Session, key: Column[Any], value: Any) -> list[HostReference]:
    """Every table of the host's with rows that refer to the row whose ``key`` is ``value``.

    What goes stands before what hangs on it.
    """
    return [step.reference for step in reversed(_steps(session, key, value))]


def release(session: Session, key: Column[Any], value: Any) -> dict[str, int]:
    """Before the deletion: do to the host's rows what the database does not do by itself.

    Gives the tables whose rows forbid the deletion, with how many those are; then nothing
    was changed.
    """
    steps = _steps(session, key, value)
    forbidding = [one.reference for one in steps if one.reference.effect == "prevents"]
    if not forbidding:
        for step in steps:
            if not step.by_database:
                _do(session, step)
    return {one.table: one.rows for one in forbidding}


def _steps(session: Session, key: Column[Any], value: Any) -> list[_Step]:
    """What refers to the row, in the order in which it has to be done."""
    connection = session.connection({"mapper": Contact})
    root = _Rows(
        table_name(key.table, connection),
        (key.name,),
        lambda table: table.c[key.name] == literal(value, key.type),
    )
    keys, checked = host_keys(connection), are_checked(connection)
    return list(_below(session, keys, checked, root))


def _below(
    session: Session, keys: HostKeys, checked: bool, above: _Rows, depth: int = 1
) -> Iterator[_Step]:
    for key in keys.get(above.table, ()):
        rows = _referring(key, above)
        count = _count(session, rows)
        if not count:
            continue
        effect = {"CASCADE": "deleted", "SET NULL": "kept"}.get(key.rule, "prevents")
        if effect == "deleted" and depth == _DEEPEST:
            effect = "prevents"
        if effect == "deleted":
            yield from _below(session, keys, checked, rows, depth + 1)
        reference = HostReference(key.table[1], ", ".join(key.columns), count, effect)
        yield _Step(rows, checked and key.in_database, reference)


def _referring(key: HostKey, above: _Rows) -> _Rows:
    """The rows that refer by ``key`` to the rows above."""

    def test(table: FromClause) -> ColumnElement[bool]:
        referred = above.bare(*key.referred_columns).alias()
        values = select(*(referred.c[name] for name in key.referred_columns))
        columns = [table.c[name] for name in key.columns]
        one = tuple_(*columns) if len(columns) > 1 else columns[0]
        return one.in_(values.where(above.test(referred)))

    return _Rows(key.table, key.columns, test)


def _count(session: Session, rows: _Rows) -> int:
    table = rows.bare()
    few = select(literal(1)).select_from(table).where(rows.test(table)).limit(_COUNT_LIMIT)
    return session.scalar(select(func.count()).select_from(few.subquery())) or 0


def _do(session: Session, step: _Step) -> None:
    table = step.rows.bare()
    mine = step.rows.test(table)
    if step.reference.effect == "deleted":
        session.execute(delete(table).where(mine))
    else:
        session.execute(update(table).where(mine).values(dict.fromkeys(step.rows.columns)))
