"""Questions of customers and the answers they got."""

from __future__ import annotations

from datetime import datetime

from flask_appbuilder import Model
from sqlalchemy import DateTime, ForeignKey, Integer, String, Text
from sqlalchemy.ext.associationproxy import AssociationProxy, association_proxy
from sqlalchemy.orm import Mapped, mapped_column, relationship

from flask_contacts.models import Contact

from .columns import OfCustomer

TICKET_STATUSES = ("open", "in progress", "answered", "closed")
PRIORITIES = ("low", "normal", "high")


class Ticket(OfCustomer, Model):
    """A question or a fault that a customer reported."""

    __tablename__ = "ticket"

    id: Mapped[int] = mapped_column(Integer, primary_key=True)
    number: Mapped[str] = mapped_column(String(20), unique=True)
    subject: Mapped[str] = mapped_column(String(150))
    status: Mapped[str] = mapped_column(String(20), default="open", index=True)
    priority: Mapped[str] = mapped_column(String(10), default="normal")
    opened_at: Mapped[datetime] = mapped_column(DateTime)
    updated_at: Mapped[datetime] = mapped_column(DateTime)
    messages: Mapped[list[TicketMessage]] = relationship(
        back_populates="ticket", cascade="all, delete-orphan", order_by="TicketMessage.id"
    )

    def answer(self, moment: datetime, *, by_staff: bool) -> None:
        """Somebody has written: after staff it is answered, after a contact open again."""
        self.updated_at = moment
        if by_staff and self.status in {"open", "in progress"}:
            self.status = "answered"
        elif not by_staff and self.status in {"answered", "closed"}:
            self.status = "open"

    def __str__(self) -> str:
        return self.number


class TicketMessage(Model):
    """One message of a ticket's conversation; ``contact_id`` says which contact wrote it."""

    __tablename__ = "ticket_message"

    id: Mapped[int] = mapped_column(Integer, primary_key=True)
    ticket_id: Mapped[int] = mapped_column(ForeignKey(Ticket.id, ondelete="CASCADE"), index=True)
    ticket: Mapped[Ticket] = relationship(back_populates="messages")
    customer_id: AssociationProxy[int] = association_proxy("ticket", "customer_id")
    author: Mapped[str] = mapped_column(String(100))
    contact_id: Mapped[int | None] = mapped_column(
        ForeignKey(Contact.id, ondelete="SET NULL"), index=True
    )
    body: Mapped[str] = mapped_column(Text)
    sent_at: Mapped[datetime] = mapped_column(DateTime)

    def __str__(self) -> str:
        return f"{self.author}, {self.sent_at:%Y-%m-%d}"
