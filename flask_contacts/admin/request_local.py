"""Request-local state on Flask-AppBuilder's views, which are singletons.

FAB keeps the filters of a request in ``view._filters``; with threads, one request's
rows were saved to another's customer. Here each request works on its own clone.
"""

from __future__ import annotations

import copy
from collections.abc import Callable
from typing import Any

from flask import has_request_context, request

_STORE = "flask_contacts.request_local"


class RequestLocal:
    """An attribute that each request has for itself, cloned from the start-up value.

    It lives in ``request.environ`` and not in ``g``: ``g`` is shared where an outer
    application context is held. A subclass must not set the name as a class attribute.
    """

    def __init__(self, clone: Callable[[Any], Any]) -> None:
        self._clone = clone
        self._name = ""

    def __set_name__(self, owner: type, name: str) -> None:
        self._name = name

    def __get__(self, view: Any, owner: type | None = None) -> Any:
        if view is None:
            return None  # the class's default, as in FAB
        template = view.__dict__.get(self._name)
        if template is None or not has_request_context():
            return template
        store = request.environ.setdefault(_STORE, {})
        key = (view, self._name)
        if key not in store:
            store[key] = self._clone(template)
        return store[key]

    def __set__(self, view: Any, value: Any) -> None:
        view.__dict__[self._name] = value


def _fresh_filters(filters: Any) -> Any:
    """The same possible filters, none active (``Filters.copy`` drops the search columns)."""
    fresh = copy.copy(filters)
    fresh.clear_filters()
    return fresh


class RequestLocalFilters:
    """First among the bases of a FAB ModelView: its filters belong to the request."""

    _filters = RequestLocal(_fresh_filters)
