"""Keeping a file's rows in the database, so that what is killed later can go on."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import islice
from typing import Any

from sqlalchemy import delete, select, update
from sqlalchemy.orm import Session

from ...actors import Actor
from ...i18n import _l
from ...models import ContactImport, ContactImportKey, ContactImportResult, ContactImportRow
from ..field_checks import unprintable
from ..transaction import in_transaction
from .bulk_insert import insert_rows
from .columns import guess_columns
from .file_refused import FileRefused
from .table import Row, Table

_AT_ONCE = 2_000
_ROWS: Any = ContactImportRow.__table__


def stage(session: Session, table: Table, filename: str, actor: Actor) -> int:
    """Store the rows of a table and give the id of the new import; its columns are guessed.

    Some thousand rows are a transaction, so that others can write meanwhile. Raises what
    reading raises (``FileRefused``), and that where there is no row; then nothing is kept.
    """
    import_id = _begin(session, table, filename, actor)
    count = 0
    try:
        while rows := list(islice(table.rows, _AT_ONCE)):
            count += len(rows)
            _store(session, import_id, rows, count)
        if not count:
            raise FileRefused(
                _l("There are no contacts in this file: no row follows the names of its columns.")
            )
    except BaseException:
        session.rollback()
        discard(session, import_id)
        raise
    _set_state(session, import_id, "mapping")
    return import_id


def discard(session: Session, import_id: int) -> None:
    """Forget an import with all its rows; the contacts that it made stay."""

    def work() -> None:
        for table in (ContactImportKey, ContactImportResult, ContactImportRow):
            session.execute(delete(table).where(table.import_id == import_id))
        session.execute(delete(ContactImport).where(ContactImport.id == import_id))

    in_transaction(session, work)


def column_texts(session: Session, import_id: int, place: int) -> Iterator[str]:
    """All texts of a column, some thousand rows at a time."""
    after = 0
    while True:
        query = (
            select(ContactImportRow.number, ContactImportRow.cells)
            .where(ContactImportRow.import_id == import_id, ContactImportRow.number > after)
            .order_by(ContactImportRow.number)
            .limit(_AT_ONCE)
        )
        rows = session.execute(query).all()
        if not rows:
            return
        yield from (cells[place] for _number, cells in rows if len(cells) > place)
        after = rows[-1].number


def _begin(session: Session, table: Table, filename: str, actor: Actor) -> int:
    def work() -> int:
        row = ContactImport(
            filename=_shown(filename),
            kind=table.kind,
            encoding=table.encoding,
            delimiter=table.delimiter,
            headers=table.headers,
            columns=guess_columns(table.headers),
            created_by_id=actor.staff_id,
            created_by=actor.name[:210],
        )
        session.add(row)
        session.flush()
        return row.id

    return in_transaction(session, work)


def _shown(filename: str) -> str:
    """A file's name, without what no database takes or no page shows."""
    return "".join(char for char in filename if not unprintable(char))[:191] or "–"


def _store(session: Session, import_id: int, rows: Sequence[Row], count: int) -> None:
    def work() -> None:
        values = [(import_id, number, cells) for number, cells in rows]
        insert_rows(session, _ROWS, ("import_id", "number", "cells"), values)
        session.execute(
            update(ContactImport).where(ContactImport.id == import_id).values(rows=count)
        )

    in_transaction(session, work)


def _set_state(session: Session, import_id: int, state: str) -> None:
    its = update(ContactImport).where(ContactImport.id == import_id)
    in_transaction(session, lambda: session.execute(its.values(state=state)))
