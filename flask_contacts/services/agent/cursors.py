"""Where a page of the list of all contacts starts, as an address carries it.

A place is a stretch of a walk and the sort values there. Walks differ by order and by what is
searched for, so a cursor belongs to both: in another walk the same stretch is another one.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from .. import keyset
from ..keyset import Place
from .question import ListQuery
from .search_words import LONGEST


class CursorUnknown(ValueError):
    """A cursor that this list has not signed."""


def place_of(query: ListQuery) -> Place | None:
    """The place that the query's cursor names; None without one. Raises CursorUnknown."""
    if query.cursor is None:
        return None
    place = keyset.read(_salt_of(query), query.cursor)
    if place is None or not place.values:
        raise CursorUnknown(query.cursor)
    return place


def sign(query: ListQuery, number: int, values: Sequence[Any]) -> str:
    """The cursor of the contact with that number: its stretch and its sort values there."""
    return keyset.sign(_salt_of(query), Place(number, values))


def require_values(values: int, terms: Sequence[keyset.Term]) -> None:
    """A place has a value for each term of its stretch: another has one of an older walk."""
    if values != len(terms):
        raise CursorUnknown(f"{values} values for {len(terms)} terms")


def _salt_of(query: ListQuery) -> str:
    direction = "desc" if query.descending else "asc"
    order = query.order or ("found" if query.search else "name")
    salt = f"agent_list.{order}.{direction}"
    return f"{salt}.{query.search[:LONGEST]!a}" if query.search else salt
