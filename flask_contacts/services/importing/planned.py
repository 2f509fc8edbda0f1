"""A row of a file with what would become of it, and some of them together."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, field
from typing import Any

from ..contacts.saved import address_scope
from ..contacts.values import ContactValues


def plain_name(name: str) -> str:
    """A customer's name as two that differ in blanks or case alone share it."""
    return " ".join(name.split()).casefold()


def scope_of_name(name: str) -> str:
    """What stands for a customer of the file's own making; no key begins so."""
    return f"\x1e{plain_name(name)}"


@dataclass
class NewCustomer:
    """A customer that the file names and that is made with its first contact."""

    name: str
    key: Any = None

    @property
    def scope(self) -> str:
        """What stands for it before it has a key."""
        return scope_of_name(self.name)


@dataclass
class PlannedRow:
    """A row and what would become of it; ``found`` is the contact that it is already.

    ``name`` is its name as contacts of the same name share it, ``scope`` says among whose
    contacts its address is unique; ``made_for`` is the same for a customer that an earlier row
    may have brought, as it stood for it before it was written. ``doubt`` is a field and why
    nobody can tell which contact the row is, ``keys`` are what later rows are compared with.
    ``company`` is the name that the row gives its customer; ``brought_by`` is the row with which
    the file brings that customer, where it was not there before.
    """

    number: int
    outcome: str = ""
    values: ContactValues = field(default_factory=ContactValues)
    given: Collection[str] = ()
    customer: Any = None
    found: Any = None
    changes: dict[str, list[Any]] = field(default_factory=dict)
    problems: dict[str, list[object]] = field(default_factory=dict)
    remarks: dict[str, list[object]] = field(default_factory=dict)
    doubt: tuple[str, object] | None = None
    keys: set[int] = field(default_factory=set)
    contact_id: int | None = None
    name: tuple[str, str] = ("", "")
    scope: str = ""
    made_for: str | None = None
    is_primary_again: bool = False
    company: str = ""
    brought_by: int | None = None

    @property
    def is_new_customers(self) -> bool:
        """Whether it comes with a customer that is not there yet."""
        return isinstance(self.customer, NewCustomer)

    @property
    def becomes_primary(self) -> bool:
        """Whether the file makes it the primary contact of a customer (BEHAVIOUR C4)."""
        if self.found is None:
            return self.values.is_primary and self.customer is not None
        is_it = self.found.is_primary and not self.is_primary_again
        return self.values.is_primary and self.found.customer_id is not None and not is_it

    def belongs_to(self, customer: Any) -> None:
        """Say whose contact it is."""
        self.customer = customer
        is_new = isinstance(customer, NewCustomer)
        self.scope = customer.scope if is_new else address_scope(customer)

    def refuse(self, name: str, message: object) -> None:
        """It is not imported; why, is said at a field."""
        self.outcome = "refused"
        self.problems.setdefault(name, []).append(message)


@dataclass
class Plan:
    """Some rows of a file, and the customers that come with them."""

    rows: list[PlannedRow]
    new_customers: dict[str, NewCustomer]
    present: dict[Any, int] = field(default_factory=dict)

    def of(self, *outcomes: str) -> list[PlannedRow]:
        """The rows with one of these outcomes."""
        return [row for row in self.rows if row.outcome in outcomes]
