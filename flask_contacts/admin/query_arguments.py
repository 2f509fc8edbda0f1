"""What FAB reads from a list's address, checked before FAB trips over it.

FAB makes ``?page_X=abc``, an unknown filter, an unknown order and a NUL a server error, and
puts what is searched for into a LIKE as it is; here each is a page that says that there is
nothing.
"""

from __future__ import annotations

import re
from typing import Any

from flask import abort, request

from . import fab

_LARGEST = 1_000_000
_NUMBER = re.compile(r"[0-9]{1,7}", re.ASCII)
_LONGEST = 1000
_FILTER = re.compile(r"_flt_(\d)_(.*)")


def check(view: Any) -> None:
    """Answer 404 where the query string names something that ``view`` does not have."""
    tabs = fab.related_views(view) if isinstance(view, fab.ModelView) else []
    orders = {type(one).__name__: one.order_columns for one in (view, *tabs) if _has_list(one)}
    filters = fab.filter_choices(view)
    for name, value in request.args.items(multi=True):
        if "\x00" in name or "\x00" in value or not _known(name, value, orders, filters):
            abort(404)


def number(text: str) -> int | None:
    """A page number as typed, or None where it is none."""
    if not _NUMBER.fullmatch(text) or int(text) > _LARGEST:
        return None
    return int(text)


def can_be_searched(value: str) -> bool:
    """Whether every database takes it as the end of a LIKE: SQLite only up to a length,
    PostgreSQL with nothing left to escape."""
    backslashes = len(value) - len(value.rstrip("\\"))
    return len(value) <= _LONGEST and backslashes % 2 == 0


def _has_list(view: Any) -> bool:
    return bool(getattr(view, "order_columns", None))


def _known(name: str, value: str, orders: dict[str, Any], filters: dict[str, list[Any]]) -> bool:
    if "page_" in name or "psize_" in name:  # FAB looks for them anywhere in the name
        return number(value) is not None
    if name.startswith("_oc_"):
        view = name.removeprefix("_oc_")
        return view not in orders or value in orders[view]
    match = _FILTER.search(name)
    if match and match.group(2) in filters:
        return int(match.group(1)) < len(filters[match.group(2)]) and can_be_searched(value)
    return True
