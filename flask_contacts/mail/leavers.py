"""The addresses that have left a marketing list, whichever contact has them now."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import timedelta
from typing import Any

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from ..models import Contact, MarketingLeaver, MarketingMember
from ..models.marketing import leaver_hash

#: Rows that one transaction writes are no further apart.
_AT_ONCE = timedelta(seconds=5)


def leavers_among(session: Session, list_id: int, email_keys: Iterable[str | None]) -> set[str]:
    """Those of some addresses whose holders have left the list."""
    by_hash = {leaver_hash(list_id, key): key for key in email_keys if key is not None}
    if not by_hash:
        return set()
    query = select(MarketingLeaver.address_hash).where(
        MarketingLeaver.list_id == list_id, MarketingLeaver.address_hash.in_(by_hash)
    )
    return {by_hash[one] for one in session.scalars(query)}


def left_together(session: Session, list_id: int, email_keys: Iterable[str]) -> bool:
    """Whether all of these addresses have left the list, and by one link at one moment."""
    hashes = {leaver_hash(list_id, key) for key in email_keys}
    query = select(MarketingLeaver.left_at).where(
        MarketingLeaver.list_id == list_id, MarketingLeaver.address_hash.in_(hashes)
    )
    moments = session.scalars(query).all()
    return len(moments) == len(hashes) and max(moments) - min(moments) < _AT_ONCE


def note(session: Session, list_id: int, email_key: str | None) -> bool:
    """The holder of this address leaves, and had not yet; the caller commits."""
    if email_key is None or leavers_among(session, list_id, [email_key]):
        return False
    session.add(MarketingLeaver(list_id=list_id, address_hash=leaver_hash(list_id, email_key)))
    session.flush()
    return True


def note_all(session: Session, contacts: Iterable[Contact]) -> None:
    """Before contacts give up their addresses: what these have left stays left."""
    keys = {one.id: one.email_key for one in contacts}
    query = select(MarketingMember.list_id, MarketingMember.contact_id).where(
        MarketingMember.contact_id.in_(keys), MarketingMember.unsubscribed_at.is_not(None)
    )
    for list_id, contact_id in session.execute(query).all():
        note(session, list_id, keys[contact_id])


def take_back(session: Session, list_id: int, email_key: str | None) -> bool:
    """The holder of this address comes back; whether it had left."""
    if email_key is None:
        return False
    its = delete(MarketingLeaver).where(
        MarketingLeaver.list_id == list_id,
        MarketingLeaver.address_hash == leaver_hash(list_id, email_key),
    )
    done: Any = session.execute(its.execution_options(synchronize_session="fetch"))
    return bool(done.rowcount)
