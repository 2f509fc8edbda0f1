"""The bundled customers as rows of named columns, by company, a page at a time."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import TYPE_CHECKING, Any

from sqlalchemy import Select
from sqlalchemy.orm import Session

from ...later import later
from ...models import Customer
from ...models.search_keys import folded
from .. import keyset
from ..customers.bundled import COLUMNS as WRITABLE
from ..keyset import Place
from .rows_page import RowsPage

if TYPE_CHECKING:
    from ..agent import cursors, search_words
else:
    cursors = later("services.agent.cursors")
    search_words = later("services.agent.search_words")


#: All columns that can be asked for, by name.
NAMES = ("id", *WRITABLE, "created_at")
_SALT = "rest.customers"


def columns() -> Mapping[str, Any]:
    """The bundled model's columns; a host's own customers have others."""
    return {name: getattr(Customer, name) for name in NAMES}


def customer_rows(
    session: Session,
    query: Select[Any],
    names: Collection[str] = NAMES,
    *,
    search: str = "",
    cursor: str | None = None,
    size: int = 25,
) -> RowsPage:
    """A page of the customers of ``query``, which says who may be seen.

    ``search`` is how the company begins, whatever its case. Raises :class:`CursorUnknown`.
    """
    place = None
    if cursor is not None:
        place = keyset.read(_SALT, cursor, 2)
        if place is None:
            raise cursors.CursorUnknown(cursor)
    dialect = session.get_bind().dialect.name
    terms = [
        keyset.term(column, column.type, dialect, falling=False, nullable=False)
        for column in (Customer.company_key, Customer.id)
    ]
    wanted = query.with_only_columns(*(columns()[name] for name in names))
    if search:
        wanted = wanted.where(search_words.begins(Customer.company_key, folded(search)))
    found = session.execute(keyset.ordered(wanted, terms, place).limit(size + 1)).all()
    shown = found[:size]
    more = len(found) > size
    after = keyset.sign(_SALT, Place(0, list(shown[-1][-len(terms) :]))) if more else None
    return RowsPage(tuple(names), shown, after)
