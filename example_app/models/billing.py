"""Money between the studio and a customer: invoices, payments, credit notes."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

from flask_appbuilder import Model
from sqlalchemy import (
    Date,
    ForeignKey,
    Integer,
    String,
    Text,
    and_,
    case,
    func,
    select,
    type_coerce,
)
from sqlalchemy.ext.associationproxy import AssociationProxy, association_proxy
from sqlalchemy.orm import (
    Mapped,
    column_property,
    declared_attr,
    mapped_column,
    relationship,
)

from .columns import DRAFT, Hundredths, OfCustomer, Paper, add_tax, to_cents

INVOICE_STATUSES = (DRAFT, "open", "paid", "overdue")
CREDIT_NOTE_STATUSES = (DRAFT, "issued")
PAYMENT_METHODS = ("bank transfer", "card", "cash")
TAX_RATE = Decimal(20)
"""The usual tax, in percent."""
DAYS_TO_PAY = 14
OPEN, OVERDUE = "open", "overdue"


class Invoice(Paper, OfCustomer, Model):
    """A bill: its sums are those of its lines, see :meth:`reckon`."""

    __tablename__ = "invoice"
    sent_status = "open"

    title: Mapped[str] = mapped_column(String(150))
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
    payments: Mapped[list[Payment]] = relationship(
        back_populates="invoice", cascade="all, delete-orphan", order_by="Payment.paid_on"
    )
    credit_notes: Mapped[list[CreditNote]] = relationship(
        back_populates="invoice", order_by="CreditNote.issued_on"
    )

    @declared_attr
    def state(self) -> Mapped[str]:
        """The status as lists show and filter it: an open one is overdue after its day,
        also before the reminders have set its status."""
        is_late = and_(self.status == OPEN, self.due_on < func.current_date())
        return column_property(case((is_late, OVERDUE), else_=self.status))

    @property
    def paid(self) -> Decimal:
        """What has been paid so far."""
        return sum((payment.amount for payment in self.payments), Decimal(0))

    @property
    def balance(self) -> Decimal:
        """What is left to pay, without drafts of credit notes."""
        credited = (note.total for note in self.credit_notes if note.status != DRAFT)
        return self.total - self.paid - sum(credited, Decimal(0))

    def reckon(self) -> None:
        """Set subtotal, tax and total from the lines, and the status from the payments."""
        self.subtotal = sum((line.amount for line in self.lines), Decimal(0))
        self.tax, self.total = add_tax(self.subtotal, self.tax_rate)
        self.settle()

    def settle(self) -> None:
        """Let the status follow what was paid and credited: paid, or open again."""
        if self.status in {"open", "overdue"} and self.balance <= 0 < self.total:
            self.status = "paid"
        elif self.status == "paid" and self.balance > 0:
            self.status = "open"

    def pay_rest(self, today: date) -> None:
        """Somebody says that it is paid: then the rest was, today."""
        if self.balance > 0:
            self.payments.append(Payment(paid_on=today, amount=self.balance))


class InvoiceLine(Model):
    """One position of an invoice."""

    __tablename__ = "invoice_line"

    id: Mapped[int] = mapped_column(Integer, primary_key=True)
    invoice_id: Mapped[int] = mapped_column(ForeignKey(Invoice.id, ondelete="CASCADE"), index=True)
    invoice: Mapped[Invoice] = relationship(back_populates="lines")
    customer_id: AssociationProxy[int] = association_proxy("invoice", "customer_id")
    description: Mapped[str] = mapped_column(String(200))
    quantity: Mapped[Decimal] = mapped_column(Hundredths)
    unit_price: Mapped[Decimal] = mapped_column(Hundredths)

    @property
    def amount(self) -> Decimal:
        """Quantity times unit price, rounded to the cent."""
        return to_cents(self.quantity * self.unit_price)

    def __str__(self) -> str:
        return self.description


class Payment(Model):
    """Money that came in for an invoice."""

    __tablename__ = "payment"

    id: Mapped[int] = mapped_column(Integer, primary_key=True)
    invoice_id: Mapped[int] = mapped_column(ForeignKey(Invoice.id, ondelete="CASCADE"), index=True)
    invoice: Mapped[Invoice] = relationship(back_populates="payments")
    customer_id: AssociationProxy[int] = association_proxy("invoice", "customer_id")
    paid_on: Mapped[date] = mapped_column(Date, index=True)
    amount: Mapped[Decimal] = mapped_column(Hundredths)
    method: Mapped[str] = mapped_column(String(20), default="bank transfer")

    def __str__(self) -> str:
        return f"{self.paid_on:%Y-%m-%d}"


class CreditNote(Paper, OfCustomer, Model):
    """Money that a customer gets back, for one invoice or for none in particular."""

    __tablename__ = "credit_note"
    sent_status = "issued"

    title: Mapped[str] = mapped_column(String(150))
    invoice_id: Mapped[int | None] = mapped_column(
        ForeignKey(Invoice.id, ondelete="SET NULL"), index=True
    )
    invoice: Mapped[Invoice | None] = relationship(back_populates="credit_notes", lazy="joined")
    issued_on: Mapped[date] = mapped_column(Date)
    subtotal: Mapped[Decimal] = mapped_column(Hundredths)
    tax_rate: Mapped[Decimal] = mapped_column(Hundredths, default=Decimal(20))
    tax: Mapped[Decimal] = mapped_column(Hundredths, default=Decimal(0))
    total: Mapped[Decimal] = mapped_column(Hundredths, default=Decimal(0))
    notes: Mapped[str | None] = mapped_column(Text)

    def reckon(self) -> None:
        """Set tax and total from the net amount."""
        self.tax, self.total = add_tax(self.subtotal, self.tax_rate)


def _to_pay() -> Any:
    paid = select(func.sum(Payment.amount)).where(Payment.invoice_id == Invoice.id)
    credited = select(func.sum(CreditNote.total)).where(
        CreditNote.invoice_id == Invoice.id, CreditNote.status != DRAFT
    )
    rest = Invoice.total
    for part in (paid, credited):
        rest = rest - func.coalesce(part.correlate_except(Payment, CreditNote).scalar_subquery(), 0)
    return type_coerce(rest, Hundredths)


#: :attr:`Invoice.balance` as the database reckons it, for queries and pages that show it; it
#: is read where a query asks for it (``undefer``).
Invoice.to_pay = column_property(_to_pay(), deferred=True)
