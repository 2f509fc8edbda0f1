"""Tabs that staff without permission on them do not see, on a host's own pages too."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from flask import has_request_context, request

_STORE = "flask_contacts.visible_tabs"


class VisibleTabs(list[Any]):
    """The tabs of a view: FAB appends to it at start, and loops over it for each page.

    FAB shows a related list without asking for any permission on it. Looping here leaves
    out, in a request, the tabs that ``visible`` denies; label and widget go together.
    """

    def __init__(self, tabs: list[Any], visible: Callable[[Any], bool]) -> None:
        super().__init__(tabs)
        self._visible = visible

    def __iter__(self) -> Iterator[Any]:
        tabs = list.__iter__(self)
        if not has_request_context():
            return tabs
        asked: dict[int, bool] = request.environ.setdefault(_STORE, {})
        seen = []
        for tab in tabs:  # asked once a request: FAB loops several times, and asking costs SQL
            if id(tab) not in asked:
                asked[id(tab)] = self._visible(tab)
            if asked[id(tab)]:
                seen.append(tab)
        return iter(seen)

    def __len__(self) -> int:
        return sum(1 for _ in self)

    def __bool__(self) -> bool:
        return len(self) > 0
