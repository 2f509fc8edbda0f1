"""The contacts that are asked for, gathered in no order by the indexes of what is looked for."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING, Any

from sqlalchemy import Select, literal, select
from sqlalchemy.sql.elements import ColumnElement

from ...models import Contact
from . import filters as agent_filters
from .orders import Stretch, statement_of
from .search_ways import Way, common_words, in_row, ways

if TYPE_CHECKING:
    from .question import Question


class Gathering:
    """What gathers the contacts that ``asked`` is about."""

    def __init__(self, asked: Question) -> None:
        self.asked = asked

    @property
    def is_possible(self) -> bool:
        """Whether what is read in an order can be gathered as well. A problem of all contacts
        is not: it is looked for in each."""
        asked = self.asked
        is_problem = asked.query.filters.problem is not None and not asked.words
        return asked.is_narrow and not asked.is_found_by_walking and not is_problem

    def statements(
        self, columns: list[Any], stretch: Stretch, *, few: bool = False
    ) -> list[Select[Any]]:
        """Statements that together give each row of a stretch that matches once; ``few`` for the
        first that are met."""
        found = []
        for way in self._ways(few=few):
            query = statement_of(stretch._replace(fts=way.fts), columns, way.conditions)
            narrowed = agent_filters.narrowed(query, self.asked.query.filters)
            found.append(narrowed.where(self.asked.scope.visible))
        return found

    def some_ids(self, most: int) -> list[Select[Any]]:
        """Statements that give the ids of the first, at most so many each."""
        limit: Any = most
        if self.asked.dialect == "postgresql":  # it would look through the table for a known number
            limit = select(literal(most)).scalar_subquery()
        return [one.limit(limit) for one in self.statements([Contact.id], Stretch(()), few=True)]

    def row_conditions(self) -> list[ColumnElement[bool]]:
        """A condition for each word, as it is read in a row."""
        asked = self.asked
        about = asked.companies_about
        return [in_row(word, about, asked.dialect, asked.indexed) for word in asked.words]

    @cached_property
    def common(self) -> frozenset[int]:
        """The places of the words that many contacts hold, which an index would all list."""
        asked = self.asked
        return common_words(asked.session, asked.words if asked.indexed else [], asked.dialect)

    @property
    def are_all_common(self) -> bool:
        """Whether no word is left that an index may be asked for instead."""
        return bool(self.common) and len(self.common) == len(self.asked.words)

    def _ways(self, *, few: bool) -> list[Way]:
        asked = self.asked
        if not asked.words:
            return [Way()]
        if asked.query.filters.company is not None and asked.dialect != "postgresql":
            return [Way(tuple(self.row_conditions()))]  # a company's are few
        common = frozenset() if self.are_all_common else self.common
        about, indexed = asked.companies_about, asked.indexed
        return ways(asked.words, about, asked.dialect, indexed, common, few=few)
