"""How fast contacts are imported: ``make bench-import``.

A CSV of contacts is read, checked and written as ``flask contacts import`` does it; then the
very same rows (contacts, permissions, topics, activity) are written again into the emptied
tables as the driver writes them fastest: ``executemany`` on SQLite and MariaDB, ``COPY`` on
PostgreSQL, from values that are ready. Prints seconds, the ratio, and by how much memory a
fresh process that imports exceeds one that has started only. ``--rows``, ``--turns`` and
``--engines`` say how much.
"""

from __future__ import annotations

import argparse
import io
import json
import os
import random
import statistics
import time
import tracemalloc
from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from sqlalchemy import Table, delete, event, insert, select
from sqlalchemy.orm import Session

from flask_contacts.actors import SYSTEM
from flask_contacts.models import (
    Activity,
    Contact,
    ContactPermission,
    ContactTopic,
)
from flask_contacts.services.importing import reading, staging, starting, steps
from flask_contacts.services.importing.file_refused import IN_TERMINAL
from flask_contacts.services.importing.job import Importer, Options
from tests.databases.crowded_host import create_crowded_host, delete_rows
from tests.databases.servers import ENGINES
from tests.host_app import db, new_customer
from tests.importing_memory import memory_of_import

CONTACTS_A_CUSTOMER = 20
_TABLES = (Contact, ContactPermission, ContactTopic, Activity)
_FIRST = ("Ana", "João", "Mara", "Peter", "Zoë", "Søren", "Inês", "Lee", "Omar", "Kim")
_LAST = ("Lovelace", "Gonçalves", "Müller", "Ødegård", "Silva", "Smith", "Novák", "Rossi")


def main() -> None:
    """Measure on each engine."""
    options = _options()
    for engine in options.engines:
        with ExitStack() as stack:
            url = stack.enter_context(ENGINES[engine]())
            measure(engine, url, options.rows, options.turns)


def measure(engine: str, url: str, rows: int, turns: int) -> None:
    """The medians of the turns, and of their ratios."""
    app = create_crowded_host(url)
    with app.app_context():
        _tune()
        session: Session = db.session()
        content = _file(rows)
        _one(session, _file(1_000), rows)  # warms up
        found = [_turn(session, content, rows) for _ in range(turns)]
        peak = _traced(session, content, rows)
        _forget(session)
        session.close()
        db.session.remove()
        db.engine.dispose()
    started, imported = _memory(url, content)
    print(f"\n{engine}: {rows} rows ({len(content) / 2**20:.1f} MiB), {turns} turns")
    for name, label in LINES.items():
        times = [one[name] for one in found]
        print(f"  {label:<52}{statistics.median(times):8.1f} s")
    for name, label in RATIOS.items():
        ratios = [one["raw"] / one[name] for one in found]
        cpu = [one["cpu raw"] / one[f"cpu {name}"] for one in found]
        print(
            f"  {label:<52}{statistics.median(ratios):8.2f}  ({min(ratios):.2f} to "
            f"{max(ratios):.2f}; of this process's own time {statistics.median(cpu):.2f})"
        )
    print(f"  {'most memory that Python held for it':<52}{peak / 2**20:8.1f} MiB")
    print(f"  {'a process that has started takes at most':<52}{started:8.1f} MiB")
    print(f"  {'by which one that imports too takes more':<52}{imported - started:8.1f} MiB")


LINES = {
    "raw": "the same rows, ready, as the driver writes them",
    "contacts": "of these the contacts alone",
    "stage": "the file read and kept",
    "check": "the dry run",
    "run": "checked again and written",
}
RATIOS = {"run": "ratio, written", "whole": "ratio, read, kept, checked and written"}


def _turn(session: Session, content: bytes, rows: int) -> dict[str, float]:
    took = _one(session, content, rows)
    ready = [(model.__table__, _ready(session, model.__table__)) for model in _TABLES]
    _forget(session, customers=False)
    for table, values in ready:
        share = -(-len(values) * steps.ROWS_AT_ONCE // rows)
        some = _timed("raw", lambda *its: _write(session, *its), table, values, share)
        for name, seconds in some.items():
            took[name] = took.get(name, 0.0) + seconds
        took.setdefault("contacts", some["raw"])
    return took


def _one(session: Session, content: bytes, rows: int) -> dict[str, float]:
    """Import a file into empty tables; the seconds of each part."""
    _forget(session)
    _customers(session, rows)
    took: dict[str, float] = {}
    ids: list[int] = []
    took |= _timed("stage", lambda: ids.append(_stage(session, content)))
    found = starting.find_import(session, ids[0])
    starting.start_check(session, ids[0], found.columns, Options())
    took |= _timed("check", lambda: steps.advance(session, ids[0], Importer(), 1e9))
    starting.start_run(session, ids[0])
    took |= _timed("run", lambda: steps.advance(session, ids[0], Importer(), 1e9))
    progress = steps.progress_of(starting.find_import(session, ids[0]))
    assert progress.counts == {"new": progress.rows}, progress
    for kind in ("", "cpu "):
        took[f"{kind}whole"] = took[f"{kind}stage"] + took[f"{kind}run"]
    return took


def _stage(session: Session, content: bytes) -> int:
    table = reading.read_table(io.BytesIO(content), IN_TERMINAL)
    return staging.stage(session, table, "contacts.csv", SYSTEM)


def _traced(session: Session, content: bytes, rows: int) -> int:
    """The most that Python held while it imported, in bytes, the file itself left out."""
    tracemalloc.start()
    _one(session, content, rows)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    return peak


def _ready(session: Session, table: Table) -> list[tuple[Any, ...]]:
    """The rows of a table as the driver takes them."""
    found = [tuple(row) for row in session.execute(select(table).order_by(*table.primary_key))]
    session.rollback()
    place = [n for n, column in enumerate(table.columns) if column.name == "changes"]
    if not place:
        return found
    return [
        tuple(json.dumps(value) if n in place else value for n, value in enumerate(row))
        for row in found
    ]


def _write(session: Session, table: Table, rows: list[tuple[Any, ...]], share: int) -> None:
    """The rows of a thousand contacts in a transaction, as the import does it."""
    dialect = session.get_bind(Contact).dialect
    names = [column.name for column in table.columns]
    columns = ", ".join(names)
    for start in range(0, len(rows), share):
        raw: Any = session.connection().connection
        cursor = raw.cursor()
        some = rows[start : start + share]
        if dialect.driver == "psycopg":
            with cursor.copy(f"COPY {table.name} ({columns}) FROM STDIN") as copy:
                for row in some:
                    copy.write_row(row)
        else:
            statement = str(insert(table).compile(dialect=dialect))
            cursor.executemany(statement, [_native(row) for row in some])
        cursor.close()
        session.commit()


def _native(row: tuple[Any, ...]) -> tuple[Any, ...]:
    """sqlite3's own adapters for dates are deprecated."""
    return tuple(value.isoformat(" ") if hasattr(value, "isoformat") else value for value in row)


def _customers(session: Session, rows: int) -> None:
    names = [f"Company {number}" for number in range(rows // CONTACTS_A_CUSTOMER + 1)]
    session.add_all(new_customer(name) for name in names)
    session.commit()


def _forget(session: Session, *, customers: bool = True) -> None:
    session.rollback()
    if customers:
        delete_rows()
    for model in reversed(_TABLES):
        session.execute(delete(model))
    session.commit()
    engine: Any = session.get_bind(Contact)
    if engine.dialect.name == "postgresql":
        with engine.connect() as plain:
            plain.execution_options(isolation_level="AUTOCOMMIT").exec_driver_sql("VACUUM")


def _file(rows: int) -> bytes:
    """A CSV of people as a CRM exports them."""
    chance = random.Random(1)
    lines = ["Company,First Name,Last Name,Email,Phone,Job Title,Notes"]
    for number in range(rows):
        company = number // CONTACTS_A_CUSTOMER
        first, last = chance.choice(_FIRST), chance.choice(_LAST)
        lines.append(
            f"Company {company},{first},{last} {number % 997},"
            f"n{number}@company{company}.example.com,+44 20 7946 {number % 10000:04},Buyer,"
            f"Met at the fair in {2000 + number % 25}"
        )
    return "\r\n".join(lines).encode()


def _tune() -> None:
    """SQLite as docs/howto/production.md advises it, and the example has it."""
    if db.engine.dialect.name != "sqlite":
        return
    db.engine.dispose()

    @event.listens_for(db.engine, "connect")
    def tune(connection: Any, _record: object) -> None:
        for pragma in ("journal_mode = WAL", "synchronous = NORMAL", "foreign_keys = ON"):
            connection.execute(f"PRAGMA {pragma}")


def _timed(name: str, work: Callable[..., object], *given: Any) -> dict[str, float]:
    """The seconds by the clock, and those that this process worked."""
    start, worked = time.perf_counter(), time.process_time()
    work(*given)
    return {
        name: time.perf_counter() - start,
        f"cpu {name}": time.process_time() - worked,
    }


def _memory(url: str, content: bytes) -> tuple[float, float]:
    """The most memory of a fresh process that has started, and that has imported, in MiB."""
    with TemporaryDirectory() as folder:
        path = Path(folder) / "people.csv"
        path.write_bytes(content)
        return memory_of_import(url, path)


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--rows", type=int, default=int(os.environ.get("BENCH_ROWS", "100000")))
    parser.add_argument("--turns", type=int, default=3)
    parser.add_argument("--engines", nargs="+", default=["sqlite", "postgresql"])
    return parser.parse_args()


if __name__ == "__main__":
    main()
