"""What is asked of the list of all contacts, and how many contacts answer it.

Counting stops at :data:`MOST_COUNTED`.
"""

from __future__ import annotations

from collections.abc import Hashable, Mapping, Sequence
from functools import cached_property
from typing import Any

from sqlalchemy import Select, func, select
from sqlalchemy.orm import Session
from sqlalchemy.sql.elements import ColumnElement

from ...config import setting
from ...models import Contact
from ...models.binding import bound_customer
from . import filters as agent_filters, search_index
from .filters import Filters
from .gathering import Gathering
from .list_query import SIZES, ListQuery, Scope
from .made_statements import dropped_if_failing, made_once
from .orders import (
    Stretch,
    Walk,
    any_place,
    company_name_of,
    order_walk,
    search_walk,
    statement_of,
)
from .row_estimate import row_estimate
from .search_probe import Probe, probe
from .search_words import Word, keys_about, words_of

__all__ = ["MOST_COUNTED", "SIZES", "ListQuery", "Question", "Scope"]

#: Nothing is counted any further.
MOST_COUNTED = 1000
#: Among so many of the newest contacts a problem is looked for that many may have.
_FIRST_LOOK = 10_000


class Question:
    """A query, and what is known of its answer so far."""

    def __init__(self, session: Session, scope: Scope, query: ListQuery) -> None:
        self.session, self.scope, self.query = session, scope, query
        self.dialect = search_index.dialect_of(session)
        self.words: list[Word] = words_of(query.search, setting("PHONE_REGION"))
        self.about: int | None = None
        self._are_many = False
        self.gathering = Gathering(self)
        self._companies: dict[tuple[str, ...], Sequence[Any]] = {}

    @cached_property
    def probed(self) -> Probe:
        """What is known of the words before they are looked for."""
        return probe(self.session, self.words, self.scope.known_by)

    @cached_property
    def indexed(self) -> bool:
        """Whether the words can be looked for by the search index."""
        return bool(self.words) and self.probed.has_index

    @cached_property
    def shape(self) -> Hashable | None:
        """What its statements look like, but for :attr:`values`; None where more stands in them
        than the words, a state and an order."""
        query, filters = self.query, self.query.filters
        is_of_host = query.order == "company" and bound_customer() is not None
        if not self.scope.is_everything or filters != Filters(filters.state) or is_of_host:
            return None
        words = tuple(map(self._shape_of, self.words))
        way = self.probed if self.is_found_by_walking else (self.indexed, self.gathering.common)
        of_query = (filters.state, query.order, query.descending)
        return self.dialect, *of_query, words, way, MOST_COUNTED

    def shape_with(self, few: list[int] | None) -> Hashable | None:
        """The same of the rows' statements: where all that match are known, they are the rows,
        whatever was asked for."""
        if few is None:
            return self.shape
        is_of_host = self.query.order == "company" and bound_customer() is not None
        of_few = (self.dialect, self.query.order, self.query.descending)
        return None if is_of_host else ("few", of_few)

    @cached_property
    def values(self) -> dict[str, Any]:
        """What its statements compare with, by name."""
        found: dict[str, Any] = {}
        for word in self.words:
            found |= word.values
            found |= search_index.values_of(word, self.dialect)
            found[word.named("companies")] = keys_about(word, self.companies_about)
        return found

    @property
    def is_narrow(self) -> bool:
        """Whether few may match: then all that do are found first."""
        return self.query.filters.are_narrow or bool(self.words) or not self.scope.is_everything

    def conditions(self) -> list[ColumnElement[bool]]:
        """Filters and visibility; the words as well, where the walk does not look for them: as
        conditions of rows that are met on the way."""
        narrowing = agent_filters.conditions(self.query.filters, self.dialect)
        found = [self.scope.visible, *narrowing]
        return found if self.is_found_by_walking else [*found, *self.gathering.row_conditions()]

    def word_conditions(self) -> list[ColumnElement[bool]]:
        """A condition for each word: it stands somewhere in the contact."""
        about, dialect, indexed = self.companies_about, self.dialect, self.indexed
        return [any_place(word, about, dialect, indexed) for word in self.words]

    def walk(self) -> Walk:
        """The walk to read."""
        if self.is_found_by_walking:
            return self._search_walk()
        order, falling = self.query.order or "name", self.query.descending
        names = company_name_of(self.scope.company_columns()) if order == "company" else None
        return order_walk(order, self.dialect, names, falling=falling)

    def few(self) -> list[int] | None:
        """Those that match, where the filters may leave few and do leave no more than are
        counted: among them only the order has to be found."""
        if self.is_found_by_walking or not self.is_narrow:
            return None
        if (self._is_problem_of_all or self.gathering.are_all_common) and self._many_have_it:
            self._are_many = True
            return None
        some, most = self.gathering.some_ids, MOST_COUNTED + 1
        ids: list[int] = []
        for statement in some(most) if self.words else [self._some(select(Contact.id)).select()]:
            if len(ids) <= MOST_COUNTED:
                ids += self.session.scalars(statement, self.values)
        self._are_many = len(ids) > MOST_COUNTED
        return None if self._are_many else ids

    def narrowed(self, query: Select[Any]) -> Select[Any]:
        """``query`` with all that is asked for, where its rows are wanted in no order."""
        everywhere = self._is_problem_of_all and not self._many_have_it
        dialect = self.dialect if everywhere else None
        narrowed = agent_filters.narrowed(query, self.query.filters, dialect)
        return narrowed.where(self.scope.visible, *self.word_conditions())

    def counting(self, few: list[int] | None, stretch: Stretch) -> list[ColumnElement[Any]]:
        """What a page's statement may count along with the rows of a stretch: the number that
        match and about how many there are in all, or of a search the number in the stretch.
        Nothing where that would be more to do than it is."""
        if self.is_found_by_walking:
            quickly = self.is_plain(stretch)
            return [self._counting_of(stretch).scalar_subquery()] if quickly else []
        if few is not None or self.is_narrow:
            return []
        counted = select(func.count()).select_from(self._some(select(Contact.id)))
        return [counted.scalar_subquery(), row_estimate(self.session, Contact)]

    def total(
        self, few: list[int] | None, counted: Mapping[int, Sequence[Any]] | None = None
    ) -> int | None:
        """How many match; None: more than are counted. ``counted`` is what :meth:`counting`
        has found, by the numbers of the stretches."""
        if few is not None:
            return len(few)
        if self.is_found_by_walking:
            return self._count_found({number: one[0] for number, one in (counted or {}).items()})
        if self._are_many:
            return None
        found = next(iter(counted.values()), None) if counted else None
        return self._few_or_about(*(found or self._count_all(select(Contact.id))))

    @property
    def is_found_by_walking(self) -> bool:
        """Whether the order is that of what fits the words best."""
        return bool(self.words) and self.query.order is None

    def _shape_of(self, word: Word) -> Hashable:
        held = search_index.shape_of(word, self.dialect)
        return word.shape, held, bool(keys_about(word, self.companies_about))

    def is_plain(self, stretch: Stretch) -> bool:
        """Whether nothing but a common state, and one word that it begins with, narrows what is
        read along the index of a stretch."""
        is_common = self.shape is not None and not self.query.filters.are_narrow
        words = int(self.is_found_by_walking)
        return stretch.is_span and is_common and len(self.words) == words

    @property
    def _is_problem_of_all(self) -> bool:
        alone = self.query.filters.are_a_problem_alone and not self.words
        return alone and self.scope.is_everything

    @cached_property
    def _many_have_it(self) -> bool:
        """Whether the newest contacts alone are more than are counted."""
        newest = select(Contact.id).order_by(Contact.id.desc()).limit(_FIRST_LOOK).subquery()
        some = (
            select(Contact.id)
            .join(newest, newest.c.id == Contact.id)
            .where(*self.conditions())
            .limit(MOST_COUNTED + 1)
        )
        counted = select(func.count()).select_from(some.subquery())
        return int(self.session.scalar(counted) or 0) > MOST_COUNTED

    def _count_all(self, query: Select[Any]) -> Sequence[Any]:
        counted = select(func.count()).select_from(self._some(query)).scalar_subquery()
        return self.session.execute(select(counted, row_estimate(self.session, Contact))).one()

    def _few_or_about(self, number: int, about: Any) -> int | None:
        """The number, or None and about how many there are."""
        if number <= MOST_COUNTED:
            return int(number)
        self.about = int(about) if about is not None and about > MOST_COUNTED else None
        return None

    def _some(self, query: Select[Any]) -> Any:
        """As many as are counted, and one more, in whatever order is quickest."""
        return self.narrowed(query).limit(MOST_COUNTED + 1).subquery()

    def _count_found(self, known: Mapping[int, int]) -> int | None:
        total = sum(known.values())
        if total > MOST_COUNTED:  # and nothing more has to be known of the words
            return None
        key = None if self.shape is None else ("count", self.shape)
        with dropped_if_failing(key):
            for number, statement in made_once(key, self._counting_found):
                if number not in known and total <= MOST_COUNTED:
                    total += int(self.session.scalar(statement, self.values) or 0)
        return total if total <= MOST_COUNTED else None

    def _counting_found(self) -> list[tuple[int, Select[Any]]]:
        walk = self._search_walk()
        return [(n, self._counting_of(one)) for n, one in enumerate(walk) if not one.is_void]

    def _counting_of(self, stretch: Stretch) -> Select[Any]:
        some = statement_of(stretch, [Contact.id], self.conditions()).limit(MOST_COUNTED + 1)
        return select(func.count()).select_from(some.subquery())

    def _search_walk(self) -> Walk:
        return search_walk(self.words, self.companies_about, self.dialect, self.probed)

    def companies_about(self, texts: tuple[str, ...]) -> Sequence[Any]:
        """The keys of the companies that the texts of a word are about; asked for once."""
        if texts not in self._companies:
            place = next(word.place for word in self.words if word.text == texts[0])
            is_known = place in self.probed.at_companies
            self._companies[texts] = self.scope.companies(texts) if is_known else ()
        return self._companies[texts]
