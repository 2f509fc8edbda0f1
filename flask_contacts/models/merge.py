"""Contacts that were one person: what was merged into what, and which are known to be two."""

from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, Integer, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from ..clock import utc_now
from .base import Base, key_string, timestamp
from .contact import Contact


class ContactMerge(Base):
    """A contact that is another one now: its addresses and its mails' links lead there.

    ``old_id`` and ``old_uuid`` are those of the row that is gone (no foreign key);
    ``contact_id`` is always a contact that is there: where that is merged in its turn, this
    row follows. ``merged_by`` is what the staff user was called then.
    """

    __tablename__ = "contacts_merge"
    __table_args__ = (UniqueConstraint("old_uuid", name="uq_contacts_merge_old_uuid"),)

    old_id: Mapped[int] = mapped_column(Integer, primary_key=True, autoincrement=False)
    old_uuid: Mapped[str] = mapped_column(key_string(36))
    contact_id: Mapped[int] = mapped_column(
        ForeignKey(Contact.id, name="fk_contacts_merge_contact", ondelete="CASCADE"), index=True
    )
    merged_by: Mapped[str] = mapped_column(String(210), default="")
    merged_at: Mapped[datetime] = mapped_column(timestamp(), default=utc_now)


class NotDuplicates(Base):
    """Two contacts that staff have looked at, and that are two people (or one at two companies).

    The smaller id stands first. ``said_by_id`` is the id of Flask-AppBuilder's user (no foreign
    key: its table may live in other metadata), ``said_by`` what the user was called then.
    """

    __tablename__ = "contacts_not_duplicates"
    __table_args__ = (
        CheckConstraint("first_id < second_id", name="ck_contacts_not_duplicates_order"),
    )

    first_id: Mapped[int] = mapped_column(
        ForeignKey(Contact.id, name="fk_contacts_not_duplicates_first", ondelete="CASCADE"),
        primary_key=True,
        autoincrement=False,
    )
    second_id: Mapped[int] = mapped_column(
        ForeignKey(Contact.id, name="fk_contacts_not_duplicates_second", ondelete="CASCADE"),
        primary_key=True,
        autoincrement=False,
        index=True,
    )
    said_by: Mapped[str] = mapped_column(String(210), default="")
    said_by_id: Mapped[int | None] = mapped_column(Integer)
    said_at: Mapped[datetime] = mapped_column(timestamp(), default=utc_now)
