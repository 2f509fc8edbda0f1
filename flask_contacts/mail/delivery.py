"""Delivering the outbox: claim, check again, send with no transaction open, mark.

At least once: what a crash leaves leased comes free again, with its old Message-ID.
Whoever calls it (the thread, the command line), the table is the record.
"""

from __future__ import annotations

import logging
from collections.abc import Callable

from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

from ..clock import utc_now
from ..models import Mail
from ..models.isolation import begin
from . import queue
from .preparation import Cancelled, prepare
from .transport import PermanentFailure, TemporaryFailure, Transport

log = logging.getLogger(__name__)
_BATCH = 50


def drain(
    session: Session,
    progress: Callable[[str], None] | None = None,
    limit: int | None = None,
) -> int:
    """Deliver everything that is due, or ``limit`` mails; the number that was sent.

    Stops early when the server is down. ``progress`` is told each mail's outcome:
    ``sent``, ``waiting``, ``failed`` or ``cancelled``. Call it in an application context.
    """
    sent = tried = 0
    with Transport() as transport:
        while True:
            ids = queue.due(session, _BATCH)
            session.rollback()
            if not ids:
                return sent
            for mail_id in ids:
                outcome = deliver(session, transport, mail_id)
                if outcome == "taken":
                    continue
                tried += 1
                sent += outcome == "sent"
                if progress is not None:
                    progress("waiting" if outcome == "server_down" else outcome)
                if outcome == "server_down" or tried == limit:
                    return sent


def deliver(session: Session, transport: Transport, mail_id: int) -> str:
    """Deliver one mail and say how it went.

    ``sent``, ``waiting`` (tried again later), ``server_down`` (so are all others),
    ``failed``, ``cancelled``, or ``taken`` by someone else.
    """
    owner = queue.claim(session, mail_id)
    if owner is None:
        return "taken"
    ready = _make_ready(session, mail_id, owner)
    if isinstance(ready, str):
        return ready
    recipient, message, attempts = ready
    try:
        transport.send_bytes(recipient, message)
    except TemporaryFailure as error:
        log.warning("mail %s: %s", mail_id, _short(error))
        if error.server_down:
            values = queue.server_down_values(attempts, _short(error))
            if attempts == 1:
                queue.stop_life(session, mail_id)  # nobody has been handed the link yet
            queue.mark(session, mail_id, owner, **values)
            return "server_down"
        values = queue.retry_values(attempts, _short(error))
        queue.mark(session, mail_id, owner, **values)
        return str(values["state"])
    except PermanentFailure as error:
        log.warning("mail %s: %s", mail_id, _short(error))
        queue.mark(session, mail_id, owner, state="failed", error=_short(error))
        return "failed"
    except Exception as error:  # whatever it is, the mails behind this one go on
        log.exception("mail %s could not be sent", mail_id)
        values = queue.retry_values(attempts, _short(error))
        queue.mark(session, mail_id, owner, **values)
        return str(values["state"])
    queue.mark(session, mail_id, owner, state="sent", sent_at=utc_now(), error=None)
    return "sent"


def _make_ready(session: Session, mail_id: int, owner: str) -> tuple[str, bytes, int] | str:
    """Recipient, bytes and attempts of a claimed mail, or how it ended before it was sent."""
    begin(session)
    if not queue.hold(session, mail_id, owner):
        session.rollback()
        return "taken"
    mail = session.get_one(Mail, mail_id, populate_existing=True)
    recipient, attempts = mail.recipient, mail.attempts
    try:
        message = prepare(session, mail)
        if isinstance(message, Cancelled):
            return _cancel(session, mail_id, owner, message)
        session.commit()
    except DBAPIError as error:  # the database was busy or away: no fault of the mail
        session.rollback()
        queue.mark(session, mail_id, owner, **queue.retry_values(attempts, _short(error)))
        return "waiting"
    except Exception as error:  # one poisoned mail stops no other
        session.rollback()
        log.exception("mail %s could not be prepared", mail_id)
        queue.mark(session, mail_id, owner, state="failed", error=_short(error))
        return "failed"
    return recipient, message, attempts


def _cancel(session: Session, mail_id: int, owner: str, cancelled: Cancelled) -> str:
    session.rollback()
    if cancelled.forget:
        mail = session.get(Mail, mail_id)
        if mail is not None:
            session.delete(mail)
        session.commit()
    else:
        queue.mark(session, mail_id, owner, state="cancelled", error=cancelled.reason)
    return "cancelled"


def _short(error: Exception) -> str:
    text = " ".join(str(error).split()) or type(error).__name__
    return text[:500]
