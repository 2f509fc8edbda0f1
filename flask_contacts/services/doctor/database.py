"""The database: is it there, has it our tables as they are now, what time is it there."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from importlib import import_module
from typing import Any

from flask import current_app
from flask_babel import format_decimal
from sqlalchemy import Connection, Engine, func, inspect, select
from sqlalchemy.exc import SQLAlchemyError

from ...clock import utc_now
from ...i18n import _, _l, _n
from ...mail import lease_time
from ...models import Activity, Base, Contact, Mail
from ...models.foreign_keys import are_checked
from ...models.schema import own_tables
from ...state import current_contacts
from ..utc_words import utc_time
from .problems import ERROR, NOTE, WARNING, Finding, problem, some

_TOLERATED, _BROKEN = timedelta(seconds=5), timedelta(minutes=2)

AWAY = problem(
    "FC301",
    ERROR,
    _l("The database cannot be reached"),
    _l("Nothing works. What else needs it was not examined."),
    _l("Correct `SQLALCHEMY_DATABASE_URI`, start the database, or install its driver."),
)
TABLES_MISSING = problem(
    "FC302",
    ERROR,
    _l("Tables are missing"),
    _l("Pages that need them fail."),
    _l("Run `flask contacts init-db`, or your migrations; see docs/howto/tables.md."),
)
TABLES_OLD = problem(
    "FC303",
    ERROR,
    _l("Tables are of another release"),
    _l("Pages that need what is missing fail."),
    _l(
        "Run `flask contacts upgrade-db` after a backup, or a migration of yours; `flask contacts "
        "check-db` names everything."
    ),
)
NOT_COMPARED = problem(
    "FC304",
    NOTE,
    _l("Columns were compared by name only"),
    _l("Types, indexes and constraints may differ: Alembic is not installed, which compares them."),
    _l("`pip install 'flask-contacts[upgrade]'`"),
)
OTHER_METADATA = problem(
    "FC305",
    ERROR,
    _l("Your db has other metadata than the tables of flask_contacts"),
    _l("A migration that Alembic generates would drop our tables."),
    _l("Make it with `SQLA(metadata=Model.metadata)`."),
)
UNREADABLE = problem(
    "FC310",
    ERROR,
    _l("Rows could not be read"),
    _l("A check could not be made, because the database refused its question."),
    _l("Mend what the other findings say about the tables, then run the doctor again."),
)
UNCHECKED_KEYS = problem(
    "FC306",
    WARNING,
    _l("SQLite does not check foreign keys"),
    _l(
        "Bulk and raw statements can leave contacts without their customer, and SQLite gives a "
        "deleted customer's id to the next one (`contacts.C025`)."
    ),
    _l(
        "Switch on `PRAGMA foreign_keys` for each connection: docs/howto/production.md has the "
        "lines."
    ),
)
CLOCKS_APART = problem(
    "FC307",
    ERROR,
    _l("The clocks of the database and of this computer are far apart"),
    _l("Links expire too early or too late, and mails are taken by two processes at once."),
    _l("Let both computers take their time from the network (NTP)."),
)
CLOCKS_DRIFT = problem(
    "FC308",
    WARNING,
    _l("The clocks of the database and of this computer differ"),
    _l("By minutes it would shorten or lengthen links and leases of mail."),
    _l("Let both computers take their time from the network (NTP)."),
)
FROM_THE_FUTURE = problem(
    "FC309",
    WARNING,
    _l("There are rows from the future"),
    _l("A clock was wrong when they were written, or this one is: mails wait until then."),
    _l("Correct the clock. What was written stays as it is."),
)
POOLED = problem(
    "FC311",
    WARNING,
    _l("A pooler stands before PostgreSQL, and psycopg prepares statements"),
    _l(
        "Where the pooler gives each transaction another connection (PgBouncer's "
        "`pool_mode = transaction`), a prepared statement is on one that somebody else has."
    ),
    _l(
        'Switch it off: `SQLALCHEMY_ENGINE_OPTIONS = {"connect_args": {"prepare_threshold": '
        "None}}`, see docs/howto/production.md."
    ),
)


def check_connection() -> Iterator[Finding]:
    """Whether the database answers; where it does not, no other check of it makes sense."""
    try:
        with engine().connect() as connection:
            connection.execute(select(1))
    except (SQLAlchemyError, OSError, ImportError) as error:
        yield AWAY.found(" ".join(str(getattr(error, "orig", None) or error).split()))


def check_tables() -> Iterator[Finding]:
    """Our tables, as ``upgrade-db`` compares them."""
    db = current_app.extensions.get("sqlalchemy")
    if db is not None and Base.metadata not in getattr(db, "metadatas", {}).values():
        yield OTHER_METADATA.found()
    there = set(inspect(engine()).get_table_names())
    missing = [table.name for table in own_tables() if table.name not in there]
    if missing:
        yield TABLES_MISSING.found(some(missing))
    try:
        upgrade = import_module("flask_contacts.models.schema_upgrade")
    except ModuleNotFoundError:
        yield NOT_COMPARED.found()
        lacking = _lacking_columns(there)
    else:
        with engine().connect() as connection:
            planned = upgrade.planned(connection)
        lacking = [str(one) for one in planned if one.table not in missing]
    if lacking:
        yield TABLES_OLD.found(some(lacking))


def check_foreign_keys() -> Iterator[Finding]:
    """Whether rows can refer to what is not there."""
    with engine().connect() as connection:
        if not are_checked(connection):
            yield UNCHECKED_KEYS.found()


def check_pooler() -> Iterator[Finding]:
    """Whether a pooler gives connections to a driver that leaves something on them."""
    dialect = engine().dialect
    if (dialect.name, dialect.driver) != ("postgresql", "psycopg"):
        return
    with engine().connect() as connection:
        if _prepares_statements(connection) and not is_reached_directly(connection):
            yield POOLED.found()


def is_reached_directly(connection: Connection) -> bool:
    """Whether psycopg's connection leads to the server itself: the process that answers is the
    one that was named when it was opened. A pooler names one of its own."""
    raw: Any = connection.connection
    with raw.cursor() as cursor:
        answering = cursor.execute("SELECT pg_backend_pid()").fetchone()[0]
    return bool(answering == raw.driver_connection.info.backend_pid)


def _prepares_statements(connection: Connection) -> bool:
    driver: Any = connection.connection.driver_connection
    return driver.prepare_threshold is not None


def check_clock() -> Iterator[Finding]:
    """The database's clock against ours, and rows that were written later than now."""
    dialect = engine().dialect.name
    before = utc_now()
    with engine().connect() as connection:
        theirs = connection.scalar(select(lease_time.now(dialect)), lease_time.now_values(dialect))
        newest = [
            connection.scalar(select(func.max(column)))
            for column in (Mail.created_at, Activity.happened_at)
        ]
    ours = before + (utc_now() - before) / 2
    yield from compare_clocks(ours, theirs or ours)
    latest = max((one for one in newest if one is not None), default=ours)
    if latest > ours + _BROKEN:
        said = _("The latest is of %(time)s UTC.", time=utc_time(latest))
        yield FROM_THE_FUTURE.found(said)


def compare_clocks(ours: datetime, theirs: datetime) -> Iterator[Finding]:
    """What the difference of two clocks comes to."""
    apart = abs(ours - theirs)
    if apart > _TOLERATED:
        seconds = round(apart.total_seconds())
        said = _n(
            "%(count)s second apart",
            "%(count)s seconds apart",
            seconds,
            count=format_decimal(seconds),
        )
        yield (CLOCKS_APART if apart > _BROKEN else CLOCKS_DRIFT).found(said)


def engine() -> Engine:
    """The engine of our tables."""
    return current_contacts.session.get_bind(Contact)  # type: ignore[return-value]


def are_tables_there() -> bool:
    """Whether the rows of our tables can be looked at."""
    there = set(inspect(engine()).get_table_names())
    return all(table.name in there for table in own_tables())


def _lacking_columns(there: set[str]) -> list[str]:
    inspector = inspect(engine())
    lacking = []
    for table in own_tables():
        if table.name in there:
            found = {column["name"] for column in inspector.get_columns(table.name)}
            lacking += [f"{table.name}.{name}" for name in table.c.keys() if name not in found]  # noqa: SIM118
    return lacking
