"""CRM → Customer contacts: all contacts, found, narrowed and in order, a page at a time (S1).

``visible`` of a :class:`Scope` is always a condition on :class:`Contact`: which ones the asking
staff member may see (BEHAVIOUR S7). Where filters leave no more rows than are counted, they are
found first and put in order then, whatever the order; where they leave more, the rows are close
enough together to be met on the way along the order's index.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from types import SimpleNamespace
from typing import Any, NamedTuple

from sqlalchemy import Subquery, inspect, select
from sqlalchemy.orm import Session
from sqlalchemy.sql.elements import ColumnElement

from ...models import Contact, Customer
from ...models.binding import bound_customer
from .. import keyset
from ..keyset import Place
from .orders import Walk
from .question import ListQuery, Question, Scope, statement_of

#: What every row has.
ALWAYS = ("id", "customer_id", "firstname", "lastname")

__all__ = [
    "CursorUnknown",
    "ListPage",
    "ListQuery",
    "Scope",
    "contact_page",
    "count_matching",
    "matching_ids",
]


class Listed(SimpleNamespace):
    """A contact as the list shows it: the columns that were asked for, and the customer, or
    what stands for a bundled one in words. No object of the session: twice as quick to read."""

    customer: Any

    @property
    def name(self) -> str:
        """First and last name."""
        return f"{self.firstname} {self.lastname}"


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
    reading = _Reading(session, query.backwards, query.size + 1, columns)
    found = reading.rows(walk, conditions, place, asked.counting(few))
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
    statement = asked.narrowed(select(Contact.id)).where(Contact.id > after)
    found = list(session.scalars(statement.order_by(Contact.id).limit(size + 1)))
    return found[:size], found[size - 1] if len(found) > size else None


def count_matching(session: Session, scope: Scope, query: ListQuery) -> int | None:
    """How many match, up to :data:`MOST_COUNTED`; None: more than that."""
    asked = Question(session, scope, query)
    return asked.total(asked.few())


class _Row(NamedTuple):
    """A contact, and where it stands: the stretch and its sort values, the id last."""

    contact: Listed
    place: tuple[Any, ...]


class _Reading:
    """Reads a walk from a place on; ``counted`` is what was counted along with the first rows."""

    def __init__(
        self, session: Session, backwards: bool, size: int, columns: Sequence[str]
    ) -> None:
        self.session, self.backwards, self.size = session, backwards, size
        self.names = list(dict.fromkeys((*ALWAYS, *columns)))
        self.counted: Sequence[Any] | None = None

    def rows(
        self,
        walk: Walk,
        conditions: Sequence[ColumnElement[bool]],
        place: Place | None,
        counting: Sequence[ColumnElement[Any]],
    ) -> list[_Row]:
        """As many rows as are wanted, of one stretch after the other."""
        found: list[_Row] = []
        order = range(len(walk))
        start = place.values[0] if place else (len(walk) - 1 if self.backwards else 0)
        for number in reversed(order[: start + 1]) if self.backwards else order[start:]:
            here = Place(0, place.values[1:]) if place and number == start else None
            statement = keyset.ordered(
                statement_of(walk[number], [], conditions),
                walk[number].terms,
                here,
                backwards=self.backwards,
            )
            page = statement.limit(self.size - len(found)).subquery("page")
            wanted = counting if number == start else ()
            found += self._read(number, page, walk[number].terms, wanted)
            if len(found) >= self.size:
                break
        return found

    def _read(
        self,
        number: int,
        page: Subquery,
        terms: Sequence[keyset.Term],
        counting: Sequence[ColumnElement[Any]],
    ) -> Iterator[_Row]:
        """The contacts of ``page`` in its order: they and their customers are looked up for
        its few rows, after it was cut."""
        places, contact = list(page.c), Contact.__table__
        order = [
            column.desc() if one.is_falling != self.backwards else column.asc()
            for column, one in zip(places, terms, strict=True)
        ]
        columns = [contact.c[name] for name in self.names]
        source = page.join(contact, contact.c.id == places[-1])
        if bound_customer() is None:  # what the name of a host's own is made of, only it knows
            customer = Customer.__table__
            source = source.outerjoin(customer, customer.c.id == contact.c.customer_id)
            columns.append(customer.c.company.label("customer"))
        statement = select(*columns, *places, *counting).select_from(source).order_by(*order)
        names, end = [column.name for column in columns], len(columns) + len(places)
        for row in self.session.execute(statement):
            self.counted = row[end:] or self.counted
            contact_row = Listed(**dict(zip(names, row, strict=False)))
            yield _Row(contact_row, (number, *row[len(names) : end]))


def _listed(session: Session, found: Sequence[_Row]) -> list[Listed]:
    contacts = [one.contact for one in found]
    if bound_customer() is not None:
        key = inspect(Customer).primary_key[0]
        keys = {one.customer_id for one in contacts if one.customer_id is not None}
        customers = session.scalars(select(Customer).where(key.in_(keys))) if keys else ()
        by_key = {inspect(one).identity[0]: one for one in customers}
        for one in contacts:
            one.customer = by_key.get(one.customer_id)
    return contacts


def _place_of(query: ListQuery) -> Place | None:
    if query.cursor is None:
        return None
    place = keyset.read(query.salt, query.cursor)
    if place is None:
        raise CursorUnknown(query.cursor)
    return place


def _sign(query: ListQuery, number: int, row: _Row) -> str:
    return keyset.sign(query.salt, Place(number, row.place))


def _number_of_first(place: Place | None, backwards: bool, count: int, more: bool) -> int:
    if place is None:
        return 1
    if not backwards:
        return place.number + 1
    return max(place.number - count, 1) if more else 1
