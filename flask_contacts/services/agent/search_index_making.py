"""Making and dropping the index that finds words inside of names (:mod:`.search_index`).

In statements of its own and outside of the models: it is optional, differs from engine to
engine, and a host's migrations leave it alone (``include_object`` in
:mod:`...models.search_index`).
"""

from __future__ import annotations

from sqlalchemy import Connection, Engine, text
from sqlalchemy.exc import DBAPIError

from ...errors import ContactsError
from ...i18n import _
from ...models.search_index import CONTACT_INDEX, FTS

_TABLE, _COLUMN = "contacts_contact", "search_text"
_REMOVE = f"INSERT INTO {FTS} ({FTS}, rowid, {_COLUMN}) VALUES ('delete', old.id, old.{_COLUMN});"  # noqa: S608  names of ours
_ADD = f"INSERT INTO {FTS} (rowid, {_COLUMN}) VALUES (new.id, new.{_COLUMN});"  # noqa: S608
_TRIGGERS = {
    f"{FTS}_insert": f"AFTER INSERT ON {_TABLE} BEGIN {_ADD} END",
    f"{FTS}_delete": f"AFTER DELETE ON {_TABLE} BEGIN {_REMOVE} END",
    f"{FTS}_update": f"AFTER UPDATE OF {_COLUMN} ON {_TABLE} BEGIN {_REMOVE} {_ADD} END",
}


class CannotIndex(ContactsError):
    """The database refused the index; the message says why and what to do."""


def create_search_index(engine: Engine) -> None:
    """Make the index anew over all contacts, also where it is there already.

    Raises :class:`CannotIndex`. PostgreSQL builds it while others write.
    """
    make = {"sqlite": _make_sqlite, "postgresql": _make_postgresql}
    try:
        drop_search_index(engine)
        make.get(engine.dialect.name, _make_mariadb)(engine)
    except DBAPIError as error:
        said = " ".join(str(error.orig).split())
        raise CannotIndex(
            _("The database refused the search index: %(said)s", said=said)
        ) from error


def drop_search_index(engine: Engine) -> None:
    """Remove the index, where it is there; the contacts stay as they are."""
    dialect = engine.dialect.name
    if dialect == "postgresql":
        _run(engine, f"DROP INDEX CONCURRENTLY IF EXISTS {CONTACT_INDEX}")
    elif dialect == "sqlite":
        with engine.begin() as connection:
            for name in _TRIGGERS:
                connection.execute(text(f"DROP TRIGGER IF EXISTS {name}"))
            connection.execute(text(f"DROP TABLE IF EXISTS {FTS}"))
    else:
        _run(engine, f"DROP INDEX IF EXISTS {CONTACT_INDEX} ON {_TABLE}")


def _make_sqlite(engine: Engine) -> None:
    """A full-text table without texts of its own, which triggers keep like the contacts."""
    options = f"content='{_TABLE}', content_rowid='id', tokenize='trigram', columnsize=0"
    with engine.begin() as connection:
        connection.execute(text(f"CREATE VIRTUAL TABLE {FTS} USING fts5({_COLUMN}, {options})"))
        connection.execute(text(f"INSERT INTO {FTS} ({FTS}) VALUES ('rebuild')"))  # noqa: S608
        # In one piece: of a million contacts it has dozens, and a search looks into each.
        connection.execute(text(f"INSERT INTO {FTS} ({FTS}) VALUES ('optimize')"))  # noqa: S608
        for name, body in _TRIGGERS.items():
            connection.execute(text(f"CREATE TRIGGER {name} {body}"))


def _make_postgresql(engine: Engine) -> None:
    _require_trigrams(engine)
    # Each change in its place at once: what waits in a list would be read by every search.
    _run(
        engine,
        f"CREATE INDEX CONCURRENTLY {CONTACT_INDEX} ON {_TABLE} "
        f"USING gin ({_COLUMN} gin_trgm_ops) WITH (fastupdate = off)",
    )


def _require_trigrams(engine: Engine) -> None:
    try:
        _run(engine, "CREATE EXTENSION IF NOT EXISTS pg_trgm")
    except DBAPIError as error:
        raise CannotIndex(
            _(
                "PostgreSQL's extension pg_trgm is not there, and this user may not create it. "
                "Let the owner of the database, or a superuser, run "
                "CREATE EXTENSION pg_trgm; (on Debian it is in postgresql-contrib), then try "
                "again. Searching works without it, by how names and addresses begin."
            )
        ) from error


def _make_mariadb(engine: Engine) -> None:
    """Of all words: the server's list of common English words would hide names and ``com``."""
    _run(
        engine,
        "SET SESSION innodb_ft_enable_stopword = OFF",
        f"CREATE FULLTEXT INDEX {CONTACT_INDEX} ON {_TABLE} ({_COLUMN})",
        "SET SESSION innodb_ft_enable_stopword = DEFAULT",
    )


def _run(engine: Engine, *statements: str) -> None:
    with engine.connect() as plain:
        connection: Connection = plain.execution_options(isolation_level="AUTOCOMMIT")
        for statement in statements:
            connection.execute(text(statement))
