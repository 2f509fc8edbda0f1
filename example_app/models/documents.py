"""Papers between the studio and a customer: invoices, estimates, proposals, contracts."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

from flask_appbuilder import Model
from sqlalchemy import Date, ForeignKey, Integer, String, Text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from .columns import Hundredths, OfCustomer, to_cents

DRAFT = "draft"
INVOICE_STATUSES = (DRAFT, "open", "paid", "overdue")
ESTIMATE_STATUSES = (DRAFT, "sent", "accepted", "declined", "expired")
PROPOSAL_STATUSES = (DRAFT, "sent", "accepted", "declined")
CONTRACT_STATUSES = (DRAFT, "awaiting signature", "active", "completed")


class Invoice(OfCustomer, Model):
    """A bill: its sums are those of its lines, see :meth:`add_up`."""

    __tablename__ = "invoice"

    id: Mapped[int] = mapped_column(Integer, primary_key=True)
    number: Mapped[str] = mapped_column(String(20), unique=True)
    title: Mapped[str] = mapped_column(String(150))
    status: Mapped[str] = mapped_column(String(20), default=DRAFT, index=True)
    issued_on: Mapped[date] = mapped_column(Date)
    due_on: Mapped[date] = mapped_column(Date)
    tax_rate: Mapped[Decimal] = mapped_column(Hundredths, default=Decimal(20))
    subtotal: Mapped[Decimal] = mapped_column(Hundredths, default=Decimal(0))
    tax: Mapped[Decimal] = mapped_column(Hundredths, default=Decimal(0))
    total: Mapped[Decimal] = mapped_column(Hundredths, default=Decimal(0))
    notes: Mapped[str | None] = mapped_column(Text)
    lines: Mapped[list[InvoiceLine]] = relationship(
        back_populates="invoice", cascade="all, delete-orphan", order_by="InvoiceLine.id"
    )

    def add_up(self) -> None:
        """Set subtotal, tax and total from the lines."""
        self.subtotal = sum((line.amount for line in self.lines), Decimal(0))
        self.tax = to_cents(self.subtotal * self.tax_rate / 100)
        self.total = self.subtotal + self.tax

    def __str__(self) -> str:
        return self.number


class InvoiceLine(Model):
    """One position of an invoice."""

    __tablename__ = "invoice_line"

    id: Mapped[int] = mapped_column(Integer, primary_key=True)
    invoice_id: Mapped[int] = mapped_column(ForeignKey(Invoice.id, ondelete="CASCADE"), index=True)
    invoice: Mapped[Invoice] = relationship(back_populates="lines")
    description: Mapped[str] = mapped_column(String(200))
    quantity: Mapped[Decimal] = mapped_column(Hundredths)
    unit_price: Mapped[Decimal] = mapped_column(Hundredths)

    @property
    def amount(self) -> Decimal:
        """Quantity times unit price, rounded to the cent."""
        return to_cents(self.quantity * self.unit_price)

    def __str__(self) -> str:
        return self.description


class Estimate(OfCustomer, Model):
    """What a piece of work will probably cost."""

    __tablename__ = "estimate"

    id: Mapped[int] = mapped_column(Integer, primary_key=True)
    number: Mapped[str] = mapped_column(String(20), unique=True)
    title: Mapped[str] = mapped_column(String(150))
    status: Mapped[str] = mapped_column(String(20), default=DRAFT, index=True)
    issued_on: Mapped[date] = mapped_column(Date)
    valid_until: Mapped[date] = mapped_column(Date)
    total: Mapped[Decimal] = mapped_column(Hundredths)
    scope: Mapped[str | None] = mapped_column(Text)

    def __str__(self) -> str:
        return self.number


class Proposal(OfCustomer, Model):
    """What the studio offers to do, in words."""

    __tablename__ = "proposal"

    id: Mapped[int] = mapped_column(Integer, primary_key=True)
    number: Mapped[str] = mapped_column(String(20), unique=True)
    subject: Mapped[str] = mapped_column(String(150))
    status: Mapped[str] = mapped_column(String(20), default=DRAFT, index=True)
    sent_on: Mapped[date] = mapped_column(Date)
    open_till: Mapped[date] = mapped_column(Date)
    total: Mapped[Decimal] = mapped_column(Hundredths)
    summary: Mapped[str | None] = mapped_column(Text)

    def __str__(self) -> str:
        return self.number


class Contract(OfCustomer, Model):
    """What both sides have agreed on."""

    __tablename__ = "contract"

    id: Mapped[int] = mapped_column(Integer, primary_key=True)
    number: Mapped[str] = mapped_column(String(20), unique=True)
    subject: Mapped[str] = mapped_column(String(150))
    status: Mapped[str] = mapped_column(String(20), default=DRAFT, index=True)
    starts_on: Mapped[date] = mapped_column(Date)
    ends_on: Mapped[date | None] = mapped_column(Date)
    signed_on: Mapped[date | None] = mapped_column(Date)
    value: Mapped[Decimal] = mapped_column(Hundredths)
    terms: Mapped[str | None] = mapped_column(Text)

    def __str__(self) -> str:
        return self.number
