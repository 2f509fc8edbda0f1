"""Staff who look at the portal as a contact: a pass of minutes, and no sign-in of anybody's.

Apart from the contact's sessions: it is no device of the person's, needs no login, and whoever
holds it is never the person.
"""

from datetime import datetime

from sqlalchemy import ForeignKey, Integer, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from ..clock import utc_now
from .base import Base, exact_string, key_string, timestamp
from .customer import KEY_LENGTH


class PortalView(Base):
    """One look at the portal as a contact (BEHAVIOUR P8).

    The cookie holds the token of which this keeps the hash. ``staff_id`` is the id of
    Flask-AppBuilder's user (no foreign key: its table may live in other metadata), and
    ``staff_name`` what the user was called then. ``customer_key`` is the contact's customer at
    that moment, in writing: whoever may see the one may not see the next. ``language`` is the
    staff's own, for what is said to them and not to the contact.
    """

    __tablename__ = "contacts_view_as"
    __table_args__ = (UniqueConstraint("token_hash", name="uq_contacts_view_as_token_hash"),)

    id: Mapped[int] = mapped_column(Integer, primary_key=True)
    token_hash: Mapped[str] = mapped_column(key_string(64))
    contact_id: Mapped[int] = mapped_column(
        ForeignKey("contacts_contact.id", name="fk_contacts_view_as_contact", ondelete="CASCADE"),
        index=True,
    )
    customer_key: Mapped[str] = mapped_column(exact_string(max(KEY_LENGTH, 191)))
    staff_id: Mapped[int] = mapped_column(Integer, index=True)
    staff_name: Mapped[str] = mapped_column(String(210))
    reason: Mapped[str] = mapped_column(String(200))
    language: Mapped[str] = mapped_column(String(20))
    begun_at: Mapped[datetime] = mapped_column(timestamp(), default=utc_now)
    expires_at: Mapped[datetime] = mapped_column(timestamp())
    ended_at: Mapped[datetime | None] = mapped_column(timestamp())
