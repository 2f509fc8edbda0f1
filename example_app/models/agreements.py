"""What the studio offers to do: estimates and proposals."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from flask_appbuilder import Model
from sqlalchemy import Date, ForeignKey, String, Text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from flask_contacts.models import Contact

from .billing import DAYS_TO_PAY, TAX_RATE, Invoice, InvoiceLine
from .columns import DRAFT, Hundredths, OfCustomer, OfMaybeCustomer
from .offers import ACCEPTED, DECLINED, EXPIRED, SENT, WITHDRAWN, Offer

OFFER_STATUSES = (DRAFT, SENT, ACCEPTED, DECLINED, EXPIRED, WITHDRAWN)


class Estimate(Offer, OfCustomer, Model):
    """What a piece of work will probably cost; ``invoice`` was made from it, if one was."""

    __tablename__ = "estimate"
    last_day_column = "valid_until"
    agreed_columns = ("number", "title", "issued_on", "valid_until", "total", "scope")

    title: Mapped[str] = mapped_column(String(150))
    issued_on: Mapped[date] = mapped_column(Date)
    valid_until: Mapped[date] = mapped_column(Date)
    total: Mapped[Decimal] = mapped_column(Hundredths)
    scope: Mapped[str | None] = mapped_column(Text)
    invoice_id: Mapped[int | None] = mapped_column(
        ForeignKey(Invoice.id, ondelete="SET NULL"), unique=True
    )
    invoice: Mapped[Invoice | None] = relationship(Invoice)

    def to_invoice(self, number: str, today: date) -> Invoice:
        """A draft of an invoice about what was accepted; staff then divide it into lines."""
        line = InvoiceLine(description=self.title, quantity=Decimal(1), unit_price=self.total)
        self.invoice = Invoice(
            customer=self.customer,
            number=number,
            title=self.title,
            status=DRAFT,
            issued_on=today,
            due_on=today + timedelta(days=DAYS_TO_PAY),
            tax_rate=TAX_RATE,
            lines=[line],
        )
        self.invoice.reckon()
        return self.invoice


class Proposal(Offer, OfMaybeCustomer, Model):
    """What the studio offers to do, in words.

    It goes to a customer (to the ``contact`` that it is addressed to, else to the primary
    one), or to a lead: somebody with a name and an address who is no customer yet.
    """

    __tablename__ = "proposal"
    last_day_column = "open_till"
    agreed_columns = ("number", "subject", "sent_on", "open_till", "total", "summary")

    contact_id: Mapped[int | None] = mapped_column(
        ForeignKey(Contact.id, ondelete="SET NULL"), index=True
    )
    contact: Mapped[Contact | None] = relationship(
        Contact, foreign_keys=[contact_id], lazy="joined"
    )
    lead_name: Mapped[str | None] = mapped_column(String(150))
    lead_email: Mapped[str | None] = mapped_column(String(254))
    subject: Mapped[str] = mapped_column(String(150))
    sent_on: Mapped[date] = mapped_column(Date)
    open_till: Mapped[date] = mapped_column(Date)
    total: Mapped[Decimal] = mapped_column(Hundredths)
    summary: Mapped[str | None] = mapped_column(Text)

    @property
    def addressee(self) -> Any:
        """The customer, or the name of the lead."""
        return self.customer or self.lead_name or self.lead_email
