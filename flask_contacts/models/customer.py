"""The customer: the bundled model where the host binds none of its own, and its notes."""

from datetime import datetime
from typing import Any

from sqlalchemy import ForeignKey, Integer, String, Text, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from ..clock import utc_now
from ..record_keys import LONGEST_KEY, typed_key
from . import search_keys
from .base import Base, folded_string, timestamp
from .binding import bound_customer, single_key


class _BundledCustomer:
    """A company that buys from the host's company."""

    __tablename__ = "contacts_customer"
    __table_args__ = {"sqlite_autoincrement": True}

    id: Mapped[int] = mapped_column(Integer, primary_key=True)
    company: Mapped[str] = mapped_column(String(191), index=True)
    vat_number: Mapped[str | None] = mapped_column(String(50))
    phone: Mapped[str | None] = mapped_column(String(50))
    website: Mapped[str | None] = mapped_column(String(150))
    address: Mapped[str | None] = mapped_column(String(191))
    city: Mapped[str | None] = mapped_column(String(100))
    state: Mapped[str | None] = mapped_column(String(50))
    zip_code: Mapped[str | None] = mapped_column(String(15))
    country: Mapped[str | None] = mapped_column(String(100))
    created_at: Mapped[datetime] = mapped_column(timestamp(), default=utc_now)
    company_key: Mapped[str] = mapped_column(
        folded_string(191),
        default=search_keys.company_default,
        server_default=text("''"),
        index=True,
    )

    def __str__(self) -> str:
        return self.company


#: The customer's model: the host's own, or the bundled table ``contacts_customer``.
Customer: Any = bound_customer() or type("Customer", (_BundledCustomer, Base), {})

if bound_customer() is None:
    search_keys.keep_company_key(Customer)

#: The column that our foreign keys point at.
customer_key = single_key(Customer)

#: Characters that the key takes as text.
KEY_LENGTH: int = (
    customer_key.type.length or LONGEST_KEY if isinstance(customer_key.type, String) else 191
)


def is_customer_key(value: object) -> bool:
    """Whether a customer may have this key: its type is right and the column can hold it.

    True is not 1, and a number too large is an error on PostgreSQL and SQLite.
    """
    kind = customer_key.type
    return type(value) is kind.python_type and typed_key(str(value), kind) == value


class CustomerNote(Base):
    """A note that staff keep about a customer; the portal never shows it."""

    __tablename__ = "contacts_customer_note"

    id: Mapped[int] = mapped_column(Integer, primary_key=True)
    customer_id: Mapped[Any] = mapped_column(
        customer_key.type,
        ForeignKey(customer_key, name="fk_contacts_customer_note_customer", ondelete="CASCADE"),
        index=True,
    )
    customer: Mapped[Any] = relationship(Customer)
    body: Mapped[str] = mapped_column(Text)
    author: Mapped[str] = mapped_column(String(150))
    created_at: Mapped[datetime] = mapped_column(timestamp(), default=utc_now)
