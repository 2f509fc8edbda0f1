"""Taking mail out of the outbox: what is due, whose it is to send, what became of it."""

from __future__ import annotations

import random
from collections.abc import Mapping
from datetime import timedelta
from uuid import uuid4

from sqlalchemy import and_, or_, select, update
from sqlalchemy.orm import Session
from sqlalchemy.sql.elements import ColumnElement

from ..clock import utc_now
from ..config import setting
from ..links import rows_changed
from ..models import Link, Mail

LEASE_SECONDS = 120
_BACKOFF_SECONDS = (30, 120, 600, 1800, 3600, 7200)
_SERVER_DOWN_SECONDS = 60


def due(session: Session, limit: int) -> list[int]:
    """The ids of mails whose time has come, oldest first."""
    query = select(Mail.id).where(_is_due()).order_by(Mail.not_before, Mail.id).limit(limit)
    return list(session.scalars(query))


def claim(session: Session, mail_id: int) -> str | None:
    """Lease a due mail to this caller; the lease's owner, or None when another has it.

    One UPDATE as the first statement of its transaction, so two drainers never both win.
    """
    owner = str(uuid4())
    statement = (
        update(Mail)
        .where(Mail.id == mail_id, _is_due())
        .values(
            state="sending",
            attempts=Mail.attempts + 1,
            lease_owner=owner,
            lease_until=utc_now() + timedelta(seconds=LEASE_SECONDS),
        )
        .execution_options(synchronize_session=False)
    )
    won = rows_changed(session, statement) == 1
    session.commit()
    return owner if won else None


def hold(session: Session, mail_id: int, owner: str) -> bool:
    """Begin to prepare a leased mail; False when the lease is another's by now.

    An UPDATE that changes nothing, as the first statement: SQLite takes the file for it,
    so whom the mail goes to cannot be deleted while it is being prepared.
    """
    statement = (
        update(Mail)
        .where(Mail.id == mail_id, Mail.lease_owner == owner)
        .values(attempts=Mail.attempts)
        .execution_options(synchronize_session=False)
    )
    return rows_changed(session, statement) == 1


def stop_life(session: Session, mail_id: int) -> None:
    """Give a mail's link its whole time back: no server has taken the mail. The caller commits."""
    its_link = select(Mail.link_uuid).where(Mail.id == mail_id).scalar_subquery()
    session.execute(
        update(Link)
        .where(Link.uuid == its_link, Link.used_at.is_(None))
        .values(issued_at=None, expires_at=None)
        .execution_options(synchronize_session=False)
    )


def mark(session: Session, mail_id: int, owner: str, **values: object) -> None:
    """Write a mail's outcome and end the lease, if it is still this owner's."""
    session.execute(
        update(Mail)
        .where(Mail.id == mail_id, Mail.lease_owner == owner)
        .values(lease_owner=None, lease_until=None, **values)
        .execution_options(synchronize_session=False)
    )
    session.commit()


def server_down_values(attempts: int, error: str) -> Mapping[str, object]:
    """The outcome where the server takes no mail at all: not the mail's fault, so it waits
    however long that lasts, and the attempt does not count."""
    return {
        "state": "waiting",
        "error": error,
        "attempts": max(attempts - 1, 0),
        "not_before": utc_now() + timedelta(seconds=_jittered(_SERVER_DOWN_SECONDS)),
    }


def retry_values(attempts: int, error: str) -> Mapping[str, object]:
    """The outcome of a temporary failure: waiting with a growing pause, at last failed."""
    if attempts >= int(setting("MAIL_MAX_ATTEMPTS")):
        return {"state": "failed", "error": error}
    step = _BACKOFF_SECONDS[min(attempts, len(_BACKOFF_SECONDS)) - 1]
    return {
        "state": "waiting",
        "error": error,
        "not_before": utc_now() + timedelta(seconds=_jittered(step)),
    }


def _jittered(seconds: float) -> float:
    return seconds * random.uniform(0.8, 1.2)  # noqa: S311  not a secret


def _is_due() -> ColumnElement[bool]:
    now = utc_now()
    return or_(
        and_(Mail.state == "waiting", Mail.not_before <= now),
        and_(Mail.state == "sending", Mail.lease_until < now),
    )
