"""Who is on a marketing list, a page at a time, and which lists a contact is on."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass

from sqlalchemy import ColumnElement, select
from sqlalchemy.orm import Session, joinedload, lazyload

from ...models import Contact, MarketingList, MarketingMember

#: More lists of one contact than these are not shown.
MOST_LISTS = 50


@dataclass(frozen=True)
class MembersPage:
    """Members, the last added first; ``after`` asks for the next page, None: the last one."""

    members: list[MarketingMember]
    after: int | None


def member_page(
    session: Session,
    list_id: int,
    visible: ColumnElement[bool],
    *,
    left: bool = False,
    after: int | None = None,
    size: int = 25,
) -> MembersPage:
    """A page of who is on a list, or of who has ``left`` it."""
    gone = MarketingMember.unsubscribed_at
    query = (
        select(MarketingMember)
        .join(Contact, MarketingMember.contact_id == Contact.id)
        .where(MarketingMember.list_id == list_id, visible)
        .where(gone.is_not(None) if left else gone.is_(None))
        .order_by(MarketingMember.id.desc())
        .limit(size + 1)
        .options(
            joinedload(MarketingMember.contact).options(
                lazyload(Contact.permissions), joinedload(Contact.customer)
            )
        )
    )
    if after is not None:
        query = query.where(MarketingMember.id < after)
    found = list(session.scalars(query))
    return MembersPage(found[:size], found[size - 1].id if len(found) > size else None)


def memberships(session: Session, contact_ids: Collection[int]) -> Sequence[MarketingMember]:
    """The lists that contacts are on or have left, by name; at most 50 for each of a few."""
    query = (
        select(MarketingMember)
        .join(MarketingList, MarketingMember.list_id == MarketingList.id)
        .where(MarketingMember.contact_id.in_(list(contact_ids)))
        .options(joinedload(MarketingMember.list))
        .order_by(MarketingList.name_key, MarketingMember.id)
        .limit(MOST_LISTS * max(1, len(contact_ids)))
    )
    return session.scalars(query).all()
