"""What is forgotten of imported files: after a while, and with a person."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime, timedelta

from sqlalchemy import Text, cast, delete, func, or_, select, update
from sqlalchemy.orm import Session

from ...links import rows_changed
from ...models import ContactImport, ContactImportKey, ContactImportResult, ContactImportRow

#: How long a file's rows are kept, so that its report can be read and it can be resumed.
KEEP_ROWS_DAYS = 30


def purge(session: Session, now: datetime) -> int:
    """Delete the rows and results of files that were uploaded 30 days ago; how many rows.

    An import that was not done by then has ended: there is nothing left to go on with.
    """
    before = now - timedelta(days=KEEP_ROWS_DAYS)
    is_old = ContactImport.created_at < before
    quiet = {"synchronize_session": False}
    session.execute(
        update(ContactImport)
        .where(is_old, ContactImport.state.not_in(("done", "forgotten")))
        .values(state="forgotten", finished_at=now),
        execution_options=quiet,
    )
    old = select(ContactImport.id).where(is_old)
    for table in (ContactImportKey, ContactImportResult):
        session.execute(delete(table).where(table.import_id.in_(old)), execution_options=quiet)
    rows = delete(ContactImportRow).where(ContactImportRow.import_id.in_(old))
    return rows_changed(session, rows.execution_options(synchronize_session=False))


def forget(session: Session, contact_id: int, addresses: Collection[str]) -> None:
    """Delete the rows that became a contact, and those that hold one of its addresses."""
    holds = [
        func.lower(cast(ContactImportRow.cells, Text)).contains(f'"{one}"', autoescape=True)
        for one in addresses
    ]
    query = select(ContactImportRow.import_id, ContactImportRow.number)
    its_results = select(ContactImportResult.import_id, ContactImportResult.number).where(
        ContactImportResult.contact_id == contact_id
    )
    found = {tuple(row) for row in session.execute(its_results)}
    if holds:
        found |= {tuple(row) for row in session.execute(query.where(or_(*holds)))}
    for import_id, number in found:
        for table in (ContactImportKey, ContactImportResult, ContactImportRow):
            session.execute(
                delete(table).where(table.import_id == import_id, table.number == number),
                execution_options={"synchronize_session": False},
            )
