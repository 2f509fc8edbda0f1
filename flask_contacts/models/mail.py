"""The outbox, and what staff changed in the mail templates."""

from datetime import datetime
from typing import Any

from sqlalchemy import (
    JSON,
    Boolean,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    String,
    Text,
    UniqueConstraint,
)
from sqlalchemy.dialects import mysql
from sqlalchemy.orm import Mapped, mapped_column, relationship

from ..clock import utc_now
from .base import Base, exact_string, key_string, timestamp
from .login import Link

_BYTES = LargeBinary().with_variant(mysql.LONGBLOB(), "mysql", "mariadb")


class Mail(Base):
    """A mail that was promised, written in the transaction of what caused it.

    ``message`` holds the finished bytes; a mail with a link keeps ``parameters``
    instead and is finished at sending. States: ``waiting``, ``sending`` (leased until
    ``lease_until``), ``sent``, ``failed`` (rests, can be sent again), ``cancelled``.
    ``document_key`` names the record of the host that staff sent by hand.
    """

    __tablename__ = "contacts_mail"
    __table_args__ = (
        UniqueConstraint("message_id", name="uq_contacts_mail_message_id"),
        UniqueConstraint("dedupe_key", name="uq_contacts_mail_dedupe_key"),
        Index("ix_contacts_mail_due", "state", "not_before"),
        Index("ix_contacts_mail_recipient", "recipient", "id"),
        Index("ix_contacts_mail_created", "created_at", "state"),
        {"sqlite_autoincrement": True},
    )

    id: Mapped[int] = mapped_column(Integer, primary_key=True)
    message_id: Mapped[str] = mapped_column(key_string(255))
    dedupe_key: Mapped[str | None] = mapped_column(key_string(120))
    template: Mapped[str] = mapped_column(key_string(50))
    language: Mapped[str] = mapped_column(String(20))
    recipient: Mapped[str] = mapped_column(String(254))
    subject: Mapped[str] = mapped_column(String(255))
    contact_id: Mapped[int | None] = mapped_column(
        ForeignKey("contacts_contact.id", name="fk_contacts_mail_contact", ondelete="SET NULL"),
        index=True,
    )
    login_id: Mapped[int | None] = mapped_column(
        ForeignKey("contacts_portal_user.id", name="fk_contacts_mail_login", ondelete="SET NULL"),
        index=True,
    )
    link_uuid: Mapped[str | None] = mapped_column(
        ForeignKey("contacts_link.uuid", name="fk_contacts_mail_link", ondelete="SET NULL"),
        index=True,
    )
    link: Mapped[Link | None] = relationship(Link)
    topic: Mapped[str | None] = mapped_column(key_string(50))
    document_key: Mapped[str | None] = mapped_column(exact_string(120), index=True)
    needs: Mapped[str] = mapped_column(key_string(20), default="contact")
    message: Mapped[bytes | None] = mapped_column(_BYTES)
    parameters: Mapped[dict[str, Any] | None] = mapped_column(JSON(none_as_null=True))
    state: Mapped[str] = mapped_column(key_string(12), default="waiting")
    attempts: Mapped[int] = mapped_column(Integer, default=0)
    not_before: Mapped[datetime] = mapped_column(timestamp(), default=utc_now)
    lease_until: Mapped[datetime | None] = mapped_column(timestamp())
    lease_owner: Mapped[str | None] = mapped_column(key_string(36))
    error: Mapped[str | None] = mapped_column(Text)
    created_at: Mapped[datetime] = mapped_column(timestamp(), default=utc_now)
    sent_at: Mapped[datetime | None] = mapped_column(timestamp())


class EmailTemplate(Base):
    """Whether a template is switched off; no row means on."""

    __tablename__ = "contacts_email_template"

    name: Mapped[str] = mapped_column(key_string(50), primary_key=True)
    enabled: Mapped[bool] = mapped_column(Boolean, default=True)


class EmailTemplateText(Base):
    """A template's words in one language where staff changed them."""

    __tablename__ = "contacts_email_template_text"

    name: Mapped[str] = mapped_column(key_string(50), primary_key=True)
    language: Mapped[str] = mapped_column(key_string(20), primary_key=True)
    subject: Mapped[str] = mapped_column(String(255))
    body: Mapped[str] = mapped_column(Text)
    updated_at: Mapped[datetime] = mapped_column(timestamp(), default=utc_now, onupdate=utc_now)
