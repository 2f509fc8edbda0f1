"""An import goes on step by step: some rows in a transaction, as many as there is time for.

The rows that are done and the place in the file are written together, so whoever is killed
leaves no half contact, and whoever goes on begins after the last row that is done. In the
browser each step is a request; so no process has to stay alive, no thread outlives a restart
of the server, and each step is permitted anew.
"""

from __future__ import annotations

import logging
import time
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import select
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session
from sqlalchemy.orm.exc import StaleDataError

from ... import signals
from ...clock import utc_now
from ...errors import NotFound
from ...i18n import _l
from ...models import ContactImport, ContactImportKey, ContactImportResult, ContactImportRow
from ..announce import announce
from ..transaction import in_transaction
from .bulk_insert import insert_rows
from .collection_pause import collection_paused
from .job import Importer, Job, make_job
from .kept_words import kept
from .new_companies import mark_companies
from .planned import Plan, PlannedRow
from .planning import plan_rows
from .silence import refuse_silence
from .starting import find_import
from .writing import Written, write_plan

log = logging.getLogger(__name__)
#: What can become of a row, with the words for it.
OUTCOMES = {
    "new": _l("New"),
    "changed": _l("Changed"),
    "unchanged": _l("Unchanged"),
    "refused": _l("Refused"),
}
ROWS_AT_ONCE = 1_000
#: Each invited contact writes a login and a mail.
_INVITED_AT_ONCE = 50
_RESULTS: Any = ContactImportResult.__table__
_RESULT = ("import_id", "number", "outcome", "contact_id", "details")
_KEYS: Any = ContactImportKey.__table__
_WORKING = ("checking", "running")
_NEXT = {"checking": "checked", "running": "done"}


@dataclass(frozen=True)
class Progress:
    """How far an import is: ``position`` of its ``rows``, and what became of them.

    ``new_customers`` is how many customers come with them. Where its ``generation`` is another
    one, it has begun anew.
    """

    state: str
    rows: int
    position: int
    counts: Mapping[str, int] = field(default_factory=dict)
    generation: int = 0
    new_customers: int = 0

    @property
    def is_working(self) -> bool:
        """Whether there is a next step."""
        return self.state in _WORKING


def progress_of(row: ContactImport) -> Progress:
    """How far an import is."""
    return Progress(
        row.state, row.rows, row.position, dict(row.counts), row.generation, row.new_customers
    )


def advance(session: Session, import_id: int, importer: Importer, seconds: float = 2.0) -> Progress:
    """Do the next rows, until that time is over or there are none left.

    Safe to call from two processes at once, for the same import too.
    """
    until = time.monotonic() + seconds
    row = find_import(session, import_id)
    if row.state not in _WORKING:
        return progress_of(row)
    job, state = make_job(session, row, importer), row.state
    size = _INVITED_AT_ONCE if job.options.invite and state == "running" else ROWS_AT_ONCE
    while True:
        progress = _advance_or_divide(session, job, state, size)
        has_changed = (progress.state, progress.generation) != (state, job.generation)
        if has_changed or time.monotonic() >= until:
            return progress


def _advance_or_divide(session: Session, job: Job, state: str, size: int) -> Progress:
    """Where rows cannot be done together, fewer are; one that cannot be done alone is refused.

    Many who type at the same customers can make a large transaction fail again and again, and
    a rule of the host's own in the database must not stop an import for good.
    """
    try:
        return _advance_once(session, job, state, size)
    except (DBAPIError, StaleDataError):
        job.names.forget_all()
        if size > 1:
            return _advance_or_divide(session, job, state, max(size // 8, 1))
        log.exception("a row of import %s cannot be written", job.import_id)
        return _advance_once(session, job, state, 1, is_refused=True)


def _advance_once(
    session: Session, job: Job, state: str, size: int, *, is_refused: bool = False
) -> Progress:
    def work() -> tuple[Progress, Written]:
        row = _lock_running(session, job.import_id)
        if (row.state, row.generation) != (state, job.generation):
            return progress_of(row), Written()
        rows = _next_rows(session, row, size)
        written = Written()
        if rows:
            plan = plan_rows(session, job, rows, lock=state == "running")
            for planned in plan.rows if is_refused else ():
                planned.refuse("row", _l("The database refuses this row; the log says why."))
                planned.keys = set()
            refuse_silence(session, job, plan)
            row.new_customers += mark_companies(session, job, plan, writes=state == "running")
            if state == "running":
                written = write_plan(session, job, plan)
            _keep_results(session, job, plan)
            row.counts = dict(Counter(row.counts) + Counter(one.outcome for one in plan.rows))
            row.position += len(rows)
        if len(rows) < size:
            row.state = _NEXT[state]
            row.finished_at = utc_now()
        session.flush()
        return progress_of(row), written

    with collection_paused():
        progress, written = in_transaction(session, work)
    _tell(session, written)
    return progress


def _tell(session: Session, written: Written) -> None:
    """As after a form; where nobody listens, nobody is called a hundred thousand times."""
    for signal, ids in (
        (signals.contact_created, written.created),
        (signals.contact_changed, written.changed),
    ):
        if signal.receivers:
            for one in ids:
                announce(session, signal, contact_id=one)


def _lock_running(session: Session, import_id: int) -> ContactImport:
    """The import; others that write contacts too wait for their turn.

    So two files with the same people make each of them once, and no two imports wait for each
    other.
    """
    query = (
        select(ContactImport)
        .where((ContactImport.state == "running") | (ContactImport.id == import_id))
        .order_by(ContactImport.id)
        .with_for_update(key_share=True)
        .execution_options(populate_existing=True)
    )
    for row in session.scalars(query).all():
        if row.id == import_id:
            return row
    raise NotFound("no such import")


def _next_rows(session: Session, row: ContactImport, size: int) -> list[tuple[int, list[str]]]:
    last = (
        select(ContactImportResult.number)
        .where(ContactImportResult.import_id == row.id)
        .order_by(ContactImportResult.number.desc())
        .limit(1)
    )
    query = (
        select(ContactImportRow.number, ContactImportRow.cells)
        .where(
            ContactImportRow.import_id == row.id,
            ContactImportRow.number > (session.scalar(last) or 0),
        )
        .order_by(ContactImportRow.number)
        .limit(size)
    )
    return [(number, cells) for number, cells in session.execute(query)]


def _keep_results(session: Session, job: Job, plan: Plan) -> None:
    rows = [
        (job.import_id, one.number, one.outcome, one.contact_id, _details(one)) for one in plan.rows
    ]
    insert_rows(session, _RESULTS, _RESULT, rows)
    keys = [(job.import_id, key, one.number) for one in plan.rows for key in one.keys]
    insert_rows(session, _KEYS, ("import_id", "key", "number"), sorted(keys))


def _details(planned: PlannedRow) -> dict[str, Any] | None:
    """The problems, or the changes, what is left out, and with which row its company comes."""
    if planned.outcome == "refused":
        return {"problems": kept(planned.problems)}
    found: dict[str, Any] = {"changes": planned.changes} if planned.outcome == "changed" else {}
    if planned.brought_by is not None:
        name = "brings" if planned.brought_by == planned.number else "brought_by"
        found[name] = planned.company if name == "brings" else planned.brought_by
    if planned.remarks:
        found["remarks"] = kept(planned.remarks)
    return found or None
