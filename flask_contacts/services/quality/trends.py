"""How contacts come, sign in and accept their invitations: the charts of CRM → Data quality.

``visible`` is always a condition on :class:`Contact` (BEHAVIOUR S7). Nothing is counted by
looking at rows where the asker sees every contact: indexes alone hold what is asked for.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, datetime, time, timedelta
from itertools import pairwise
from typing import Any

from sqlalchemy import ColumnElement, func, literal, select, true, union_all
from sqlalchemy.orm import Session

from ...clock import utc_now
from ...models import Activity, Contact
from ...models.activity import is_sign_in
from ..invitations.filters import in_state, is_pending
from ..invitations.lists import LISTED_STATES

MONTHS, WEEKS = 12, 12
_ON_THEIR_WAY = ("waiting", "sent", "failed")


def contacts_by_month(session: Session, visible: ColumnElement[bool]) -> dict[date, int]:
    """For the first day of each of the last months, this one too: the contacts created in it.

    Those that are there still, whatever their state; the months are those of UTC.
    """
    first = utc_now().date().replace(day=1)
    starts = [first]
    while len(starts) < MONTHS:
        starts.insert(0, (starts[0] - timedelta(days=1)).replace(day=1))
    created = select(func.count()).select_from(Contact).where(visible)
    stretches = pairwise([*starts, _next_month(first)])
    return dict(zip(starts, _count(session, created, Contact.created_at, stretches), strict=True))


def signed_in_by_week(
    session: Session, visible: ColumnElement[bool]
) -> tuple[dict[date, int], int]:
    """For the Monday of each of the last weeks, this one too: the contacts who signed in to the
    portal, each once a week; and how many they are in all these weeks, each once."""
    today = utc_now().date()
    monday = today - timedelta(days=today.weekday())
    starts = [monday + timedelta(weeks=number) for number in range(1 - WEEKS, 2)]
    holders = func.count(Activity.contact_id.distinct())
    signed_in = select(holders).select_from(Activity).where(is_sign_in())
    if visible is not true():
        signed_in = signed_in.join(Contact, Contact.id == Activity.contact_id).where(visible)
    stretches = [*pairwise(starts), (starts[0], starts[-1])]
    *weeks, total = _count(session, signed_in, Activity.happened_at, stretches)
    return dict(zip(starts, weeks, strict=False)), total


def invitations_by_state(session: Session, visible: ColumnElement[bool]) -> dict[str, int]:
    """How many contacts with a login are in each state of their invitation.

    All whose link is over are those who were asked, without the few whose link still lives.
    """
    now = utc_now()
    named = {name: in_state(name, now) for name in LISTED_STATES if name != "expired"}
    counts = [
        select(literal(name), func.count()).select_from(Contact).where(visible, condition)
        for name, condition in {**named, "pending": is_pending()}.items()
    ]
    found = {name: int(count) for name, count in session.execute(union_all(*counts))}
    living = sum(found[name] for name in _ON_THEIR_WAY)
    found["expired"] = max(found.pop("pending") - living, 0)
    return {name: found[name] for name in LISTED_STATES}


def _count(
    session: Session, counted: Any, when: Any, stretches: Iterable[tuple[date, date]]
) -> list[int]:
    """For each stretch, without its last day: each is a range of the index, in one statement."""
    parts = [
        counted.add_columns(literal(number)).where(when >= _moment(start), when < _moment(end))
        for number, (start, end) in enumerate(stretches)
    ]
    found = {number: int(count) for count, number in session.execute(union_all(*parts))}
    return [found[number] for number in range(len(parts))]


def _moment(day: date) -> datetime:
    return datetime.combine(day, time())


def _next_month(first: date) -> date:
    return (first + timedelta(days=31)).replace(day=1)
