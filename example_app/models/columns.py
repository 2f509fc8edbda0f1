"""What several models share: exact decimals, the customer of a record, what a paper is."""

from __future__ import annotations

from datetime import datetime
from decimal import ROUND_HALF_UP, Decimal
from typing import Any, ClassVar

from sqlalchemy import BigInteger, DateTime, ForeignKey, Integer, String
from sqlalchemy.engine import Dialect
from sqlalchemy.orm import Mapped, declared_attr, mapped_column, relationship
from sqlalchemy.types import TypeDecorator

from flask_contacts.models import Customer

CENT = Decimal("0.01")
DRAFT = "draft"


def to_cents(value: Decimal) -> Decimal:
    """Round to two places, half up, as an invoice does."""
    return value.quantize(CENT, rounding=ROUND_HALF_UP)


def add_tax(net: Decimal, rate: Decimal) -> tuple[Decimal, Decimal]:
    """The tax on a net amount, and both together; ``rate`` is in percent."""
    tax = to_cents(net * rate / 100)
    return tax, net + tax


class Hundredths(TypeDecorator[Decimal]):
    """A decimal with two places, kept as a whole number.

    SQLite has no decimals, and floats are no way to keep money.
    """

    impl = BigInteger
    cache_ok = True

    def process_bind_param(self, value: Any, dialect: Dialect) -> int | None:
        return None if value is None else int(to_cents(Decimal(value)) * 100)

    def process_result_value(self, value: Any, dialect: Dialect) -> Decimal | None:
        return None if value is None else Decimal(value) / 100


class OfCustomer:
    """A record of one customer; the customer comes along in the same statement."""

    customer_id: Mapped[int] = mapped_column(
        ForeignKey(Customer.id, ondelete="RESTRICT"), index=True
    )

    @declared_attr
    def customer(self) -> Mapped[Any]:
        """The customer that the record belongs to."""
        return relationship(Customer, lazy="joined", innerjoin=True)


class OfMaybeCustomer(OfCustomer):
    """A record that may belong to a customer."""

    customer_id: Mapped[int | None] = mapped_column(
        ForeignKey(Customer.id, ondelete="RESTRICT"), index=True
    )

    @declared_attr
    def customer(self) -> Mapped[Any]:
        """The customer that the record belongs to, or None."""
        return relationship(Customer, lazy="joined")


class Paper:
    """What every paper has: a number, a status, and when it last went out by e-mail.

    ``sent_status`` is what a draft becomes when it is sent.
    """

    sent_status: ClassVar[str]

    id: Mapped[int] = mapped_column(Integer, primary_key=True)
    number: Mapped[str] = mapped_column(String(20), unique=True)
    status: Mapped[str] = mapped_column(String(20), default=DRAFT, index=True, active_history=True)
    mailed_at: Mapped[datetime | None] = mapped_column(DateTime)

    def mark_sent(self, moment: datetime) -> None:
        """It has gone out by e-mail: then it is no draft any more."""
        self.mailed_at = moment
        if self.status == DRAFT:
            self.status = self.sent_status

    def __str__(self) -> str:
        return self.number
