"""What staff write about a contact, beside what happened to it."""

from datetime import datetime

from sqlalchemy import JSON, ForeignKey, Integer, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from ..clock import utc_now
from .activity import Activity
from .base import Base, timestamp
from .contact import Contact


class Comment(Base):
    """A comment of staff on a contact (BEHAVIOUR S5).

    Its place in the feed is the activity ``activity_id``, so that comments and what happened
    are one list with one order. ``author_id`` is the id of Flask-AppBuilder's user (no foreign
    key: its table may live in other metadata). ``mentions`` are the user names of the staff
    that the text names.
    """

    __tablename__ = "contacts_comment"
    __table_args__ = (
        UniqueConstraint("activity_id", name="uq_contacts_comment_activity"),
        {"sqlite_autoincrement": True},
    )

    id: Mapped[int] = mapped_column(Integer, primary_key=True)
    contact_id: Mapped[int] = mapped_column(
        ForeignKey(Contact.id, name="fk_contacts_comment_contact", ondelete="CASCADE"), index=True
    )
    activity_id: Mapped[int] = mapped_column(
        ForeignKey(Activity.id, name="fk_contacts_comment_activity", ondelete="CASCADE")
    )
    author_id: Mapped[int | None] = mapped_column(Integer)
    author_name: Mapped[str] = mapped_column(String(210))
    body: Mapped[str] = mapped_column(Text)
    mentions: Mapped[list[str]] = mapped_column(JSON, default=list)
    created_at: Mapped[datetime] = mapped_column(timestamp(), default=utc_now)
    edited_at: Mapped[datetime | None] = mapped_column(timestamp())
