"""CRM → Customer contacts: all contacts, found, narrowed and in order, a page at a time (S1).

``visible`` of a :class:`Scope` is always a condition on :class:`Contact`: which ones the asking
staff member may see (BEHAVIOUR S7). Where filters leave no more rows than are counted, they are
found first and put in order then, whatever the order; where they leave more, the rows are close
enough together to be met on the way along the order's index.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import inspect, select
from sqlalchemy.orm import Session

from ...models import Contact, Customer
from ...models.binding import bound_customer
from ..keyset import Place
from .cursors import CursorUnknown, place_of, sign
from .first_rows import first_rows
from .listed_rows import Listed, Reading, Row
from .question import ListQuery, Question, Scope

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
    """Contacts with their customers; ``first`` is the number of the first one.

    ``total`` is how many there are, or None where they are more than are counted: then
    ``about`` estimates all contacts, where nothing but a common state narrows the list.
    ``before`` and ``after`` are the cursors of the pages before and after this one.
    """

    contacts: list[Listed]
    first: int
    total: int | None
    about: int | None = None
    before: str | None = None
    after: str | None = None


def contact_page(
    session: Session, scope: Scope, query: ListQuery, columns: Sequence[str] = ()
) -> ListPage:
    """A page of the list; ``columns`` are the contact's columns that are shown.

    Raises :class:`CursorUnknown`.
    """
    asked = Question(session, scope, query)
    place = place_of(query)
    few = asked.few()
    reading = Reading(asked, few, columns)
    found = reading.rows(place, first_rows(asked, reading))
    more, found = len(found) > query.size, found[: query.size]
    if query.backwards:
        found.reverse()
    is_all = query.cursor is None and not query.backwards and not more
    total = len(found) if is_all else asked.total(few, reading.counted)
    first = _number_of_first(place, query.backwards, len(found), more)
    has_before = more if query.backwards else place is not None
    has_after = query.backwards or more
    return ListPage(
        contacts=_listed(session, found),
        first=first,
        total=total,
        about=asked.about,
        before=sign(query, first, found[0].place) if found and has_before else None,
        after=sign(query, first + len(found) - 1, found[-1].place) if found and has_after else None,
    )


def matching_ids(
    session: Session, scope: Scope, query: ListQuery, after: int = 0, size: int = 500
) -> tuple[list[int], int | None]:
    """The first ``size`` ids after an id, by id, and after which to go on, or None.

    For what is done with all that match, in chunks; the query's order and size do not count.
    """
    asked = Question(session, scope, query)
    statement = asked.narrowed(select(Contact.id)).where(Contact.id > after)
    found = list(session.scalars(statement.order_by(Contact.id).limit(size + 1)))
    return found[:size], found[size - 1] if len(found) > size else None


def count_matching(session: Session, scope: Scope, query: ListQuery) -> int | None:
    """How many match, up to :data:`MOST_COUNTED`; None: more than that."""
    asked = Question(session, scope, query)
    return asked.total(asked.few())


def _listed(session: Session, found: Sequence[Row]) -> list[Listed]:
    contacts = [one.contact for one in found]
    if bound_customer() is not None:
        key = inspect(Customer).primary_key[0]
        keys = {one.customer_id for one in contacts if one.customer_id is not None}
        customers = session.scalars(select(Customer).where(key.in_(keys))) if keys else ()
        by_key = {inspect(one).identity[0]: one for one in customers}
        for one in contacts:
            one.customer = by_key.get(one.customer_id)
    return contacts


def _number_of_first(place: Place | None, backwards: bool, count: int, more: bool) -> int:
    if place is None:
        return 1
    if not backwards:
        return place.number + 1
    return max(place.number - count, 2) if more else 1  # rows came before it meanwhile
