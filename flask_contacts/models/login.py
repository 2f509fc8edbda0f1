"""Logins and what belongs to them alone: sessions, links, attempts.

No admin view and no API maps these tables (two login worlds, credentials apart).
"""

from datetime import datetime
from uuid import uuid4

from sqlalchemy import Boolean, ForeignKey, Integer, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from ..clock import utc_now
from .base import Base, key_string, timestamp


class Login(Base):
    """E-mail and password hash of a person; several contacts may share one.

    ``proven_at`` is when its holder first used a mailed link at this address; ``held``: the
    holder has set the password itself, and staff never set it again (BEHAVIOUR C7; what
    follows from the two is in ``services/accounts/logins.py``). One
    that serves no contact (``unused_since``) is kept for a while, so that taking the login
    away and giving it back hands it to nobody else; ``kept_for_id`` is the contact that had
    it last, whose address may be another one by now. ``session_epoch`` rises
    with every change of credentials and ends all sessions of before.
    """

    __tablename__ = "contacts_portal_user"
    __table_args__ = (
        UniqueConstraint("email_key", name="uq_contacts_portal_user_email_key"),
        {"sqlite_autoincrement": True},
    )

    id: Mapped[int] = mapped_column(Integer, primary_key=True)
    email: Mapped[str] = mapped_column(String(254))
    email_key: Mapped[str] = mapped_column(key_string(254))
    password_hash: Mapped[str | None] = mapped_column(String(255))
    held: Mapped[bool] = mapped_column(Boolean, default=False)
    unused_since: Mapped[datetime | None] = mapped_column(timestamp())
    kept_for_id: Mapped[int | None] = mapped_column(Integer, index=True)
    proven_at: Mapped[datetime | None] = mapped_column(timestamp())
    session_epoch: Mapped[int] = mapped_column(Integer, default=0)
    created_at: Mapped[datetime] = mapped_column(timestamp(), default=utc_now)


class PortalSession(Base):
    """A sign-in to the portal; the cookie holds the token of which this keeps the hash."""

    __tablename__ = "contacts_session"
    __table_args__ = (UniqueConstraint("token_hash", name="uq_contacts_session_token_hash"),)

    id: Mapped[int] = mapped_column(Integer, primary_key=True)
    token_hash: Mapped[str] = mapped_column(key_string(64))
    login_id: Mapped[int] = mapped_column(
        ForeignKey(Login.id, name="fk_contacts_session_login", ondelete="CASCADE"), index=True
    )
    login: Mapped[Login] = relationship(Login)
    contact_id: Mapped[int] = mapped_column(
        ForeignKey("contacts_contact.id", name="fk_contacts_session_contact", ondelete="CASCADE"),
        index=True,
    )
    session_epoch: Mapped[int] = mapped_column(Integer)
    created_at: Mapped[datetime] = mapped_column(timestamp(), default=utc_now)
    last_seen_at: Mapped[datetime] = mapped_column(timestamp(), default=utc_now)
    ended_at: Mapped[datetime | None] = mapped_column(timestamp())
    ip: Mapped[str | None] = mapped_column(String(45))
    user_agent: Mapped[str | None] = mapped_column(String(255))


class Link(Base):
    """A mailed link: what it is for, whom it serves, and whether it still may.

    ``issued_at`` and ``expires_at`` are set at the first attempt to send it, because
    its life counts from there; ``used_at`` and ``void_reason`` are final. ``new_email`` is
    the address that a link to change it was mailed to: it belongs to the link and is never
    written again, so that no other address can be confirmed by it. A void link forgets it.
    """

    __tablename__ = "contacts_link"

    uuid: Mapped[str] = mapped_column(
        key_string(36), primary_key=True, default=lambda: str(uuid4())
    )
    purpose: Mapped[str] = mapped_column(key_string(30))
    login_id: Mapped[int] = mapped_column(
        ForeignKey(Login.id, name="fk_contacts_link_login", ondelete="CASCADE"), index=True
    )
    login: Mapped[Login] = relationship(Login)
    contact_id: Mapped[int | None] = mapped_column(
        ForeignKey("contacts_contact.id", name="fk_contacts_link_contact", ondelete="SET NULL"),
        index=True,
    )
    lifetime: Mapped[int] = mapped_column(Integer)
    created_at: Mapped[datetime] = mapped_column(timestamp(), default=utc_now)
    issued_at: Mapped[datetime | None] = mapped_column(timestamp())
    expires_at: Mapped[datetime | None] = mapped_column(timestamp(), index=True)
    used_at: Mapped[datetime | None] = mapped_column(timestamp())
    void_reason: Mapped[str | None] = mapped_column(String(30))
    new_email: Mapped[str | None] = mapped_column(String(254))
    new_email_key: Mapped[str | None] = mapped_column(key_string(254))


class SignInAttempt(Base):
    """A sign-in or a request for a link, for the limits; written for unknown addresses too.

    ``slot`` is a window of time and a number below the limit: the database lets nobody
    take one twice.
    """

    __tablename__ = "contacts_sign_in_attempt"
    __table_args__ = (
        UniqueConstraint("kind", "email_hash", "slot", name="uq_contacts_sign_in_attempt_slot"),
    )

    id: Mapped[int] = mapped_column(Integer, primary_key=True)
    kind: Mapped[str] = mapped_column(key_string(20))
    email_hash: Mapped[str] = mapped_column(key_string(64))
    slot: Mapped[str] = mapped_column(key_string(40))
    happened_at: Mapped[datetime] = mapped_column(timestamp(), default=utc_now)
