"""A person at one customer, with permissions and notification topics."""

from datetime import date, datetime
from typing import Any, TypeGuard
from uuid import uuid4

from sqlalchemy import (
    Boolean,
    CheckConstraint,
    Date,
    ForeignKey,
    Index,
    Integer,
    String,
    Text,
    UniqueConstraint,
    text,
)
from sqlalchemy.orm import Mapped, mapped_column, relationship

from ..clock import utc_now
from . import search_keys
from .base import Base, exact_string, folded_string, key_string, timestamp
from .customer import KEY_LENGTH, Customer, customer_key
from .login import Login

_INVITATION = ("login_id", "last_signed_in_at", "accepted_at", "invited_at")
_NOT_COME = "login_id IS NOT NULL AND last_signed_in_at IS NULL AND accepted_at IS NULL"
_UNINVITED = f"{_NOT_COME} AND invited_at IS NULL"
_INVITED = f"{_NOT_COME} AND invited_at IS NOT NULL"
_CAME = "login_id IS NOT NULL AND (last_signed_in_at IS NOT NULL OR accepted_at IS NOT NULL)"


def _only(rows: str, sqlite: str = "") -> dict[str, Any]:
    """An index of some rows; of all rows on MariaDB, which has no others.

    With them a state that few contacts are in is found without a walk through all. SQLite
    uses such an index where a query says the very same: ``sqlite`` is how it says it.
    """
    return {"postgresql_where": text(rows), "sqlite_where": text(sqlite or rows)}


class Contact(Base):
    """A person at one customer (or at none yet).

    ``primary_of`` is the customer's id where the contact is primary and active, else
    NULL; UNIQUE makes the database refuse a second primary (BEHAVIOUR C3). ``email_key``
    with ``email_scope`` (the customer, never NULL) makes the address unique among the
    customer's contacts (C6). Phones stand as typed and, where the number is complete, in
    E.164. ``account_manager_id`` and ``created_by_id`` are staff users' ids (no foreign
    key: Flask-AppBuilder's tables may live in other metadata). ``invited_at`` (when staff
    last sent a link to set a password) and ``accepted_at`` (when one was used) stay when
    the link itself is purged. ``lastname_key``, ``firstname_key``, ``email_search``,
    ``email2_search`` and ``search_text`` are what a contact is found and put in order by
    (:mod:`.search_keys`).
    """

    __tablename__ = "contacts_contact"
    __table_args__ = (
        UniqueConstraint("primary_of", name="uq_contacts_contact_primary_of"),
        UniqueConstraint("email_scope", "email_key", name="uq_contacts_contact_email"),
        UniqueConstraint("uuid", name="uq_contacts_contact_uuid"),
        CheckConstraint(
            "(primary_of IS NULL) = (NOT (is_primary AND active AND customer_id IS NOT NULL))",
            name="ck_contacts_contact_primary_of",
        ),
        CheckConstraint(
            "primary_of IS NULL OR primary_of = customer_id",
            name="ck_contacts_contact_primary_own",
        ),
        CheckConstraint("archived_at IS NULL OR NOT active", name="ck_contacts_contact_archived"),
        Index("ix_contacts_contact_name", "customer_id", "lastname", "firstname", "id"),
        Index("ix_contacts_contact_uninvited", "id", *_INVITATION, **_only(_UNINVITED)),
        Index("ix_contacts_contact_invited", "id", *_INVITATION, **_only(_INVITED)),
        Index("ix_contacts_contact_came", "id", *_INVITATION, **_only(_CAME)),
        Index("ix_contacts_contact_lastname", "lastname_key", "firstname_key", "id", "active"),
        Index("ix_contacts_contact_firstname", "firstname_key", "lastname_key", "id", "active"),
        Index("ix_contacts_contact_email_search", "email_search", "id", "active"),
        Index(
            "ix_contacts_contact_email2_search", "email2_search", **_only("email2_search <> ''")
        ),
        Index("ix_contacts_contact_created", "created_at", "id"),
        Index(
            "ix_contacts_contact_signed_in", "last_signed_in_at", "id",
            **_only("last_signed_in_at IS NOT NULL"),
        ),
        Index(
            "ix_contacts_contact_away", "active", "archived_at", "id",
            **_only("NOT active", "active = 0"),
        ),
        Index(
            "ix_contacts_contact_no_mail", "do_not_send_emails", "id",
            **_only("do_not_send_emails", "do_not_send_emails = 1"),
        ),
        {"sqlite_autoincrement": True},
    )  # fmt: skip

    id: Mapped[int] = mapped_column(Integer, primary_key=True)
    uuid: Mapped[str] = mapped_column(key_string(36), default=lambda: str(uuid4()))
    customer_id: Mapped[Any] = mapped_column(
        customer_key.type,
        ForeignKey(customer_key, name="fk_contacts_contact_customer", ondelete="RESTRICT"),
        nullable=True,
    )
    customer: Mapped[Any] = relationship(Customer)
    login_id: Mapped[int | None] = mapped_column(
        ForeignKey(Login.id, name="fk_contacts_contact_login", ondelete="RESTRICT"), index=True
    )
    login: Mapped[Login | None] = relationship(Login)

    firstname: Mapped[str] = mapped_column(String(100))
    lastname: Mapped[str] = mapped_column(String(100))
    middle_name: Mapped[str | None] = mapped_column(String(100))
    position: Mapped[str | None] = mapped_column(String(100))
    email: Mapped[str | None] = mapped_column(String(254))
    email_key: Mapped[str | None] = mapped_column(key_string(254), index=True)
    email_scope: Mapped[str] = mapped_column(exact_string(max(KEY_LENGTH, 191)))
    phone: Mapped[str | None] = mapped_column(String(40))
    is_primary: Mapped[bool] = mapped_column(Boolean, default=False)
    active: Mapped[bool] = mapped_column(Boolean, default=True)
    primary_of: Mapped[Any] = mapped_column(customer_key.type, nullable=True)

    birthday: Mapped[date | None] = mapped_column(Date)
    do_not_send_emails: Mapped[bool] = mapped_column(Boolean, default=False)
    do_not_call: Mapped[bool] = mapped_column(Boolean, default=False)
    contact_preference: Mapped[str] = mapped_column(String(20), default="any")
    notes: Mapped[str | None] = mapped_column(Text)
    manager_id: Mapped[int | None] = mapped_column(
        ForeignKey("contacts_contact.id", name="fk_contacts_contact_manager", ondelete="SET NULL"),
        index=True,
    )
    manager: Mapped["Contact | None"] = relationship("Contact", remote_side=[id])
    certificate: Mapped[str | None] = mapped_column(String(191))
    timezone: Mapped[str | None] = mapped_column(String(64))
    language: Mapped[str | None] = mapped_column(String(20), index=True)
    phone_e164: Mapped[str | None] = mapped_column(key_string(16), index=True)
    mobile_phone_e164: Mapped[str | None] = mapped_column(key_string(16), index=True)
    mobile_phone2_e164: Mapped[str | None] = mapped_column(key_string(16), index=True)
    account_manager_id: Mapped[int | None] = mapped_column(Integer, index=True)
    created_by_id: Mapped[int | None] = mapped_column(Integer, index=True)
    mobile_phone: Mapped[str | None] = mapped_column(String(40))
    mobile_phone2: Mapped[str | None] = mapped_column(String(40))
    email2: Mapped[str | None] = mapped_column(String(254))
    other_contacts: Mapped[str | None] = mapped_column(Text)

    archived_at: Mapped[datetime | None] = mapped_column(timestamp())
    anonymised_at: Mapped[datetime | None] = mapped_column(timestamp())
    invited_at: Mapped[datetime | None] = mapped_column(timestamp())
    accepted_at: Mapped[datetime | None] = mapped_column(timestamp())
    last_signed_in_at: Mapped[datetime | None] = mapped_column(timestamp())
    created_at: Mapped[datetime] = mapped_column(timestamp(), default=utc_now)
    updated_at: Mapped[datetime] = mapped_column(timestamp(), default=utc_now, onupdate=utc_now)

    lastname_key: Mapped[str] = mapped_column(
        folded_string(search_keys.NAME_LENGTH),
        default=search_keys.default_of("lastname_key"),
        server_default=text("''"),
    )
    firstname_key: Mapped[str] = mapped_column(
        folded_string(search_keys.NAME_LENGTH),
        default=search_keys.default_of("firstname_key"),
        server_default=text("''"),
    )
    email_search: Mapped[str] = mapped_column(
        folded_string(search_keys.EMAIL_LENGTH),
        default=search_keys.default_of("email_search"),
        server_default=text("''"),
    )
    email2_search: Mapped[str] = mapped_column(
        folded_string(search_keys.EMAIL_LENGTH),
        default=search_keys.default_of("email2_search"),
        server_default=text("''"),
        deferred=True,
    )
    search_text: Mapped[str] = mapped_column(
        folded_string(search_keys.TEXT_LENGTH),
        default=search_keys.default_of("search_text"),
        server_default=text("''"),
        deferred=True,
    )

    permissions: Mapped[list["ContactPermission"]] = relationship(
        cascade="all, delete-orphan", lazy="selectin"
    )
    topics: Mapped[list["ContactTopic"]] = relationship(cascade="all, delete-orphan")

    @property
    def name(self) -> str:
        """First and last name, as lists and mails show them."""
        return f"{self.firstname} {self.lastname}"

    @property
    def permission_names(self) -> frozenset[str]:
        """The names of the permissions held."""
        return frozenset(row.name for row in self.permissions)

    @property
    def topic_names(self) -> frozenset[str]:
        """The names of the topics that are on."""
        return frozenset(row.name for row in self.topics)

    def __str__(self) -> str:
        return self.name


search_keys.keep_contact_keys(Contact)

#: The column that foreign keys of ours and of the host point at.
contact_key: Any = Contact.__table__.c.id


def is_contact_key(value: object) -> TypeGuard[int]:
    """Whether a contact may have this key; a database would answer others with an error."""
    return type(value) is int and 0 < value < 2**31


class ContactPermission(Base):
    """A module (or ``email_notifications``) that a contact may use."""

    __tablename__ = "contacts_contact_permission"
    __table_args__ = (Index("ix_contacts_contact_permission_name", "name", "contact_id"),)

    contact_id: Mapped[int] = mapped_column(
        ForeignKey(Contact.id, name="fk_contacts_contact_permission_contact", ondelete="CASCADE"),
        primary_key=True,
    )
    name: Mapped[str] = mapped_column(key_string(50), primary_key=True)


class ContactTopic(Base):
    """A topic that a contact is mailed about."""

    __tablename__ = "contacts_contact_topic"
    __table_args__ = (Index("ix_contacts_contact_topic_name", "name", "contact_id"),)

    contact_id: Mapped[int] = mapped_column(
        ForeignKey(Contact.id, name="fk_contacts_contact_topic_contact", ondelete="CASCADE"),
        primary_key=True,
    )
    name: Mapped[str] = mapped_column(key_string(50), primary_key=True)
