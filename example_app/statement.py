"""What a customer owes, and how it came to that: the statement of a period."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from sqlalchemy import Select, func, literal, select, union_all
from sqlalchemy.orm import Session

from .formatting import day
from .models import CreditNote, Invoice, Payment
from .models.columns import DRAFT

MOST_ENTRIES = 1000
"""The most entries of each kind that one statement has."""

NOTHING = Decimal("0.00")
KINDS = ("invoice", "credit note", "payment")
"""What an entry can be. The first adds to the debt, the others take from it."""
_NAMES = (
    (Invoice.number, Invoice.title, Invoice.id),
    (CreditNote.number, CreditNote.title, CreditNote.id),
    (Invoice.number, Payment.method, Payment.id),
)


class TooManyEntries(Exception):
    """The period holds more than :data:`MOST_ENTRIES` entries of a kind; choose a shorter one."""


@dataclass(frozen=True)
class Entry:
    """A line of a statement: ``kind`` is one of :data:`KINDS`.

    ``amount`` is what it adds to the debt: negative for credit notes and payments.
    ``balance`` is the debt after it.
    """

    day: date
    kind: str
    number: str
    text: str
    amount: Decimal
    balance: Decimal


@dataclass(frozen=True)
class Statement:
    """The account of one customer from ``starts_on`` to ``ends_on``, both included."""

    customer: Any
    starts_on: date
    ends_on: date
    opening: Decimal
    entries: tuple[Entry, ...]

    @property
    def closing(self) -> Decimal:
        """The debt at the end of the period."""
        return self.entries[-1].balance if self.entries else self.opening

    def sum_of(self, *kinds: str) -> Decimal:
        """What the entries of these kinds add up to."""
        return sum((entry.amount for entry in self.entries if entry.kind in kinds), NOTHING)


def period(statement: Statement) -> str:
    """The statement's period in words."""
    return f"{day(statement.starts_on)} – {day(statement.ends_on)}"


def statement_of(session: Session, customer: Any, starts_on: date, ends_on: date) -> Statement:
    """Read the account of a customer; drafts do not count, days are those on the papers.

    Raises :class:`TooManyEntries`.
    """
    opening = balance = _debt_before(session, customer.id, starts_on)
    entries = []
    for when, kind, number, text, amount in _movements(session, customer.id, starts_on, ends_on):
        balance += amount
        entries.append(Entry(when, kind, number, text, amount, balance))
    return Statement(customer, starts_on, ends_on, opening, tuple(entries))


def _debt_before(session: Session, customer_id: int, starts_on: date) -> Decimal:
    sums = [
        select(func.sum(amount)).where(*conditions, moment < starts_on).scalar_subquery()
        for amount, moment, conditions in _sources(customer_id)
    ]
    invoiced, credited, paid = (each or NOTHING for each in session.execute(select(*sums)).one())
    return NOTHING + invoiced - credited - paid


def _sources(customer_id: int) -> tuple[tuple[Any, Any, tuple[Any, ...]], ...]:
    """Amount, day and conditions of each of :data:`KINDS`."""
    of_invoice = (Invoice.customer_id == customer_id, Invoice.status != DRAFT)
    of_note = (CreditNote.customer_id == customer_id, CreditNote.status != DRAFT)
    return (
        (Invoice.total, Invoice.issued_on, of_invoice),
        (CreditNote.total, CreditNote.issued_on, of_note),
        (Payment.amount, Payment.paid_on, (Payment.invoice_id == Invoice.id, *of_invoice)),
    )


def _movements(
    session: Session, customer_id: int, starts_on: date, ends_on: date
) -> list[tuple[date, str, str, str, Decimal]]:
    """Every entry of the period in its order: by day, what was billed before what was paid."""
    parts: list[Select[Any]] = []
    for place, (amount, moment, conditions) in enumerate(_sources(customer_id)):
        name, text, key = _NAMES[place]
        columns = (moment, literal(place), key, name, text, amount)
        labels = ("day", "place", "key", "name", "text", "amount")
        part = select(*(each.label(label) for each, label in zip(columns, labels, strict=True)))
        part = part.where(*conditions, moment.between(starts_on, ends_on))
        # Ordered and cut in a query of its own: not every database does so inside a union.
        parts.append(select(part.order_by(moment, key).limit(MOST_ENTRIES + 1).subquery()))
    every = union_all(*parts).subquery()
    rows = session.execute(select(every).order_by(every.c.day, every.c.place, every.c.key)).all()
    if max(Counter(row.place for row in rows).values(), default=0) > MOST_ENTRIES:
        raise TooManyEntries
    return [
        (row.day, KINDS[row.place], row.name, row.text, -row.amount if row.place else row.amount)
        for row in rows
    ]
