"""Setup → Outgoing mail: what became of each mail, sending again, cancelling (M2)."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from sqlalchemy import func, select, update
from sqlalchemy.orm import Session

from ..clock import utc_now
from ..i18n import _l
from ..links import rows_changed
from ..mail.outbox import WRITTEN
from ..models import Mail
from .transaction import in_transaction

#: The states with their labels.
STATES = {
    "waiting": _l("Waiting"),
    "sending": _l("Sending"),
    "sent": _l("Sent"),
    "failed": _l("Failed"),
    "cancelled": _l("Cancelled"),
}


@dataclass(frozen=True)
class MailPage:
    """Mails, the newest first; ``before`` asks for the next page, None on the last one."""

    items: list[Mail]
    before: int | None


def list_mail(
    session: Session, state: str | None = None, before: int | None = None, size: int = 50
) -> MailPage:
    """A page of the outbox by key, so that the millionth is as quick as the first."""
    query = select(Mail).order_by(Mail.id.desc()).limit(size + 1)
    if state is not None:
        query = query.where(Mail.state == state)
    if before is not None:
        query = query.where(Mail.id < before)
    found = list(session.scalars(query))
    return MailPage(found[:size], found[size - 1].id if len(found) > size else None)


def send_again(session: Session, mail_ids: Collection[int]) -> int:
    """Put failed mails back in the queue, and waiting ones to its front; how many.

    Each keeps its Message-ID and is checked again before it leaves.
    """
    statement = (
        update(Mail)
        .where(
            Mail.id.in_(list(mail_ids)), Mail.state.in_(["failed", "waiting"]), Mail.recipient != ""
        )
        .values(state="waiting", not_before=utc_now(), attempts=0, error=None)
        .execution_options(synchronize_session=False)
    )

    def work() -> int:
        changed = rows_changed(session, statement)
        session.info[WRITTEN] = bool(changed)  # wakes the worker at the commit
        return changed

    return in_transaction(session, work)


def cancel(session: Session, mail_ids: Collection[int]) -> int:
    """Keep waiting and failed mails from being sent; how many. One being sent is too late."""
    statement = (
        update(Mail)
        .where(Mail.id.in_(list(mail_ids)), Mail.state.in_(["failed", "waiting"]))
        .values(state="cancelled", error="cancelled_by_staff")
        .execution_options(synchronize_session=False)
    )
    return in_transaction(session, lambda: rows_changed(session, statement))


def scrub(session: Session, contact_id: int, reason: str) -> None:
    """Forget whom the contact's mails went to and what they said; what waits is cancelled
    with the ``reason``. The caller commits."""
    session.execute(
        update(Mail)
        .where(Mail.contact_id == contact_id)
        .values(recipient="", subject="", message=None, parameters=None, error=None)
        .execution_options(synchronize_session=False)
    )
    session.execute(
        update(Mail)
        .where(Mail.contact_id == contact_id, Mail.state.in_(["waiting", "sending", "failed"]))
        .values(state="cancelled", error=reason)
        .execution_options(synchronize_session=False)
    )


def count_by_state(session: Session) -> dict[str, int]:
    """How many mails there are in each state; states without any are 0."""
    counted = dict(session.execute(select(Mail.state, func.count()).group_by(Mail.state)).all())
    return {state: int(counted.get(state, 0)) for state in STATES}


def last_days(session: Session, days: int = 14) -> dict[date, dict[str, int]]:
    """For each of the last days, how many mails written that day are in each state now."""
    today = utc_now().date()
    wanted = [today - timedelta(days=back) for back in reversed(range(days))]
    table = {day: dict.fromkeys(STATES, 0) for day in wanted}
    day = func.date(Mail.created_at)
    query = (
        select(day, Mail.state, func.count())
        .where(Mail.created_at >= datetime.combine(wanted[0], time()))
        .group_by(day, Mail.state)
    )
    for when, state, count in session.execute(query):
        key = when if isinstance(when, date) else date.fromisoformat(str(when))
        if key in table and state in table[key]:
            table[key][state] = int(count)
    return table
