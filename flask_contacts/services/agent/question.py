"""What is asked of the list of all contacts, and how many contacts answer it.

Counting stops at :data:`MOST_COUNTED`.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from sqlalchemy import Select, func, select, true
from sqlalchemy.orm import Session
from sqlalchemy.sql.elements import ColumnElement

from ...config import setting
from ...models import Contact
from ...models.binding import bound_customer
from . import filters as agent_filters, search_index
from .filters import Filters
from .made_statements import dropped_if_failing, made_once
from .orders import Walk, any_place, company_name_of, order_walk, search_walk, statement_of
from .row_estimate import row_estimate
from .search_probe import Probe, probe
from .search_words import Companies, Word, keys_about, words_of

#: Nothing is counted any further.
MOST_COUNTED = 1000
#: Among so many of the newest contacts a problem is looked for that many may have.
_FIRST_LOOK = 10_000
SIZES = (25, 50, 100)


@dataclass(frozen=True)
class ListQuery:
    """What somebody asks of the list.

    ``order`` is a name of ``agent_orders.ORDERS``, or None for the order of what fits best
    (by name where nothing is searched for). ``cursor`` is a token of a :class:`ListPage` of
    the same search and order; with ``backwards`` the page that ends before it is meant.
    """

    search: str = ""
    filters: Filters = field(default_factory=Filters)
    order: str | None = None
    descending: bool = False
    cursor: str | None = None
    backwards: bool = False
    size: int = SIZES[0]


@dataclass(frozen=True)
class Scope:
    """What the asker may see, and how companies are found: the keys of those that a word is
    about, and what gives the columns that they are known by."""

    visible: ColumnElement[bool] = field(default_factory=true)
    companies: Companies = lambda _texts: ()
    company_columns: Callable[[], Sequence[Any]] = tuple

    @property
    def is_everything(self) -> bool:
        """Whether no contact is hidden from the asker."""
        return self.visible is true()


class Question:
    """A query, and what is known of its answer so far."""

    def __init__(self, session: Session, scope: Scope, query: ListQuery) -> None:
        self.session, self.scope, self.query = session, scope, query
        self.dialect = search_index.dialect_of(session)
        self.words: list[Word] = words_of(query.search, setting("PHONE_REGION"))
        self.about: int | None = None
        self._are_many = False
        self._companies: dict[tuple[str, ...], Sequence[Any]] = {}

    @cached_property
    def probed(self) -> Probe:
        """Where the first word is found by its beginning."""
        return probe(self.session, self.words[0])

    @cached_property
    def indexed(self) -> bool:
        """Whether the words can be looked for by the search index."""
        if self.is_found_by_walking:
            return self.probed.has_index
        return bool(self.words) and search_index.is_there(self.session)

    @cached_property
    def shape(self) -> Hashable | None:
        """What its statements look like, but for :attr:`values`; None where more stands in them
        than the words, a state and an order."""
        query, filters = self.query, self.query.filters
        is_of_host = query.order == "company" and bound_customer() is not None
        if not self.scope.is_everything or filters != Filters(filters.state) or is_of_host:
            return None
        words = tuple(map(self._shape_of, self.words))
        way = self.probed if self.is_found_by_walking else self.indexed
        of_query = (filters.state, query.order, query.descending)
        return self.dialect, *of_query, words, way, MOST_COUNTED

    @cached_property
    def values(self) -> dict[str, Any]:
        """What its statements compare with, by name."""
        found: dict[str, Any] = {}
        for word in self.words:
            found |= word.values
            found |= search_index.values_of(word, self.dialect)
            found[word.named("companies")] = keys_about(word, self._about)
        return found

    @property
    def is_narrow(self) -> bool:
        """Whether few may match: then all that do are found first."""
        return self.query.filters.are_narrow or bool(self.words) or not self.scope.is_everything

    def conditions(self) -> list[ColumnElement[bool]]:
        """Filters and visibility; the words as well, where the walk does not look for them."""
        narrowing = agent_filters.conditions(self.query.filters, self.dialect)
        found = [self.scope.visible, *narrowing]
        return found if self.is_found_by_walking else [*found, *self.word_conditions()]

    def word_conditions(self) -> list[ColumnElement[bool]]:
        """A condition for each word: it stands somewhere in the contact."""
        return [any_place(word, self._about, self.dialect, self.indexed) for word in self.words]

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
        if self._is_problem_of_all and self._many_have_it:
            self._are_many = True
            return None
        ids = list(self.session.scalars(select(self._some(select(Contact.id)).c[0])))
        self._are_many = len(ids) > MOST_COUNTED
        return None if self._are_many else ids

    def narrowed(self, query: Select[Any]) -> Select[Any]:
        """``query`` with all that is asked for, where its rows are wanted in no order."""
        everywhere = self._is_problem_of_all and not self._many_have_it
        dialect = self.dialect if everywhere else None
        narrowed = agent_filters.narrowed(query, self.query.filters, dialect)
        return narrowed.where(self.scope.visible, *self.word_conditions())

    def counting(self, few: list[int] | None) -> list[ColumnElement[Any]]:
        """What a page's statement may count along with its rows: the number that match and
        about how many there are in all. Nothing where that would be more to do than it is."""
        if few is not None or self.is_found_by_walking or self.is_narrow:
            return []
        counted = select(func.count()).select_from(self._some(select(Contact.id)))
        return [counted.scalar_subquery(), row_estimate(self.session, Contact)]

    def total(self, few: list[int] | None, counted: Sequence[Any] | None = None) -> int | None:
        """How many match; None: more than are counted. ``counted`` is what :meth:`counting`
        has found."""
        if few is not None:
            return len(few)
        if self.is_found_by_walking:
            return self._count_found()
        if self._are_many:
            return None
        return self._few_or_about(*(counted or self._count_all(select(Contact.id))))

    @property
    def is_found_by_walking(self) -> bool:
        """Whether the order is that of what fits the words best."""
        return bool(self.words) and self.query.order is None

    def _shape_of(self, word: Word) -> Hashable:
        held = search_index.shape_of(word, self.dialect)
        return word.shape, held, bool(keys_about(word, self._about))

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
            .where(*agent_filters.conditions(self.query.filters))
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

    def _count_found(self) -> int | None:
        total, shape = 0, self.shape
        key = None if shape is None else ("count", shape)
        with dropped_if_failing(key):
            for statement in made_once(key, self._counting_found):
                total += int(self.session.scalar(statement, self.values) or 0)
                if total > MOST_COUNTED:
                    return None
        return total

    def _counting_found(self) -> list[Select[Any]]:
        conditions, counting = self.conditions(), []
        for stretch in self._search_walk():
            if not stretch.is_void:
                some = statement_of(stretch, [Contact.id], conditions).limit(MOST_COUNTED + 1)
                counting.append(select(func.count()).select_from(some.subquery()))
        return counting

    def _search_walk(self) -> Walk:
        return search_walk(self.words, self._about, self.dialect, self.probed)

    def _about(self, texts: tuple[str, ...]) -> Sequence[Any]:
        if texts not in self._companies:
            self._companies[texts] = self.scope.companies(texts)
        return self._companies[texts]
