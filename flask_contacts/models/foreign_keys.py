"""The foreign keys of the host's tables, as the database has them.

Read from the database, because a host's tables may stand in other metadata than ours, and
because its rules decide. What only our metadata knows (an engine without foreign keys, a
migration that left one out) is added.
"""

from __future__ import annotations

import logging
from collections import defaultdict
from collections.abc import Iterator
from contextlib import suppress
from typing import NamedTuple
from weakref import WeakKeyDictionary

from sqlalchemy import Connection, Engine, Inspector, Table, inspect, text
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Session

from . import Base, Contact
from .schema import own_tables

log = logging.getLogger(__name__)

#: A table's schema (None: the default one) and name.
TableName = tuple[str | None, str]


class HostKey(NamedTuple):
    """A foreign key of the host's.

    ``rule`` is its ON DELETE: ``"CASCADE"``, ``"SET NULL"``, ``""`` for all that forbid.
    ``in_database``: the database has it, and not only the models.
    """

    table: TableName
    columns: tuple[str, ...]
    referred_table: TableName
    referred_columns: tuple[str, ...]
    rule: str
    in_database: bool = True


HostKeys = dict[TableName, list[HostKey]]
_known: WeakKeyDictionary[Engine, tuple[set[str], HostKeys]] = WeakKeyDictionary()


def host_keys(connection: Connection) -> HostKeys:
    """Every foreign key that is none of ours, by the table that it refers to.

    Read once for each engine, and anew where tables came or went.
    """
    inspector = inspect(connection)
    tables = set(inspector.get_table_names())
    before, keys = _known.get(connection.engine, (None, {}))
    if before != tables:
        keys = defaultdict(list)
        for key in _read(connection, inspector):
            keys[key.referred_table].append(key)
        _known[connection.engine] = tables, keys
    return keys


def are_checked(connection: Connection) -> bool:
    """Whether the database checks foreign keys: SQLite does where the host says so."""
    if connection.dialect.name != "sqlite":
        return True
    return bool(connection.exec_driver_sql("PRAGMA foreign_keys").scalar())


def warn_where_unchecked(session: Session) -> None:
    """Log it at start where SQLite lets rows refer to what is not there (``contacts.C025``)."""
    engine = session.get_bind(Contact)
    if engine.dialect.name != "sqlite":
        return
    with suppress(SQLAlchemyError), engine.engine.connect() as connection:
        if not are_checked(connection):
            log.warning(
                "contacts.C025: this SQLite database does not check foreign keys, so raw and bulk "
                "statements can leave contacts without their customer. Switch on PRAGMA "
                "foreign_keys for each connection: see docs/howto/production.md."
            )


def table_name(table: Table, connection: Connection) -> TableName:
    """How a table of the models is called here."""
    default = inspect(connection).default_schema_name
    return (None if table.schema == default else table.schema, table.name)


def _read(connection: Connection, inspector: Inspector) -> Iterator[HostKey]:
    ours = {(table.schema, table.name) for table in own_tables()}
    there = set[TableName]()
    known = set[tuple[object, ...]]()
    for schema in _schemas(inspector):
        for table, keys in inspector.get_multi_foreign_keys(schema=schema).items():
            there.add(table)
            rules = _sqlite_rules(connection, table[1]) if keys else {}
            for key in keys if table not in ours else ():
                columns = tuple(key["constrained_columns"])
                ondelete = rules.get((columns[0], key["referred_table"]))
                one = HostKey(
                    table,
                    columns,
                    (key["referred_schema"], key["referred_table"]),
                    tuple(key["referred_columns"]),
                    _rule(
                        inspector,
                        table,
                        columns,
                        ondelete or key.get("options", {}).get("ondelete"),
                    ),
                )
                known.add((one.table, one.columns, one.referred_table))
                yield one
    for one in _of_metadata(inspector, there - ours):
        if (one.table, one.columns, one.referred_table) not in known:
            yield one


def _sqlite_rules(connection: Connection, table: str) -> dict[tuple[str, str], str]:
    """SQLAlchemy reads them from the statement that made the table, and not every spelling."""
    if connection.dialect.name != "sqlite":
        return {}
    query = text('SELECT "from", "table", on_delete FROM pragma_foreign_key_list(:name)')
    rows = connection.execute(query, {"name": table})
    return {(column, referred): rule for column, referred, rule in rows}


def _schemas(inspector: Inspector) -> list[str | None]:
    """On PostgreSQL all: elsewhere another schema is another database."""
    if inspector.dialect.name != "postgresql":
        return [None]
    usual = {inspector.default_schema_name, "information_schema"}
    return [None, *(name for name in inspector.get_schema_names() if name not in usual)]


def _of_metadata(inspector: Inspector, tables: set[TableName]) -> Iterator[HostKey]:
    for table in Base.metadata.tables.values():
        name = (table.schema, table.name)
        for key in table.foreign_key_constraints if name in tables else ():
            columns = tuple(key.column_keys)
            yield HostKey(
                name,
                columns,
                (key.referred_table.schema, key.referred_table.name),
                tuple(element.column.name for element in key.elements),
                _rule(inspector, name, columns, key.ondelete),
                in_database=False,
            )


def _rule(
    inspector: Inspector, table: TableName, columns: tuple[str, ...], ondelete: str | None
) -> str:
    """What ON DELETE comes to: SET NULL forbids where the column must have a value."""
    rule = (ondelete or "").upper()
    if rule == "CASCADE":
        return rule
    if rule != "SET NULL":
        return ""
    found = {one["name"]: one["nullable"] for one in inspector.get_columns(table[1], table[0])}
    return rule if all(found.get(name, False) for name in columns) else ""
