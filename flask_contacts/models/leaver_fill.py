"""Which addresses have left a marketing list, in a database that had not kept them."""

from __future__ import annotations

from collections.abc import Collection

from sqlalchemy import Connection, func, insert, select

from .contact import Contact
from .marketing import MarketingLeaver, MarketingMember, leaver_hash

_AT_ONCE = 1000


def fill_leavers(connection: Connection, created: Collection[str]) -> None:
    """Fill the table where it was just ``created`` beside members of before.

    By the address that a contact has now: of an earlier one nothing is known any more.
    """
    if MarketingLeaver.__tablename__ not in created or MarketingMember.__tablename__ in created:
        return
    member, contact = MarketingMember.__table__.c, Contact.__table__.c
    query = (
        select(member.list_id, contact.email_key, func.min(member.unsubscribed_at))
        .join_from(MarketingMember.__table__, Contact.__table__, member.contact_id == contact.id)
        .where(member.unsubscribed_at.is_not(None), contact.email_key.is_not(None))
        .group_by(member.list_id, contact.email_key)
    )
    rows = [
        {"list_id": one, "address_hash": leaver_hash(one, key), "left_at": left_at}
        for one, key, left_at in connection.execute(query)
    ]
    for start in range(0, len(rows), _AT_ONCE):
        connection.execute(insert(MarketingLeaver), rows[start : start + _AT_ONCE])
