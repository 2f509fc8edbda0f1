"""Delivering the outbox: claim, check again, send with no transaction open, mark.

Mails are claimed and checked in batches and marked one by one, so a process that is killed
leaves at most one mail that was taken by the server and not marked. At least once: what a
crash leaves leased comes free again, with its old Message-ID. Whoever calls it (the
thread, the command line, Celery), the table is the record.
"""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Callable, Generator, Iterator
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass, field
from itertools import cycle

from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

from ..config import setting
from . import preparation, queue
from .leased_mail import OUTCOME_SECONDS, PATIENCE_SECONDS, LeasedMail
from .preparation import Finished
from .sent_marks import SentMarks
from .transport import Transport

_BATCH = 50
_FRESH_SECONDS = 1.0
"""A mail is checked again when its turn comes later than this after its batch was."""


@dataclass
class _Batch:
    """Leased mails on their way: those still to come, and which of them are ready."""

    claim: queue.Claim
    coming: deque[int]
    attempts: dict[int, int] = field(default_factory=dict)
    ready: dict[int, Finished] = field(default_factory=dict)
    checked_at: float = 0.0


def drain(
    session: Session,
    progress: Callable[[str], None] | None = None,
    limit: int | None = None,
    stop: Callable[[], bool] | None = None,
) -> int:
    """Deliver everything that is due, or ``limit`` mails; the number that was sent.

    Stops early when the server is down, and between two mails once ``stop()`` is true.
    ``progress`` is told each mail's outcome: ``sent``, ``waiting``, ``failed`` or
    ``cancelled``. Call it in an application context. What the session has open is
    committed first.
    """
    sent = tried = idle = 0
    session.commit()
    with _running(session) as run:
        for returned in cycle((False, True)):
            size = _BATCH if limit is None else min(_BATCH, limit - tried)
            batch = run.take(size, returned=returned)
            if batch is None:
                idle += 1
                if idle == 2:  # nothing waits, and nobody died
                    break
                continue
            idle = 0
            with closing(run.deliver_batch(batch, stop)) as outcomes:
                for outcome in outcomes:
                    tried += outcome != "taken"
                    sent += outcome == "sent"
                    if progress is not None and outcome != "taken":
                        progress("waiting" if outcome == "server_down" else outcome)
            if run.over or tried == limit:
                break
    return sent


def deliver(session: Session, transport: Transport, mail_id: int) -> str:
    """Deliver one mail and say how it went.

    ``sent``, ``waiting`` (tried again later), ``server_down`` (so are all others),
    ``failed``, ``cancelled``, or ``taken`` by someone else.
    """
    session.commit()
    run = _Run(session, transport)
    with run.sent_marks:
        batch = run.take(1, mail_id) or run.take(1, mail_id, returned=True)
        if batch is None:
            return "taken"
        [outcome] = run.deliver_batch(batch, None)
        return outcome


class _Run:
    """One drainer at work, with its connection to the mail server."""

    def __init__(self, session: Session, transport: Transport) -> None:
        self.session = session
        self.transport = transport
        self.sent_marks = SentMarks(session, OUTCOME_SECONDS)
        self.over = False
        """Whether the rest is for later: the server is down, or the drainer was told to stop."""

    def take(
        self, size: int, mail_id: int | None = None, *, returned: bool = False
    ) -> _Batch | None:
        """Claim and check the next mails in one transaction; None when there are none."""

        def work() -> _Batch | None:
            claim = (
                queue.claim_returned(self.session, mail_id)
                if returned
                else queue.claim(self.session, size, mail_id)
            )
            batch = None
            if claim is not None:
                batch = _Batch(claim, deque(claim.ids))
                self._check(batch)
            self.session.commit()
            return batch

        self.sent_marks.settle()
        return queue.patiently(self.session, work, PATIENCE_SECONDS)

    def deliver_batch(self, batch: _Batch, stop: Callable[[], bool] | None) -> Generator[str]:
        """Deliver the batch's mails and say how each went; what is not tried is given back."""
        try:
            while batch.coming and not self.over:
                if stop is not None and stop():
                    self.over = True
                    break
                outcome = self._deliver(batch)
                self.over = outcome == "server_down"
                yield outcome
        finally:
            self.sent_marks.settle()
            if batch.coming:
                with suppress(DBAPIError):  # then they come free when the lease runs out
                    queue.release(self.session, batch.claim.owner, batch.coming)

    def _deliver(self, batch: _Batch) -> str:
        if time.monotonic() - batch.checked_at > _FRESH_SECONDS:
            self._check_again(batch)
        mail_id = batch.coming.popleft()
        if mail_id not in batch.attempts:
            return "taken"
        attempt = batch.attempts[mail_id] + (0 if batch.claim.returned else 1)
        mail = LeasedMail(
            self.session, self.transport, self.sent_marks, mail_id, batch.claim, attempt
        )
        if batch.claim.returned and attempt > int(setting("MAIL_MAX_ATTEMPTS")):
            words = "Each process that tried to send this mail died."
            return mail.ended({"state": "failed", "error": words})
        ready = batch.ready.get(mail_id)
        finished = ready if ready is not None else mail.make_ready()
        return finished if isinstance(finished, str) else mail.send(finished)

    def _check_again(self, batch: _Batch) -> None:
        def work() -> None:
            queue.hold(self.session, batch.claim.owner, batch.coming)
            self._check(batch)
            self.session.commit()

        self.sent_marks.settle()
        queue.patiently(self.session, work, PATIENCE_SECONDS)

    def _check(self, batch: _Batch) -> None:
        claim = batch.claim
        rows = preparation.load(self.session, claim.owner, batch.coming, claim.topics)
        batch.attempts = {row.id: row.attempts for row in rows}
        batch.ready = {
            row.id: Finished(row.recipient, row.message) for row in rows if row.message is not None
        }
        batch.checked_at = time.monotonic()


@contextmanager
def _running(session: Session) -> Iterator[_Run]:
    with Transport() as transport:
        run = _Run(session, transport)
        with run.sent_marks:
            yield run
