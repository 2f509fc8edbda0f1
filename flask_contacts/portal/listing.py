"""What a list's address asks for: search, order and page; anything else is no page."""

from __future__ import annotations

import re
from collections.abc import Collection
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from flask import request, url_for
from werkzeug.exceptions import NotFound

if TYPE_CHECKING:
    from .tables import Heading, Row

_PAGE = re.compile(r"[1-9][0-9]{0,5}", re.ASCII)
_CONTROL = re.compile(r"[\x00-\x1f\x7f]+")
_LONGEST_SEARCH = 100
_MOST_WORDS = 6


@dataclass(frozen=True)
class ListArguments:
    """``order`` is a column's name or None for the view's own order; ``page`` counts from 1."""

    search: str = ""
    order: str | None = None
    descending: bool = False
    page: int = 1

    @classmethod
    def of_request(cls, orderable: Collection[str]) -> ListArguments:
        """Read the request's arguments; 404 for an order or a page that cannot be."""
        order = request.args.get("order") or None
        direction = request.args.get("direction") or "asc"
        page = request.args.get("page") or "1"
        if order is not None and order not in orderable:
            raise NotFound
        if direction not in {"asc", "desc"} or not _PAGE.fullmatch(page):
            raise NotFound
        search = _CONTROL.sub(" ", request.args.get("q", "")).strip()
        return cls(search[:_LONGEST_SEARCH], order, direction == "desc", int(page))

    @property
    def words(self) -> list[str]:
        """The words searched for; a row has to hold them all."""
        return self.search.split()[:_MOST_WORDS]

    def url(self, **changes: Any) -> str:
        """This list's address with ``changes``; defaults are left out of it."""
        wanted = replace(self, **changes)
        given: dict[str, Any] = {
            "q": wanted.search or None,
            "order": wanted.order,
            "direction": "desc" if wanted.order and wanted.descending else None,
            "page": wanted.page if wanted.page > 1 else None,
        }
        assert request.endpoint is not None  # a list is shown by its route
        return url_for(request.endpoint, **given)

    def order_url(self, column: str) -> str:
        """The address that orders by ``column``, the other way round if it does already."""
        is_ascending = self.order == column and not self.descending
        return self.url(order=column, descending=is_ascending, page=1)

    def sorting(self, column: str) -> str | None:
        """``ascending`` or ``descending`` where the list is ordered by ``column``."""
        if self.order != column:
            return None
        return "descending" if self.descending else "ascending"


@dataclass(frozen=True)
class ListPage:
    """One page of a list; ``first`` is the number of its first row.

    Counting ``total`` stops at a limit; ``is_more`` says that it did.
    """

    headings: list[Heading]
    rows: list[Row]
    arguments: ListArguments
    first: int
    total: int
    is_more: bool
    has_next: bool

    @property
    def last(self) -> int:
        """The number of the last row shown."""
        return self.first + len(self.rows) - 1

    @property
    def previous_url(self) -> str | None:
        """The page before, if there is one."""
        page = self.arguments.page
        return self.arguments.url(page=page - 1) if page > 1 else None

    @property
    def next_url(self) -> str | None:
        """The page after, if there is one."""
        return self.arguments.url(page=self.arguments.page + 1) if self.has_next else None
