"""Many rows into a table at once, as fast as the driver can.

psycopg has COPY, which takes half the time of INSERT; the others take ``executemany``, with
values in the statement's own order: to give SQLAlchemy a dictionary for each row takes longer
than SQLite takes to write it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from operator import itemgetter
from typing import Any

from sqlalchemy import Table, insert
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

Values = tuple[Any, ...]


def insert_rows(
    session: Session, table: Table, names: Sequence[str], rows: Sequence[Values]
) -> None:
    """Insert rows of the columns ``names``, in the session's transaction.

    Other columns get the database's default: a default of Python's is not applied.
    """
    if not rows:
        return
    session.flush()
    connection = session.connection()
    dialect = connection.dialect
    values = list(_processed(table, names, rows, dialect))
    if dialect.driver == "psycopg":
        _copy(connection, table, names, values)
        return
    statement: Any = insert(table).compile(dialect=dialect, column_keys=list(names))
    if statement.positional:
        order = itemgetter(*(list(names).index(name) for name in statement.positiontup))
        connection.exec_driver_sql(str(statement), list(map(order, values)))
    else:
        given = [dict(zip(names, row, strict=True)) for row in rows]
        session.execute(insert(table), given)


def _processed(
    table: Table, names: Sequence[str], rows: Sequence[Values], dialect: Any
) -> Iterator[Values]:
    """The values as the driver takes them."""
    processors: list[Callable[[Any], Any] | None] = [
        table.c[name].type.dialect_impl(dialect).bind_processor(dialect) for name in names
    ]
    special = [(n, one) for n, one in enumerate(processors) if one is not None]
    if not special:
        yield from rows
        return
    for row in rows:
        values = list(row)
        for place, processor in special:
            values[place] = processor(values[place])
        yield tuple(values)


def _copy(connection: Any, table: Table, names: Sequence[str], rows: Sequence[Values]) -> None:
    quote = connection.dialect.identifier_preparer
    columns = ", ".join(quote.quote(name) for name in names)
    statement = f"COPY {quote.format_table(table)} ({columns}) FROM STDIN"
    errors = connection.dialect.loaded_dbapi.Error
    try:
        with connection.connection.cursor() as cursor, cursor.copy(statement) as copy:
            for row in rows:
                copy.write_row(row)
    except errors as error:  # as SQLAlchemy would: who tries again knows no driver's errors
        raise DBAPIError.instance(
            statement, None, error, errors, dialect=connection.dialect
        ) from error
