"""One page of a query's records, and the ways to the pages before and after it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Column, ColumnElement, Select, UnaryExpression, inspect as sa_inspect
from sqlalchemy.sql import operators
from werkzeug.exceptions import NotFound

from ...services import keyset
from ...services.keyset import Place, Term
from ...state import current_contacts
from . import columns


@dataclass(frozen=True)
class Position:
    """Where a page starts: after ``place``, or with ``backwards`` before it."""

    place: Place | None = None
    backwards: bool = False


@dataclass(frozen=True)
class Order:
    """How rows are ordered; ``salt`` names the list and the order, so that a place of one
    list is none in another."""

    terms: tuple[Term, ...]
    salt: str

    def position(self, after: str | None, before: str | None) -> Position:
        """The position that an address names; 404 for one that we did not write."""
        token = after or before
        if not token:
            return Position()
        place = keyset.read(self.salt, token, len(self.terms))
        if place is None or (after and before):
            raise NotFound
        return Position(place, backwards=bool(before))


@dataclass(frozen=True)
class Page:
    """Some records in order; ``first`` is the number of the first one.

    ``before`` and ``after`` are the tokens of the neighbouring pages, None where there is
    none. ``end`` is the place to go on from, None at the end.
    """

    records: list[Any]
    first: int
    before: str | None
    after: str | None
    end: Place | None = None
    is_beyond: bool = False


def order_by(model: type, name: str, *, falling: bool, salt: str) -> Order:
    """Rows ordered by the column ``name``, then by their key in the same direction.

    The same direction, because an index serves both at once then.
    """
    key = columns.key_column(model)
    names = (name,) if name == key else (name, key)
    terms = tuple(_term(model, getattr(model, one), falling=falling) for one in names)
    return Order(terms, f"{salt}.{name}.{'desc' if falling else 'asc'}")


def order_of(model: type, clauses: Iterable[Any], salt: str) -> Order:
    """The order that a relationship's ``order_by`` gives, then that of the key."""
    terms = [_clause_term(model, clause) for clause in clauses]
    key = getattr(model, columns.key_column(model))
    falls = bool(terms) and terms[-1].is_falling
    return Order((*terms, _term(model, key, falling=falls)), salt)


def page_of(
    statement: Select[Any],
    model: type,
    names: Sequence[str],
    order: Order,
    position: Position,
    size: int,
) -> Page:
    """The records of one page, with the relationships that ``names`` go through loaded."""
    place = position.place
    wanted = keyset.ordered(statement, order.terms, place, backwards=position.backwards)
    wanted = wanted.limit(size + 1).options(*columns.loading(model, names))
    rows: Sequence[Any] = current_contacts.session.execute(wanted).unique().all()
    has_more, rows = len(rows) > size, rows[:size]
    if position.backwards:
        rows = rows[::-1]
    if place is None:
        first = 1
    else:
        first = max(2, place.number - len(rows) if position.backwards else place.number + 1)
    width = len(order.terms)
    places = [Place(first + index, row[-width:]) for index, row in enumerate(rows)]
    return Page(
        records=[row[0] for row in rows],
        first=first,
        before=_token(order, places[:1]) if place is not None else None,
        after=_token(order, places[-1:]) if has_more or position.backwards else None,
        end=places[-1] if has_more and not position.backwards else None,
        is_beyond=place is not None and not (has_more if position.backwards else rows),
    )


def page_or_first(
    statement: Select[Any],
    model: type,
    names: Sequence[str],
    order: Order,
    position: Position,
    size: int,
) -> Page:
    """As :func:`page_of`; the first page where the position is beyond an end.

    So it is where rows have gone since the address was made, and where less than a page
    is left before it: the first page is always a full one.
    """
    page = page_of(statement, model, names, order, position, size)
    if page.is_beyond:
        return page_of(statement, model, names, order, Position(), size)
    return page


def _token(order: Order, places: Sequence[Place]) -> str | None:
    return keyset.sign(order.salt, places[0]) if places else None


def _term(model: type, attribute: Any, *, falling: bool) -> Term:
    column = attribute.property.columns[0]
    nullable = bool(getattr(column, "nullable", True)) and not getattr(column, "primary_key", False)
    return keyset.term(attribute, column.type, _dialect(model), falling=falling, nullable=nullable)


def _clause_term(model: type, clause: Any) -> Term:
    falls = False
    while isinstance(clause, UnaryExpression) and clause.modifier is not None:
        falls = falls or clause.modifier is operators.desc_op
        clause = clause.element
    column: ColumnElement[Any] = clause
    is_required = isinstance(column, Column) and not column.nullable
    return keyset.term(
        column, column.type, _dialect(model), falling=falls, nullable=not is_required
    )


def _dialect(model: type) -> str:
    return current_contacts.session.get_bind(sa_inspect(model)).dialect.name
