"""Marketing lists: which contacts are mailed together, how they came there, who has left."""

import hashlib
from datetime import datetime
from uuid import uuid4

from sqlalchemy import Boolean, ForeignKey, Index, Integer, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from ..clock import utc_now
from .base import Base, exact_string, key_string, timestamp
from .contact import Contact

#: The longest name of a list, in characters.
LONGEST_NAME = 100


class MarketingList(Base):
    """A list that contacts are added to (seed 002: Add to marketing list).

    ``name_key`` is the name without regard to case: two lists that read alike would be mixed
    up. ``uuid`` names it in the links to leave it. One that is archived (not ``active``) takes
    nobody and is mailed to no more; none is deleted, because who left must stay known.
    """

    __tablename__ = "contacts_marketing_list"
    __table_args__ = (
        UniqueConstraint("name_key", name="uq_contacts_marketing_list_name"),
        UniqueConstraint("uuid", name="uq_contacts_marketing_list_uuid"),
        Index("ix_contacts_marketing_list_page", "active", "name_key"),
        {"sqlite_autoincrement": True},
    )

    id: Mapped[int] = mapped_column(Integer, primary_key=True)
    uuid: Mapped[str] = mapped_column(key_string(36), default=lambda: str(uuid4()))
    name: Mapped[str] = mapped_column(String(LONGEST_NAME))
    name_key: Mapped[str] = mapped_column(exact_string(3 * LONGEST_NAME))
    description: Mapped[str | None] = mapped_column(Text)
    active: Mapped[bool] = mapped_column(Boolean, default=True)
    created_by: Mapped[str] = mapped_column(String(210), default="")
    created_at: Mapped[datetime] = mapped_column(timestamp(), default=utc_now)

    def __str__(self) -> str:
        return self.name


class MarketingMember(Base):
    """A contact on a list, once.

    ``source`` is a word for how it came there, ``added_by`` what who added it was called then.
    With ``unsubscribed_at`` the person has left: the row stays, so that nobody adds the contact
    again without knowing it.
    """

    __tablename__ = "contacts_marketing_member"
    __table_args__ = (
        UniqueConstraint("list_id", "contact_id", name="uq_contacts_marketing_member_contact"),
        Index("ix_contacts_marketing_member_page", "list_id", "id", "unsubscribed_at"),
        {"sqlite_autoincrement": True},
    )

    id: Mapped[int] = mapped_column(Integer, primary_key=True)
    list_id: Mapped[int] = mapped_column(
        ForeignKey(MarketingList.id, name="fk_contacts_marketing_member_list", ondelete="CASCADE")
    )
    list: Mapped[MarketingList] = relationship(MarketingList)
    contact_id: Mapped[int] = mapped_column(
        ForeignKey(Contact.id, name="fk_contacts_marketing_member_contact", ondelete="CASCADE"),
        index=True,
    )
    contact: Mapped[Contact] = relationship(Contact)
    source: Mapped[str] = mapped_column(String(50))
    added_by: Mapped[str] = mapped_column(String(210), default="")
    added_at: Mapped[datetime] = mapped_column(timestamp(), default=utc_now)
    unsubscribed_at: Mapped[datetime | None] = mapped_column(timestamp())


class MarketingLeaver(Base):
    """An address whose holder has left a list: no mail to the list goes there.

    It outlives the contact that left, whose address may be changed, merged into another or
    deleted, and then be another contact's. So it is no address but its hash (BEHAVIOUR N7).
    """

    __tablename__ = "contacts_marketing_leaver"

    list_id: Mapped[int] = mapped_column(
        ForeignKey(MarketingList.id, name="fk_contacts_marketing_leaver_list", ondelete="CASCADE"),
        primary_key=True,
        autoincrement=False,
    )
    address_hash: Mapped[str] = mapped_column(key_string(64), primary_key=True)
    left_at: Mapped[datetime] = mapped_column(timestamp(), default=utc_now)


def leaver_hash(list_id: int, email_key: str) -> str:
    """By what an address is found among those that left; another one for each list."""
    return hashlib.sha256(f"contacts-leaver:{list_id}:{email_key}".encode()).hexdigest()
