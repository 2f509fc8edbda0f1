"""How the outbox stands: how many mails are in which state, now and day by day."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime, time, timedelta

from sqlalchemy import func, literal, select, union_all
from sqlalchemy.orm import Session

from ...clock import utc_now
from ...models import Mail
from .outgoing_mail import STATES, MailFilter

#: Counts go no further: "1,000+".
MOST_COUNTED = 1000


def count_by_state(
    session: Session, asked: MailFilter | None = None, most: int = MOST_COUNTED
) -> dict[str, int]:
    """How many mails there are in each state, counted to ``most`` + 1 and no further.

    One statement of bounded work, however many mails were ever sent.
    """
    others = replace(asked or MailFilter(), state=None).conditions()
    counts = [
        select(literal(state), func.count()).select_from(
            select(Mail.id).where(Mail.state == state, *others).limit(most + 1).subquery()
        )
        for state in STATES
    ]
    counted = dict(session.execute(union_all(*counts)).all())
    return {state: int(counted[state]) for state in STATES}


def last_days(
    session: Session, asked: MailFilter | None = None, days: int = 14
) -> dict[date, dict[str, int]]:
    """For each of the last days, how many mails written that day (UTC) are in each state now."""
    today = utc_now().date()
    wanted = [today - timedelta(days=back) for back in reversed(range(days))]
    table = {day: dict.fromkeys(STATES, 0) for day in wanted}
    day = func.date(Mail.created_at)
    others = replace(asked or MailFilter(), state=None).conditions()
    query = (
        select(day, Mail.state, func.count())
        .where(Mail.created_at >= datetime.combine(wanted[0], time()), *others)
        .group_by(day, Mail.state)
    )
    for when, state, count in session.execute(query):
        key = when if isinstance(when, date) else date.fromisoformat(str(when))
        if key in table and state in table[key]:
            table[key][state] = int(count)
    return table


def count_due(session: Session, most: int = 1_000_000) -> int:
    """How many mails wait and could leave now, counted to ``most`` and no further."""
    due = select(Mail.id).where(Mail.state == "waiting", Mail.not_before <= utc_now()).limit(most)
    return int(session.scalar(select(func.count()).select_from(due.subquery())) or 0)
