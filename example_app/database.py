"""The studio's database: one SQLAlchemy extension in Flask-AppBuilder's own metadata."""

from __future__ import annotations

from typing import Any

from flask_appbuilder import Model
from flask_appbuilder.models.sqla.base import SQLA
from sqlalchemy import Engine, event

#: ``metadata=Model.metadata``, so that migrations see every table, also those of
#: Flask-AppBuilder and of flask_contacts.
db = SQLA(metadata=Model.metadata)

BUSY_TIMEOUT = 30
"""How long a writer waits for another one (seconds)."""


def tune_sqlite(engine: Engine) -> None:
    """Give each connection what several threads on one SQLite file need."""
    if engine.dialect.name != "sqlite":
        return

    @event.listens_for(engine, "connect")
    def _tune(connection: Any, _record: object) -> None:
        # SQLite's own lower() knows ASCII only, and a search for "ødeg" should find Ødegård.
        connection.create_function("lower", 1, _lower, deterministic=True)
        cursor = connection.cursor()
        cursor.execute(f"PRAGMA busy_timeout = {BUSY_TIMEOUT * 1000}")
        cursor.execute("PRAGMA journal_mode = WAL")
        cursor.execute("PRAGMA synchronous = NORMAL")
        cursor.execute("PRAGMA foreign_keys = ON")
        cursor.close()


def _lower(value: object) -> object:
    return value.lower() if isinstance(value, str) else value
