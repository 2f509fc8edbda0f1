"""What the database lacks, or has too much of, beside our tables as they are now.

Needs Alembic (``pip install 'alembic>=1.13'``), so nothing imports this module at
start. Alembic compares everything but CHECK constraints; those are compared by name.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass
from functools import reduce
from typing import Any, cast

from alembic.autogenerate import produce_migrations
from alembic.migration import MigrationContext
from alembic.operations import ops
from sqlalchemy import CheckConstraint, Connection, Table, inspect

from ..i18n import _
from . import Base
from .schema import own_tables
from .search_index import SEARCH_INDEXES

_SURPLUS = (ops.DropColumnOp, ops.DropIndexOp, ops.DropConstraintOp)


@dataclass(frozen=True)
class Difference:
    """Something of ``table`` that is not as the models say, and the operation that mends it.

    ``is_surplus``: the database has what the models have not; mending would drop it.
    """

    table: str
    text: str
    operation: ops.MigrateOperation
    is_surplus: bool

    def __str__(self) -> str:
        return f"{self.table}: {self.text}"


def compare(connection: Connection) -> list[Difference]:
    """Every difference between our tables and the database; reads only, no other table."""
    script = produce_migrations(migration_context(connection), Base.metadata)
    found = [one for operation in script.upgrade_ops_list for one in _flat(operation.ops)]
    present = set(inspect(connection).get_table_names())
    views = set(inspect(connection).get_view_names())
    for table in own_tables():
        if table.name in present:
            found += _missing_checks(connection, table)
    return [
        Difference(_table_of(one), in_words(one, views), one, _is_surplus(one, found))
        for one in found
        if not _comes_with_its_table(one, present)
    ]


def migration_context(connection: Connection) -> MigrationContext:
    """Alembic's view of the connection, restricted to our tables."""
    names = {table.name for table in own_tables()}

    def include_name(name: str | None, kind: str, parents: object) -> bool:
        return kind != "table" or name in names

    def include_object(thing: object, name: str | None, kind: str, *rest: object) -> bool:
        if name in SEARCH_INDEXES and kind == "index":
            return False
        return kind != "table" or name in names

    options = {
        "include_name": include_name,
        "include_object": include_object,
        "compare_type": True,
        "compare_server_default": True,
    }
    return MigrationContext.configure(connection, opts=options)


def model_column(operation: Any) -> Any:
    """The column of our models that an operation is about."""
    name = getattr(operation, "column_name", None) or operation.column.name
    return Base.metadata.tables[operation.table_name].c[name]


def _flat(operations: Any) -> Iterator[ops.MigrateOperation]:
    for operation in operations:
        if isinstance(operation, ops.OpContainer):
            yield from _flat(operation.ops)
        else:
            yield operation


def _missing_checks(connection: Connection, table: Table) -> Iterator[ops.MigrateOperation]:
    there = {check["name"] for check in inspect(connection).get_check_constraints(table.name)}
    for constraint in table.constraints:
        if isinstance(constraint, CheckConstraint) and constraint.name not in there:
            yield ops.CreateCheckConstraintOp.from_constraint(constraint)


def _table_of(operation: Any) -> str:
    return str(getattr(operation, "source_table", None) or operation.table_name)


def _comes_with_its_table(operation: Any, present: set[str]) -> bool:
    """Indexes of a table that is missing as a whole."""
    return not isinstance(operation, ops.CreateTableOp) and _table_of(operation) not in present


def _is_surplus(operation: Any, found: list[ops.MigrateOperation]) -> bool:
    """A drop that no other operation makes good: an index that changed is dropped and made."""
    if not isinstance(operation, _SURPLUS):
        return False
    return isinstance(operation, ops.DropColumnOp) or not any(
        _name(other) == _name(operation) and _table_of(other) == _table_of(operation)
        for other in found
        if not isinstance(other, _SURPLUS)
    )


def _name(operation: Any) -> str | None:
    for attribute in ("constraint_name", "index_name"):
        if hasattr(operation, attribute):
            return cast("str | None", getattr(operation, attribute))
    return None


def in_words(operation: Any, views: Collection[str] = ()) -> Any:
    """What is not as it should be, for a person who reads it in a terminal."""
    match operation:
        case ops.CreateTableOp() if operation.table_name in views:
            return _("a view of this name stands where the table belongs")
        case ops.CreateTableOp():
            return _("the table is missing")
        case ops.AddColumnOp():
            return _("the column %(name)s is missing", name=operation.column.name)
        case ops.DropColumnOp():
            return _("the column %(name)s is not in the models", name=operation.column_name)
        case ops.AlterColumnOp():
            return _(
                "the column %(name)s %(differences)s",
                name=operation.column_name,
                differences=joined(_altered(operation)),
            )
        case ops.CreateIndexOp():
            return _("the index %(name)s is missing", name=operation.index_name)
        case ops.DropIndexOp():
            return _("the index %(name)s is not as in the models", name=operation.index_name)
        case ops.DropConstraintOp():
            name = operation.constraint_name
            return _("the constraint %(name)s is not as in the models", name=name)
        case _:
            return _("the constraint %(name)s is missing", name=operation.constraint_name)


def joined(texts: Iterable[str]) -> str:
    """Several such texts as one."""

    def append(text: str, other: str) -> str:
        return _("%(one)s and %(other)s", one=text, other=other) if text else other

    return reduce(append, texts, "")


def _altered(operation: ops.AlterColumnOp) -> Iterator[str]:
    if operation.modify_nullable is not None:
        yield _("does not allow NULL") if operation.modify_nullable else _("allows NULL")
    if operation.modify_type is not None:
        there, wanted = operation.existing_type, operation.modify_type
        yield _("has the type %(there)s, not %(wanted)s", there=there, wanted=wanted)
    if operation.modify_server_default is not False:
        yield _("has another default")
    if operation.modify_comment is not False:
        yield _("has another comment")
