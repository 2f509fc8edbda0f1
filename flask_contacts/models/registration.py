"""Who registered in the portal and is not a contact yet, or has become one lately."""

from datetime import datetime
from uuid import uuid4

from sqlalchemy import CheckConstraint, ForeignKey, Index, Integer, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from ..clock import utc_now
from .base import Base, key_string, timestamp
from .contact import contact_key

#: Until the address is proven; until staff decide; what became of it.
PENDING, WAITING, APPROVED, REFUSED = "pending", "waiting", "approved", "refused"


class Registration(Base):
    """What somebody typed who wants to become a customer (BEHAVIOUR P6).

    ``open_as`` is the state while it is pending or waiting, else NULL: UNIQUE makes the
    database refuse a second open one of a kind for one address. ``link_uuid`` names the
    mailed link that proves the address, and is another one after each posting, so that a
    link proves exactly what it was mailed for. The password's hash is used after the proof
    and forgotten with the decision. ``decided_by`` is the name of staff, as it was then.
    """

    __tablename__ = "contacts_registration"
    __table_args__ = (
        UniqueConstraint("email_key", "open_as", name="uq_contacts_registration_open"),
        UniqueConstraint("link_uuid", name="uq_contacts_registration_link"),
        CheckConstraint(
            "(open_as IS NULL) = (state IN ('approved', 'refused'))",
            name="ck_contacts_registration_open",
        ),
        CheckConstraint("open_as IS NULL OR open_as = state", name="ck_contacts_registration_as"),
        Index("ix_contacts_registration_state", "state", "id"),
        {"sqlite_autoincrement": True},
    )

    id: Mapped[int] = mapped_column(Integer, primary_key=True)
    state: Mapped[str] = mapped_column(key_string(10), default=PENDING)
    open_as: Mapped[str | None] = mapped_column(key_string(10))
    email: Mapped[str] = mapped_column(String(254))
    email_key: Mapped[str] = mapped_column(key_string(254))
    company: Mapped[str] = mapped_column(String(191))
    firstname: Mapped[str] = mapped_column(String(100))
    lastname: Mapped[str] = mapped_column(String(100))
    phone: Mapped[str | None] = mapped_column(String(40))
    language: Mapped[str | None] = mapped_column(String(20))
    password_hash: Mapped[str | None] = mapped_column(String(255))
    link_uuid: Mapped[str] = mapped_column(key_string(36), default=lambda: str(uuid4()))
    link_expires_at: Mapped[datetime | None] = mapped_column(timestamp())
    asked_at: Mapped[datetime] = mapped_column(timestamp(), default=utc_now)
    proven_at: Mapped[datetime | None] = mapped_column(timestamp())
    decided_at: Mapped[datetime | None] = mapped_column(timestamp())
    decided_by: Mapped[str | None] = mapped_column(String(210))
    reason: Mapped[str | None] = mapped_column(Text)
    contact_id: Mapped[int | None] = mapped_column(
        ForeignKey(contact_key, name="fk_contacts_registration_contact", ondelete="SET NULL"),
        index=True,
    )

    @property
    def name(self) -> str:
        """First and last name."""
        return f"{self.firstname} {self.lastname}"
