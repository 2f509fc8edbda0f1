"""CRM → Customer contacts: all contacts, found, narrowed and in order, a page at a time (S1).

``visible`` of a :class:`Scope` is always a condition on :class:`Contact`: which ones the asking
staff member may see (BEHAVIOUR S7). Where filters leave no more rows than are counted, they are
found first and put in order then, whatever the order; where they leave more, the rows are close
enough together to be met on the way along the order's index.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session, joinedload, lazyload, load_only
from sqlalchemy.sql.elements import ColumnElement

from ...models import Contact, Customer
from ...models.binding import bound_customer
from .. import keyset
from ..keyset import Place
from . import filters as agent_filters
from .orders import Walk
from .question import ListQuery, Question, Scope, statement_of

__all__ = [
    "CursorUnknown",
    "ListPage",
    "ListQuery",
    "Scope",
    "contact_page",
    "count_matching",
    "matching_ids",
]


@dataclass(frozen=True)
class ListPage:
    """Contacts with their customers loaded; ``first`` is the number of the first one.

    ``total`` is how many there are, or None where they are more than are counted: then
    ``about`` estimates all contacts, where nothing but a common state narrows the list.
    ``before`` and ``after`` are the cursors of the pages before and after this one.
    """

    contacts: list[Contact]
    first: int
    total: int | None
    about: int | None = None
    before: str | None = None
    after: str | None = None


class CursorUnknown(ValueError):
    """A cursor that this list has not signed."""


def contact_page(
    session: Session, scope: Scope, query: ListQuery, columns: Sequence[str] = ()
) -> ListPage:
    """A page of the list; ``columns`` are the contact's columns that are shown.

    Raises :class:`CursorUnknown`.
    """
    asked = Question(session, scope, query)
    few = asked.few()
    walk = asked.walk()
    place = _place_of(query)
    conditions = [Contact.id.in_(few)] if few is not None else asked.conditions()
    found = _read(session, walk, conditions, place, query.backwards, query.size + 1)
    more, found = len(found) > query.size, found[: query.size]
    if query.backwards:
        found.reverse()
    is_all = query.cursor is None and not query.backwards and not more
    total = len(found) if is_all else asked.total(few)
    first = _number_of_first(place, query.backwards, len(found), more)
    has_before = more if query.backwards else place is not None
    has_after = query.backwards or more
    return ListPage(
        contacts=_load(session, [one[-1] for one in found], columns),
        first=first,
        total=total,
        about=asked.about,
        before=_sign(query, first, found[0]) if found and has_before and first > 1 else None,
        after=_sign(query, first + len(found) - 1, found[-1]) if found and has_after else None,
    )


def matching_ids(
    session: Session, scope: Scope, query: ListQuery, after: int = 0, size: int = 500
) -> tuple[list[int], int | None]:
    """The first ``size`` ids after an id, by id, and after which to go on, or None.

    For what is done with all that match, in chunks; the query's order and size do not count.
    """
    asked = Question(session, scope, query)
    statement = agent_filters.narrowed(select(Contact.id), query.filters).where(
        scope.visible, *asked.word_conditions(), Contact.id > after
    )
    found = list(session.scalars(statement.order_by(Contact.id).limit(size + 1)))
    return found[:size], found[size - 1] if len(found) > size else None


def count_matching(session: Session, scope: Scope, query: ListQuery) -> int | None:
    """How many match, up to :data:`MOST_COUNTED`; None: more than that."""
    asked = Question(session, scope, query)
    return asked.total(asked.few())


def _read(
    session: Session,
    walk: Walk,
    conditions: Sequence[ColumnElement[bool]],
    place: Place | None,
    backwards: bool,
    size: int,
) -> list[Any]:
    """Rows of stretch, sort values and id (the last two are the same) from a place on."""
    found: list[Any] = []
    order = range(len(walk))
    start = place.values[0] if place else (len(walk) - 1 if backwards else 0)
    for number in reversed(order[: start + 1]) if backwards else order[start:]:
        stretch = walk[number]
        here = Place(0, place.values[1:]) if place and number == start else None
        statement = keyset.ordered(
            statement_of(stretch, [], conditions), stretch.terms, here, backwards=backwards
        )
        rows = session.execute(statement.limit(size - len(found)))
        found += [(number, *row) for row in rows]
        if len(found) >= size:
            break
    return found


def _place_of(query: ListQuery) -> Place | None:
    if query.cursor is None:
        return None
    place = keyset.read(query.salt, query.cursor)
    if place is None:
        raise CursorUnknown(query.cursor)
    return place


def _sign(query: ListQuery, number: int, row: Any) -> str:
    return keyset.sign(query.salt, Place(number, list(row)))


def _number_of_first(place: Place | None, backwards: bool, count: int, more: bool) -> int:
    if place is None:
        return 1
    if not backwards:
        return place.number + 1
    return max(place.number - count, 1) if more else 1


def _load(session: Session, ids: Sequence[int], columns: Sequence[str]) -> list[Contact]:
    """The contacts in the order of their ids, with the columns wanted and their customers."""
    if not ids:
        return []
    wanted = [getattr(Contact, name) for name in dict.fromkeys(("id", "customer_id", *columns))]
    customer = joinedload(Contact.customer)
    if bound_customer() is None:  # what the name of a host's own is made of, only it knows
        customer = customer.load_only(Customer.company)
    statement = (
        select(Contact)
        .where(Contact.id.in_(ids))
        .options(load_only(*wanted), customer, lazyload(Contact.permissions))
    )
    found = {one.id: one for one in session.scalars(statement)}
    return [found[one] for one in ids if one in found]
