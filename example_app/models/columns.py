"""What several models share: exact decimals, and the customer that a record belongs to."""

from __future__ import annotations

from decimal import ROUND_HALF_UP, Decimal
from typing import Any

from sqlalchemy import BigInteger, ForeignKey
from sqlalchemy.engine import Dialect
from sqlalchemy.orm import Mapped, declared_attr, mapped_column, relationship
from sqlalchemy.types import TypeDecorator

from flask_contacts.models import Customer

CENT = Decimal("0.01")


def to_cents(value: Decimal) -> Decimal:
    """Round to two places, half up, as an invoice does."""
    return value.quantize(CENT, rounding=ROUND_HALF_UP)


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
