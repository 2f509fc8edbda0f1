"""What somebody asks of the list of all contacts, and what the asker may see of it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import true
from sqlalchemy.sql.elements import ColumnElement

from .filters import Filters
from .search_probe import KnownBy
from .search_words import Companies

#: How many rows a page may have.
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
    about, what gives the columns that they are known by, and what asks, where one statement can,
    whether there are any that a word is about."""

    visible: ColumnElement[bool] = field(default_factory=true)
    companies: Companies = lambda _texts: ()
    company_columns: Callable[[], Sequence[Any]] = tuple
    known_by: KnownBy | None = None

    @property
    def is_everything(self) -> bool:
        """Whether no contact is hidden from the asker."""
        return self.visible is true()
