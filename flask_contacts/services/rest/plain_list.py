"""The list that programs read most, page after page: all contacts of a state, in order.

Making a statement takes as long as running it, so here each is made once for each shape, with
the place and the size left open. It is what ``services.agent`` would make of the same question.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from typing import Any

from sqlalchemy import Select, bindparam, select
from sqlalchemy.orm import Session
from sqlalchemy.types import NULLTYPE

from ...models import Contact
from .. import keyset
from ..agent.cursors import require_values
from ..agent.filters import Filters
from ..agent.listing import ListQuery, Scope
from ..agent.search_index import dialect_of
from ..keyset import Place
from .contact_columns import COLUMNS

_C: Any = Contact.__table__.c
_ORDERS = {"name": ("lastname_key", "firstname_key", "id"), "created": ("created_at", "id")}
#: By the words of ``agent.filters.STATES``.
_STATES: dict[str, tuple[Any, ...]] = {
    "active": (_C.active,),
    "inactive": (~_C.active, _C.archived_at.is_(None)),
    "archived": (~_C.active, _C.archived_at.is_not(None)),
    "all": (),
}
_SIZE = "size"


def is_plain(scope: Scope, query: ListQuery) -> bool:
    """Whether nothing but a state narrows the list, and the order is one walk."""
    return (
        scope.is_everything
        and not query.search
        and (query.order or "name") in _ORDERS
        and query.filters == Filters(query.filters.state)
    )


def plain_rows(
    session: Session, query: ListQuery, names: Sequence[str], place: Place | None
) -> Sequence[Any]:
    """The columns, the id and the sort values of one row more than a page."""
    order, values = query.order or "name", place.values[1:] if place else ()
    statement = _statement(
        tuple(names),
        order,
        query.descending,
        query.filters.state,
        dialect_of(session),
        len(values),
    )
    given = {_value(index): value for index, value in enumerate(values)}
    return session.execute(statement, {**given, _SIZE: query.size + 1}).all()


@lru_cache(maxsize=256)
def _statement(
    names: Sequence[str], order: str, falling: bool, state: str, dialect: str, values: int
) -> Select[Any]:
    terms = [
        keyset.term(_C[name], _C[name].type, dialect, falling=falling, nullable=False)
        for name in _ORDERS[order]
    ]
    place = None
    if values:
        require_values(values, terms)
        place = Place(0, [bindparam(_value(index), type_=NULLTYPE) for index in range(values)])
    query = select(*(COLUMNS[name] for name in names), _C.id).where(*_STATES[state])
    return keyset.ordered(query, terms, place).limit(bindparam(_SIZE))


def _value(index: int) -> str:
    return f"value_{index}"
