"""What a list's address asks for: search, filters, order and page."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any
from urllib.parse import quote, urlencode

from flask import request, url_for
from werkzeug.exceptions import NotFound

from .filters import FilterInput

if TYPE_CHECKING:
    from .tables import Heading, Row

_CONTROL = re.compile(r"[\x00-\x1f\x7f]+")
_LONGEST_SEARCH = 100
_MOST_WORDS = 6


@dataclass(frozen=True)
class ListArguments:
    """``order`` is a column's name or None for the view's own order; ``after`` and
    ``before`` are the token of the page; ``filters`` hold what was typed, by input."""

    search: str = ""
    order: str | None = None
    descending: bool = False
    after: str | None = None
    before: str | None = None
    filters: Mapping[str, str] = field(default_factory=dict)

    @classmethod
    def of_request(
        cls, orderable: Collection[str], inputs: Sequence[FilterInput] = ()
    ) -> ListArguments:
        """Read the request's arguments; 404 for an order that cannot be."""
        order = request.args.get("order") or None
        direction = request.args.get("direction") or "asc"
        if order is not None and order not in orderable:
            raise NotFound
        if direction not in {"asc", "desc"}:
            raise NotFound
        search = _CONTROL.sub(" ", request.args.get("q", "")).strip()
        return cls(
            search[:_LONGEST_SEARCH],
            order,
            direction == "desc",
            request.args.get("after") or None,
            request.args.get("before") or None,
            {one.name: one.value for one in inputs if one.value},
        )

    @property
    def words(self) -> list[str]:
        """The words searched for; a row has to hold them all."""
        return self.search.split()[:_MOST_WORDS]

    @property
    def is_narrowed(self) -> bool:
        """Whether something is searched or filtered for."""
        return bool(self.search or self.filters)

    def url(self, endpoint: str | None = None, **changes: Any) -> str:
        """This list's address from its first page, with ``changes``; defaults are left out.

        With ``endpoint`` the address of another page that takes the same arguments.
        """
        wanted = replace(self, **{"after": None, "before": None, **changes})
        given: dict[str, Any] = {
            "q": wanted.search or None,
            **wanted.filters,
            "order": wanted.order,
            "direction": "desc" if wanted.order and wanted.descending else None,
            "after": wanted.after,
            "before": wanted.before,
        }
        query = urlencode({name: value for name, value in given.items() if value})
        # A page has a dozen of these, and building one from its route costs as much as a row.
        here = request.script_root + request.path
        path = quote(here) if endpoint is None else url_for(endpoint)
        return f"{path}?{query}" if query else path

    def without(self, name: str) -> str:
        """The address with the filter ``name`` lifted."""
        kept = {key: value for key, value in self.filters.items() if key != name}
        return self.url(filters=kept)

    def all_url(self) -> str:
        """The address without search and filters; the order stays."""
        return self.url(search="", filters={})

    def order_url(self, column: str) -> str:
        """The address that orders by ``column``, the other way round if it does already."""
        is_ascending = self.order == column and not self.descending
        return self.url(order=column, descending=is_ascending)

    def sorting(self, column: str) -> str | None:
        """``ascending`` or ``descending`` where the list is ordered by ``column``."""
        if self.order != column:
            return None
        return "descending" if self.descending else "ascending"


@dataclass(frozen=True)
class ListPage:
    """One page of a list; ``first`` is the number of its first row.

    Counting ``total`` stops at a limit; ``is_more`` says that it did. ``filters`` are the
    inputs of the filters' form; those with a ``chip`` narrow the list.
    """

    headings: list[Heading]
    rows: list[Row]
    arguments: ListArguments
    first: int
    total: int
    is_more: bool
    previous_url: str | None
    next_url: str | None
    filters: Sequence[FilterInput] = ()
    export_url: str | None = None

    @property
    def last(self) -> int:
        """The number of the last row shown."""
        return self.first + len(self.rows) - 1

    @property
    def chips(self) -> list[FilterInput]:
        """The filters that narrow the list."""
        return [one for one in self.filters if one.chip is not None]

    @property
    def has_errors(self) -> bool:
        """Whether a filter could not be understood."""
        return any(one.errors for one in self.filters)
