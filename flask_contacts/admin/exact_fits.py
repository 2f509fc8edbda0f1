"""Records that are called exactly as somebody typed: looked for before those that hold it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from sqlalchemy import Enum, String, case, or_
from sqlalchemy.sql.elements import ColumnElement

from ..models.letter_case import spellings
from ..models.search_keys import folded


def is_called(record: Any, text: str) -> bool:
    """Whether this is the record's name; neither case nor accents count."""
    name = folded(text)
    return bool(name) and folded(str(record)) == name


def is_text(column: Any) -> bool:
    """Whether texts can be looked for in this column of a mapper."""
    kind = column.columns[0].type
    return isinstance(kind, String) and not isinstance(kind, Enum)


def holds(columns: Iterable[Any], text: str) -> ColumnElement[bool]:
    """One of the columns holds this text, in whatever case."""
    ways = spellings(text)
    return or_(*(one.icontains(way, autoescape=True) for one in columns for way in ways))


def exact_fits(
    query: Any, places: Sequence[ColumnElement[bool]], text: str, order: Any, most: int
) -> list[Any]:
    """The records of a query that are called so, at most ``most`` of them.

    Each of ``places`` is a condition that such a name fits, the likeliest first. A single record
    is told only where the place that it was found in was read to its end: of two that are called
    so, none is ever given for the one.
    """
    if not places or not folded(text):
        return []
    ranked = case(*((one, rank) for rank, one in enumerate(places)), else_=len(places))
    rank = ranked.label("exact_fit_rank")
    ordered = query.filter(or_(*places)).add_columns(rank).order_by(None).order_by(rank, order)
    rows = ordered.limit(most).all()
    found = {id(record): (record, at) for record, at in rows if is_called(record, text)}
    fits = list(found.values())
    if len(fits) == 1 and len(rows) == most and fits[0][1] == rows[-1][1]:
        return []
    return [record for record, _at in fits]
