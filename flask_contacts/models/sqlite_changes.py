"""Changing tables on SQLite: in one transaction, and without losing what is the host's.

Where SQLite cannot alter a table, Alembic copies it: with columns, constraints and plain
indexes, and with nothing else.
"""

from __future__ import annotations

from collections.abc import Collection, Generator
from contextlib import contextmanager
from typing import Any

from sqlalchemy import Connection, Engine, text

from . import Base

_REST = text(
    "SELECT type, name, sql FROM sqlite_master "
    "WHERE tbl_name = :table AND type IN ('index', 'trigger') AND sql IS NOT NULL"
)
_HAS_SEQUENCE = text("SELECT 1 FROM sqlite_master WHERE name = 'sqlite_sequence'")
_SEQUENCE = text("SELECT seq FROM sqlite_sequence WHERE name = :table")


@contextmanager
def nothing_lost(connection: Connection, table: str, dropped: Collection[str]) -> Generator[None]:
    """Keep, over a copy of a table of ours, what is the host's on it and the last id given.

    The host's triggers and indexes (also those of expressions, which Alembic skips) are made
    anew as they were, but for the indexes that are ``dropped`` on purpose; its views only
    name the table, so they are left alone.
    """
    kept = {index.name for index in Base.metadata.tables[table].indexes}.union(dropped)
    rest = [one for one in connection.execute(_REST, {"table": table}) if one.name not in kept]
    last = _last_id(connection, table)
    for one in rest:
        name = connection.dialect.identifier_preparer.quote_identifier(one.name)
        connection.exec_driver_sql(f"DROP {one.type} {name}")
    legacy = connection.exec_driver_sql("PRAGMA legacy_alter_table").scalar()
    connection.exec_driver_sql("PRAGMA legacy_alter_table = ON")  # else it asks the views
    try:
        yield
    finally:
        connection.exec_driver_sql(f"PRAGMA legacy_alter_table = {legacy}")
    for one in rest:
        connection.exec_driver_sql(one.sql)
    if last is not None:
        _set_last_id(connection, table, last)


def _last_id(connection: Connection, table: str) -> Any:
    if connection.scalar(_HAS_SEQUENCE) is None:
        return None
    return connection.scalar(_SEQUENCE, {"table": table})


def _set_last_id(connection: Connection, table: str, last: int) -> None:
    """An id that was given once must not come back: rows of the host's may remember it."""
    mine = {"table": table, "last": last}
    connection.execute(text("DELETE FROM sqlite_sequence WHERE name = :table"), mine)
    insert = text("INSERT INTO sqlite_sequence (name, seq) VALUES (:table, :last)")
    connection.execute(insert, mine)


@contextmanager
def one_transaction(engine: Engine) -> Generator[Connection]:
    """One transaction. On SQLite by hand: its driver commits before it changes a table, and
    with foreign keys on, replacing a table would delete the rows that refer to it.
    """
    if engine.dialect.name != "sqlite":
        with engine.begin() as connection:
            yield connection
        return
    with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        checked = connection.exec_driver_sql("PRAGMA foreign_keys").scalar()
        raw: Any = connection.connection.dbapi_connection
        if raw.in_transaction:  # a host may begin them itself, as SQLAlchemy's manual shows
            raw.rollback()
        connection.exec_driver_sql("PRAGMA foreign_keys = OFF")
        connection.exec_driver_sql("BEGIN IMMEDIATE")
        try:
            yield connection
        except BaseException:
            connection.exec_driver_sql("ROLLBACK")
            raise
        else:
            connection.exec_driver_sql("COMMIT")
        finally:
            connection.exec_driver_sql(f"PRAGMA foreign_keys = {int(bool(checked))}")
