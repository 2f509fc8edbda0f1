"""How our transactions begin, so that they decide by what is true on every engine."""

from __future__ import annotations

from sqlalchemy import Engine
from sqlalchemy.orm import Session

from . import Contact


def begin(session: Session) -> None:
    """Begin so that what the work reads stays true until it has decided.

    SQLite locks no rows: the transaction takes the file before it reads. Elsewhere it
    runs at READ COMMITTED, PostgreSQL's default and not MariaDB's: there it would go on
    reading the state of its first SELECT, also after it waited for a lock.
    """
    bind = session.get_bind(Contact)
    if not isinstance(bind, Engine):  # a test of the host's may hold one outer transaction
        return
    if bind.dialect.name != "sqlite":
        options = {"isolation_level": "READ COMMITTED"}
        session.connection({"mapper": Contact}, execution_options=options)
        return
    connection = session.connection({"mapper": Contact})
    begun = getattr(connection.connection.dbapi_connection, "in_transaction", True)
    if not begun:  # unless the host has changed how the driver begins
        connection.exec_driver_sql("BEGIN IMMEDIATE")
