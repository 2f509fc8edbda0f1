"""Questions of customers and the answers they got."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import TYPE_CHECKING, Any
from uuid import uuid4

from flask_appbuilder import Model
from sqlalchemy import Boolean, DateTime, ForeignKey, Integer, String, Text, event, update
from sqlalchemy.engine import Connection
from sqlalchemy.ext.associationproxy import AssociationProxy, association_proxy
from sqlalchemy.orm import Mapped, mapped_column, object_session, relationship
from sqlalchemy.orm.attributes import set_committed_value

from .authorship import Signed
from .columns import OfCustomer
from .files import StoredFile

if TYPE_CHECKING:
    from flask_contacts.portal import Uploaded

OPEN, IN_PROGRESS, ANSWERED, CLOSED = "open", "in progress", "answered", "closed"
TICKET_STATUSES = (OPEN, IN_PROGRESS, ANSWERED, CLOSED)
PRIORITIES = ("low", "normal", "high")
_LAST_ON_PAPER = 3106
"""The tickets before these were kept on paper; numbers go on from there."""
_UNNUMBERED = "new "


class Ticket(OfCustomer, Model):
    """A question or a fault that a customer reported; one that is answered waits for
    the customer."""

    __tablename__ = "ticket"

    id: Mapped[int] = mapped_column(Integer, primary_key=True)
    number: Mapped[str] = mapped_column(
        String(20), unique=True, default=lambda: _UNNUMBERED + uuid4().hex[:16]
    )
    subject: Mapped[str] = mapped_column(String(150))
    status: Mapped[str] = mapped_column(String(20), default=OPEN, index=True)
    priority: Mapped[str] = mapped_column(String(10), default="normal")
    assignee: Mapped[str | None] = mapped_column(String(100))
    opened_at: Mapped[datetime] = mapped_column(DateTime)
    updated_at: Mapped[datetime] = mapped_column(DateTime)
    messages: Mapped[list[TicketMessage]] = relationship(
        back_populates="ticket", cascade="all, delete-orphan", order_by="TicketMessage.id"
    )
    attachments: Mapped[list[TicketAttachment]] = relationship(
        cascade="all, delete-orphan", order_by="TicketAttachment.id", back_populates="ticket"
    )

    def add(self, message: TicketMessage, files: Iterable[Uploaded] = ()) -> None:
        """Add a message with its files.

        After one of the studio's the ticket waits for the customer, after a contact's it is
        open again, also where it was closed meanwhile. An internal note changes nothing that
        a customer sees.
        """
        session = object_session(self)
        if session is not None:
            session.add(message)  # appending it to ``messages`` would read them all
        message.ticket = self
        message.attachments = [TicketAttachment.of(file, ticket=self) for file in files]
        if message.is_internal:
            return
        self.updated_at = message.sent_at
        if message.by_staff and self.status in {OPEN, IN_PROGRESS}:
            self.status = ANSWERED
        elif not message.by_staff and self.status in {ANSWERED, CLOSED}:
            self.status = OPEN

    def __str__(self) -> str:
        return self.number


@event.listens_for(Ticket, "after_insert")
def _number(_mapper: Any, connection: Connection, ticket: Ticket) -> None:
    """Number a ticket by its key, so that no two get the same, however many open at once."""
    if ticket.number.startswith(_UNNUMBERED):
        number = f"T-{_LAST_ON_PAPER + ticket.id}"
        connection.execute(update(Ticket).where(Ticket.id == ticket.id).values(number=number))
        set_committed_value(ticket, "number", number)


class TicketMessage(Signed, Model):
    """One message of a ticket's conversation; an internal one is the studio's own note."""

    __tablename__ = "ticket_message"

    id: Mapped[int] = mapped_column(Integer, primary_key=True)
    ticket_id: Mapped[int] = mapped_column(ForeignKey(Ticket.id, ondelete="CASCADE"), index=True)
    ticket: Mapped[Ticket] = relationship(back_populates="messages")
    customer_id: AssociationProxy[int] = association_proxy("ticket", "customer_id")
    body: Mapped[str] = mapped_column(Text)
    is_internal: Mapped[bool] = mapped_column(Boolean, default=False)
    attachments: Mapped[list[TicketAttachment]] = relationship(
        back_populates="message", cascade="all, delete-orphan", order_by="TicketAttachment.id"
    )

    def __str__(self) -> str:
        return f"{self.signed_by}, {self.sent_at:%Y-%m-%d}"


class TicketAttachment(StoredFile, Model):
    """A file of a message; who sees the message may have it."""

    __tablename__ = "ticket_attachment"

    ticket_id: Mapped[int] = mapped_column(ForeignKey(Ticket.id, ondelete="CASCADE"), index=True)
    ticket: Mapped[Ticket] = relationship(back_populates="attachments")
    message_id: Mapped[int] = mapped_column(
        ForeignKey(TicketMessage.id, ondelete="CASCADE"), index=True
    )
    message: Mapped[TicketMessage] = relationship(back_populates="attachments")
