"""Bringing our tables to the present models, with what stands in them.

Needs Alembic, as :mod:`.schema_compare`. For hosts without migrations of their own; it
touches our tables alone and drops nothing unless it is told to.
"""

from __future__ import annotations

from collections.abc import Generator, Sequence
from contextlib import contextmanager
from copy import copy
from datetime import date, datetime
from itertools import groupby
from typing import Any

from alembic.operations import Operations, ops
from sqlalchemy import (
    CheckConstraint,
    Column,
    Connection,
    Engine,
    Table,
    inspect,
    select,
    text,
    update,
)
from sqlalchemy.exc import DBAPIError
from sqlalchemy.sql import TableClause, column as bare_column, table as bare_table

from ..clock import utc_now
from ..i18n import _
from . import Base
from .contact import Contact
from .invitation_dates import fill_invitation_dates
from .leaver_fill import fill_leavers
from .schema import refuse_views
from .schema_compare import Difference, compare, in_words, joined, migration_context, model_column
from .schema_refusals import CannotFill, CannotMend
from .search_fill import fill_added_keys
from .sqlite_changes import nothing_lost, one_transaction

_FILLS: dict[type, Any] = {str: "", int: 0, bool: False, bytes: b"", dict: {}}


def planned(connection: Connection, drop: bool = False) -> list[Difference]:
    """What :func:`upgrade` would mend, in its order."""
    found = [one for one in compare(connection) if drop or not one.is_surplus]
    if not drop:
        found += _relaxations(connection)
    return sorted(found, key=lambda one: (_stage(one.operation), one.table))


def upgrade(engine: Engine, drop: bool = False) -> list[Difference]:
    """Mend every difference and say which; all or nothing where the database can.

    MariaDB commits each step by itself: after an error, a second call does the rest.
    Raises :class:`CannotFill` and :class:`ViewInTheWay` before anything is changed, and
    :class:`CannotMend` where the database refuses.
    """
    with one_transaction(engine) as connection:
        found = planned(connection, drop)
        created = [one.table for one in found if isinstance(one.operation, ops.CreateTableOp)]
        refuse_views(inspect(connection), created)
        for one in found:
            if _needs_values(one.operation):
                _fill_of(connection, model_column(one.operation))
        Base.metadata.create_all(connection, tables=[Base.metadata.tables[t] for t in created])
        rest = [one for one in found if one.table not in created]
        _change(connection, [one for one in rest if _adds_column(one.operation)])
        added = _added_columns(rest, Contact.__tablename__)
        fill_invitation_dates(connection, added)
        fill_added_keys(connection, added)
        fill_leavers(connection, created)
        _change(connection, [one for one in rest if not _adds_column(one.operation)])
    return found


def _adds_column(operation: Any) -> bool:
    return isinstance(operation, ops.AddColumnOp)


def _added_columns(differences: Sequence[Difference], table: str) -> list[str]:
    operations = [one.operation for one in differences if one.table == table]
    return [one.column.name for one in operations if isinstance(one, ops.AddColumnOp)]


def _change(connection: Connection, differences: Sequence[Difference]) -> None:
    """Mend what lies next to each other in one table together: SQLite copies it once."""
    for table, group in groupby(differences, key=lambda one: one.table):
        operations = [one.operation for one in group]
        with _explained(connection, table, operations):
            _change_table(connection, table, operations)


@contextmanager
def _explained(connection: Connection, table: str, operations: Sequence[Any]) -> Generator[None]:
    """The database's refusal as :class:`CannotMend`."""
    try:
        yield
    except DBAPIError as error:
        said = str(error.orig.args[-1] if error.orig is not None else error)
        said = " ".join(said.replace("_alembic_tmp_", "").split())
        differences = joined(in_words(one) for one in operations)
        partly = connection.dialect.name not in {"sqlite", "postgresql"}
        raise CannotMend(f"{table}: {differences}", said, partly) from error


def _stage(operation: Any) -> int:
    """Tables, then columns, which may be empty at first, then what makes demands on rows."""
    if isinstance(operation, ops.CreateTableOp):
        return 0
    return 1 if _adds_column(operation) else 2


def _relaxations(connection: Connection) -> list[Difference]:
    """Columns that the models lost may be left empty by the rows to come."""
    relaxed = []
    for one in compare(connection):
        if not isinstance(one.operation, ops.DropColumnOp):
            continue
        column: Any = one.operation.to_column()
        if column.nullable or column.primary_key or column.server_default is not None:
            continue
        words = _(
            "the column %(name)s is not in the models, so it must allow NULL", name=column.name
        )
        operation = ops.AlterColumnOp(
            one.table, column.name, modify_nullable=True, existing_type=column.type
        )
        relaxed.append(Difference(one.table, words, operation, is_surplus=False))
    return relaxed


def _change_table(connection: Connection, table: str, operations: list[Any]) -> None:
    """Columns are added empty, filled, and then told to be never empty."""
    steps: list[Any] = []
    for operation in operations:
        is_demanding = _needs_values(operation)
        if isinstance(operation, ops.AddColumnOp):
            nullable = is_demanding or bool(operation.column.nullable)
            column = _alone(operation.column, nullable)
            _run(connection, table, [ops.AddColumnOp(table, column)])
        if is_demanding:
            _fill(connection, model_column(operation))
            steps.append(_not_null(operation))
        elif not isinstance(operation, ops.AddColumnOp):
            steps.append(operation)
    if steps:
        _run(connection, table, steps)


def _alone(column: Any, nullable: bool) -> Column[Any]:
    """The column without its index and its foreign key: Alembic mentions those by themselves."""
    default = getattr(column.server_default, "arg", None)
    return Column(column.name, column.type, nullable=nullable, server_default=default)


def _not_null(operation: Any) -> ops.AlterColumnOp:
    if isinstance(operation, ops.AlterColumnOp):
        return operation
    column = operation.column
    return ops.AlterColumnOp(
        operation.table_name, column.name, modify_nullable=False, existing_type=column.type
    )


def _run(connection: Connection, table: str, operations: Sequence[Any]) -> None:
    """Run operations on one table; SQLite copies the table where it cannot alter it."""
    context = migration_context(connection)
    if connection.dialect.name != "sqlite":
        for operation in operations:
            with _explained(connection, table, [operation]):
                Operations(context).invoke(operation)
        return
    dropped = {one.index_name for one in operations if isinstance(one, ops.DropIndexOp)}
    checks = tuple(  # Alembic would lose them in the copy
        CheckConstraint(text(check["sqltext"]), name=check["name"])
        for check in inspect(connection).get_check_constraints(table)
    )
    kwargs = {
        f"sqlite_{name}": value
        for name, value in Base.metadata.tables[table].dialect_options["sqlite"].items()
        if value is not None
    }
    with (
        nothing_lost(connection, table, dropped),
        Operations(context).batch_alter_table(
            table, table_args=checks, table_kwargs=kwargs
        ) as batch,
    ):
        for operation in operations:
            batch.invoke(operation)


def _needs_values(operation: Any) -> bool:
    if isinstance(operation, ops.AddColumnOp):
        return not operation.column.nullable and operation.column.server_default is None
    return isinstance(operation, ops.AlterColumnOp) and operation.modify_nullable is False


def _fill(connection: Connection, column: Any) -> None:
    """Give every row without a value the column's default, or what says "nothing"."""
    rows = _bare(column.table)  # without the models' onupdate, whose columns may not be there yet
    empty = rows.c[column.name].is_(None)
    if column.default is None or not column.default.is_callable:
        own = {column.name: _fill_of(connection, column)}
        connection.execute(update(rows).where(empty).values(own))
        return
    keys = [rows.c[key.name] for key in column.table.primary_key]
    for row in connection.execute(select(*keys).where(empty)).all():
        this = [key == value for key, value in zip(keys, row, strict=True)]
        own = {column.name: column.default.arg(None)}  # a uuid differs from row to row
        connection.execute(update(rows).where(*this).values(own))


def _bare(full: Table) -> TableClause:
    columns = [bare_column(one.name, one.type) for one in full.columns]
    return bare_table(full.name, *columns)


def _fill_of(connection: Connection, column: Any) -> Any:
    default = column.default
    if default is not None:
        return default.arg if default.is_scalar else None
    kind = column.type.python_type
    if column.foreign_keys or kind not in {*_FILLS, datetime, date}:
        if connection.execute(select(*column.table.primary_key).limit(1)).first() is not None:
            raise CannotFill(f"{column.table.name}.{column.name}")
        return None
    if kind in {datetime, date}:
        return utc_now() if kind is datetime else utc_now().date()
    return copy(_FILLS[kind])
