"""Taking mail out of the outbox: what is due, whose it is to send, what became of it.

A lease says who sends a mail and until when nobody else may. It counts by the database's
clock, because the clocks of two machines may differ by more than a lease.
"""

from __future__ import annotations

import random
import time
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from functools import cache
from typing import Any, TypeVar, cast
from uuid import uuid4

from sqlalchemy import (
    Integer,
    Table,
    Update,
    bindparam,
    select,
    update,
)
from sqlalchemy.exc import InterfaceError, OperationalError
from sqlalchemy.orm import Session
from sqlalchemy.sql.elements import ColumnElement

from ..clock import utc_now
from ..config import setting
from ..links import rows_changed
from ..models import Link, Mail
from ..models.isolation import begin
from . import lease_time

T = TypeVar("T")
_BACKOFF_SECONDS = (30, 120, 600, 1800, 3600, 7200, 4 * 3600, 8 * 3600, 16 * 3600)
_SERVER_DOWN_SECONDS = 60
_PAUSES = (0.05, 0.2, 0.5, 1.0)

# Built once: to build a statement takes longer than to run it.
_MAIL = cast("Table", Mail.__table__)
_THESE = _MAIL.c.id.in_(bindparam("ids", expanding=True))
_OWN = _MAIL.c.lease_owner == bindparam("owner")
_WAITING = (
    select(_MAIL.c.id, _MAIL.c.topic)
    .where(_MAIL.c.state == "waiting", _MAIL.c.not_before <= bindparam("now"))
    .order_by(_MAIL.c.not_before, _MAIL.c.id)
    .limit(bindparam("size", type_=Integer()))
    .with_for_update(skip_locked=True)
)
_STILL_WAITING = _MAIL.c.state == "waiting"
_WAITING_ONE = _WAITING.where(_MAIL.c.id == bindparam("this"))


@dataclass(frozen=True)
class Claim:
    """Mails that are leased to one owner; ``returned`` from a process that died with them.

    ``topics`` are those that they are about.
    """

    owner: str
    ids: Sequence[int]
    topics: frozenset[str]
    returned: bool = False


def claim(session: Session, limit: int, mail_id: int | None = None) -> Claim | None:
    """Lease due mails, the oldest first, or the one that is named; None when there are none.

    In a transaction that is left open: the caller loads and checks them, then commits.
    """
    begin(session)
    values = {"now": utc_now(), "size": limit}
    statement = _WAITING
    if mail_id is not None:
        statement, values = _WAITING_ONE, {**values, "this": mail_id}
    found = _run(session, statement, values).all()
    return _claim(session, found, _lease(_dialect(session), _STILL_WAITING))


def claim_returned(session: Session, mail_id: int | None = None) -> Claim | None:
    """Lease one mail whose lease has run out: the process that had it died.

    One at a time, and it counts as an attempt at once: it may be the mail that kills.
    The transaction is left open.
    """
    begin(session)
    dialect = _dialect(session)
    statement, lease = _returned(dialect)
    if mail_id is not None:
        statement = statement.where(_MAIL.c.id == mail_id)
    found = _run(session, statement, lease_time.now_values(dialect)).all()
    return _claim(session, found, lease, returned=True)


def hold(session: Session, owner: str, ids: Collection[int]) -> None:
    """Begin to check leased mails once more, and renew the lease of those still the owner's.

    An UPDATE as the first statement: SQLite takes the file for it, so whom the mail goes
    to cannot be deleted while it is being prepared. The caller commits.
    """
    begin(session)
    dialect = _dialect(session)
    values = {"ids": list(ids), "owner": owner, **lease_time.until_values(dialect)}
    _run(session, _renewal(dialect), values)


def release(session: Session, owner: str, ids: Collection[int]) -> None:
    """Give back leased mails that were not tried; no attempt is counted."""
    session.execute(
        update(Mail)
        .where(Mail.id.in_(list(ids)), Mail.lease_owner == owner, Mail.state == "sending")
        .values(state="waiting", lease_owner=None, lease_until=None)
        .execution_options(synchronize_session=False)
    )
    session.commit()


def stop_life(session: Session, mail_id: int) -> None:
    """Give a mail's link its whole time back: no server has taken the mail. The caller commits."""
    its_link = select(Mail.link_uuid).where(Mail.id == mail_id).scalar_subquery()
    session.execute(
        update(Link)
        .where(Link.uuid == its_link, Link.used_at.is_(None))
        .values(issued_at=None, expires_at=None)
        .execution_options(synchronize_session=False)
    )


def end(session: Session, mail_id: int, owner: str, **values: object) -> bool:
    """Write a mail's outcome and end the lease, if it is still this owner's.

    What was cancelled meanwhile stays so, unless it was sent. The caller commits.
    """
    statement = (
        update(Mail)
        .where(Mail.id == mail_id, Mail.lease_owner == owner)
        .values(lease_owner=None, lease_until=None, **values)
        .execution_options(synchronize_session=False)
    )
    if values.get("state") != "sent":
        statement = statement.where(Mail.state == "sending")
    return rows_changed(session, statement) == 1


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
    """The outcome of a temporary failure: waiting with a growing pause, at last failed.

    Ten attempts take longer than a day.
    """
    if attempts >= int(setting("MAIL_MAX_ATTEMPTS")):
        return {"state": "failed", "error": error, "attempts": attempts}
    step = _BACKOFF_SECONDS[min(attempts, len(_BACKOFF_SECONDS)) - 1]
    return {
        "state": "waiting",
        "error": error,
        "attempts": attempts,
        "not_before": utc_now() + timedelta(seconds=_jittered(step)),
    }


def patiently(session: Session | None, work: Callable[[], T], seconds: float) -> T:
    """Run ``work``, again and again while the database is locked or away.

    After ``seconds`` the last error is raised. Each time begins with no transaction of the
    ``session`` that it uses, if any.
    """
    give_up = time.monotonic() + seconds
    tries = 0
    while True:
        try:
            return work()
        except (OperationalError, InterfaceError):
            if session is not None:
                session.rollback()
            if time.monotonic() > give_up:
                raise
            time.sleep(_jittered(_PAUSES[min(tries, len(_PAUSES) - 1)]))
            tries += 1


def _claim(
    session: Session, found: Sequence[Any], lease: Update, *, returned: bool = False
) -> Claim | None:
    if not found:
        return None
    topics = frozenset(row.topic for row in found if row.topic is not None)
    claim = Claim(str(uuid4()), [row.id for row in found], topics, returned)
    dialect = _dialect(session)
    values = {"ids": claim.ids, "new_owner": claim.owner, **lease_time.until_values(dialect)}
    _run(session, lease, {**values, **lease_time.now_values(dialect)} if returned else values)
    return claim


def _run(session: Session, statement: Any, values: Mapping[str, object]) -> Any:
    return session.execute(statement, values, bind_arguments={"mapper": Mail})


def _dialect(session: Session) -> str:
    return session.get_bind(Mail).dialect.name


@cache
def _lease(dialect: str, still: ColumnElement[bool]) -> Update:
    """Lease the mails that are ``still`` to be had: SQLite may not have locked them."""
    return (
        update(_MAIL)
        .where(_THESE, still)
        .values(
            state="sending",
            lease_owner=bindparam("new_owner"),
            lease_until=lease_time.until(dialect),
        )
    )


@cache
def _returned(dialect: str) -> tuple[Any, Update]:
    over = (_MAIL.c.state == "sending") & (_MAIL.c.lease_until < lease_time.now(dialect))
    query = select(_MAIL.c.id, _MAIL.c.topic).where(over).order_by(_MAIL.c.lease_until).limit(1)
    lease = _lease(dialect, over).values(attempts=_MAIL.c.attempts + 1)
    return query.with_for_update(skip_locked=True), lease


@cache
def _renewal(dialect: str) -> Update:
    return update(_MAIL).where(_THESE, _OWN).values(lease_until=lease_time.until(dialect))


def _jittered(seconds: float) -> float:
    return seconds * random.uniform(0.8, 1.2)  # noqa: S311  not a secret
