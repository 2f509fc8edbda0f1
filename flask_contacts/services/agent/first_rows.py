"""The beginning of a search for one word: a name, or an address.

The last names that begin with it come first, whatever else is known of the word, and so do the
addresses where it has an ``@`` and begins no name. They are read before anything is asked about
the word, or together with that: where many begin with it, they are the page.
"""

from __future__ import annotations

from collections.abc import Hashable
from functools import cached_property
from typing import Any

from sqlalchemy.sql.elements import ColumnElement

from .listed_rows import Reading, Row
from .orders import Stretch
from .question import Question
from .search_probe import COLUMNS, Probe, answered, questions

_NAME, _, _ADDRESS = COLUMNS


class _Beginning(Question):
    """The search while it is known of one column alone that something begins with the word."""

    def __init__(self, asked: Question, column: str) -> None:
        super().__init__(asked.session, asked.scope, asked.query)
        self.column = column
        self.probed = Probe(frozenset({column}), has_index=False, at_companies=frozenset())

    @cached_property
    def shape(self) -> Hashable | None:
        """What is asked along is a part of it."""
        return super().shape, self.scope.known_by

    def counting(self, few: list[int] | None, stretch: Stretch) -> list[ColumnElement[Any]]:
        """The number, and for an address what is known of it: few have one in common."""
        counted = super().counting(few, stretch)
        if self.column == _NAME:
            return counted
        return [*counted, *questions(self.words, self.scope.known_by, self.dialect)]


def first_rows(asked: Question, reading: Reading) -> list[Row]:
    """The first of them in the order of the walk, at most a page of ``reading`` and one more,
    whose count ``reading`` is told; none where it is no search for one word in a common state
    among all contacts."""
    column = _column(asked)
    if column is None:
        return []
    beginning = Reading(_Beginning(asked, column), None, reading.names)
    found = beginning.rows(None)
    for number, (count, *answers) in beginning.counted.items():
        if answers:
            asked.probed = answered(asked.words, answers)
            if not asked.probed.columns.isdisjoint(COLUMNS[: COLUMNS.index(column)]):
                return []
        reading.counted[number] = (count,)
    return found


def _column(asked: Question) -> str | None:
    """What to look at; None where the search is another."""
    query = asked.query
    is_alone = asked.is_found_by_walking and len(asked.words) == 1
    is_of_all = asked.scope.is_everything and not query.filters.are_narrow
    is_first = query.cursor is None and not query.backwards
    if not (is_alone and is_of_all and is_first):
        return None
    text = asked.words[0].text
    return _NAME if text.isalpha() else _ADDRESS if "@" in text else None
