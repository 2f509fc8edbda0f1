"""What happened to a contact: who, when, what, old and new values, never secrets."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import JSON, ColumnElement, ForeignKey, Index, Integer, String, literal, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from ..clock import utc_now
from .base import Base, key_string, timestamp
from .contact import Contact
from .customer import Customer, customer_key

#: An index of just these rows; of all on MariaDB, which has no others.
_SIGN_INS: Mapping[str, Any] = {
    "postgresql_where": text("verb = 'signed_in'"),
    "sqlite_where": text("verb = 'signed_in'"),
}


class Activity(Base):
    """One thing that happened (BEHAVIOUR S5).

    ``changes`` maps a field to its old and new value. ``actor_name`` is what the actor
    was called then; ``address`` is forgotten after a while (retention).
    """

    __tablename__ = "contacts_activity"
    __table_args__ = (
        Index("ix_contacts_activity_feed", "contact_id", "id"),
        Index("ix_contacts_activity_signed_in", "verb", "happened_at", "contact_id", **_SIGN_INS),
        {"sqlite_autoincrement": True},
    )

    id: Mapped[int] = mapped_column(Integer, primary_key=True)
    contact_id: Mapped[int] = mapped_column(
        ForeignKey(Contact.id, name="fk_contacts_activity_contact", ondelete="CASCADE")
    )
    happened_at: Mapped[datetime] = mapped_column(timestamp(), default=utc_now, index=True)
    verb: Mapped[str] = mapped_column(key_string(30))
    changes: Mapped[dict[str, list[Any]]] = mapped_column(JSON, default=dict)
    actor_kind: Mapped[str] = mapped_column(key_string(10))
    actor_staff_id: Mapped[int | None] = mapped_column(Integer)
    actor_contact_id: Mapped[int | None] = mapped_column(Integer)
    actor_name: Mapped[str] = mapped_column(String(210))
    address: Mapped[str | None] = mapped_column(String(45))


def is_sign_in() -> ColumnElement[bool]:
    """The sign-ins to the portal, in so many words: SQLite takes their index for no parameter."""
    return Activity.verb == literal("signed_in", literal_execute=True)


class CustomerAdmin(Base):
    """A staff user who looks after a customer (BEHAVIOUR S7).

    ``staff_id`` is the id of Flask-AppBuilder's user; no foreign key, because its table
    may live in other metadata than the customer's.
    """

    __tablename__ = "contacts_customer_admin"

    customer_id: Mapped[Any] = mapped_column(
        customer_key.type,
        ForeignKey(customer_key, name="fk_contacts_customer_admin_customer", ondelete="CASCADE"),
        primary_key=True,
    )
    customer: Mapped[Any] = relationship(Customer)
    staff_id: Mapped[int] = mapped_column(
        Integer, primary_key=True, autoincrement=False, index=True
    )
    created_at: Mapped[datetime] = mapped_column(timestamp(), default=utc_now)
