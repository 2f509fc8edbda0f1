"""Which of a host's records the visitor sees, and how they are found."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Select, false, func, or_, select

from ..state import current_contacts
from . import columns
from .listing import ListArguments
from .visit import current_contact

_SCOPED = "flask_contacts_scoped"


@dataclass(frozen=True)
class Scope:
    """Whose records a module shows: the customer's, or with ``contact_column`` one's own."""

    customer_column: str
    contact_column: str | None = None

    def of(self, statement: Select[Any], model: type) -> Select[Any]:
        """``statement`` for the signed-in contact alone; once, however often it is called."""
        if statement.get_execution_options().get(_SCOPED):
            return statement
        statement = statement.execution_options(**{_SCOPED: True})
        # Without this the condition would be IS NULL, and such rows may well exist.
        if not current_contact or current_contact.customer_id is None:
            return statement.where(false())
        owner = getattr(model, self.customer_column)
        statement = statement.where(owner == current_contact.customer_id)
        if self.contact_column is None or current_contact.is_primary:
            return statement
        return statement.where(getattr(model, self.contact_column) == current_contact.id)


def search(
    statement: Select[Any], model: type, names: Sequence[str], words: Sequence[str]
) -> Select[Any]:
    """Only rows that hold every word, each in one of the columns ``names``."""
    for word in words:
        statement = statement.where(
            or_(false(), *(columns.contains(model, name, word) for name in names))
        )
    return statement


def ordered(
    statement: Select[Any],
    model: type,
    arguments: ListArguments,
    base_order: tuple[str, str] | None,
) -> Select[Any]:
    """The rows in the order asked for, else in the view's own.

    The key comes last, so that rows that are equal stay on their pages.
    """
    key = columns.key_column(model)
    if arguments.order is not None:
        name, is_falling = arguments.order, arguments.descending
    else:
        name, direction = base_order or (key, "desc")
        is_falling = direction == "desc"
    column = getattr(model, name)
    chosen = column.desc() if is_falling else column.asc()
    return statement.order_by(None).order_by(chosen, getattr(model, key).desc())


def load(statement: Select[Any], model: type, names: Iterable[str]) -> list[Any]:
    """The rows, with every relationship that the columns ``names`` go through."""
    statement = statement.options(*columns.loading(model, names))
    return list(current_contacts.session.scalars(statement).unique())


def count(statement: Select[Any], limit: int) -> int:
    """How many rows there are; counting stops at ``limit``."""
    counted = statement.order_by(None).limit(limit).subquery()
    return int(current_contacts.session.scalar(select(func.count()).select_from(counted)) or 0)
