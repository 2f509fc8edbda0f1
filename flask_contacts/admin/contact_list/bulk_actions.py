"""What can be done with many contacts at once, from the list of all."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from flask import current_app

from ..safe_view import allowed

if TYPE_CHECKING:
    from ..safe_view import SafeView


@dataclass(frozen=True)
class BulkAction:
    """A button above the list: it leads to the page ``method`` of the view, which asks first.

    ``permission`` is the view's, without ``can_``. The page is asked for by GET with the
    list's arguments, ``choose`` (``selected``, ``page`` or ``matching``), the ticked
    ``contact`` ids and the ids ``shown``: see :mod:`.selection`.
    """

    method: str
    permission: str
    label: Any
    icon: str
    arguments: Mapping[str, str] = field(default_factory=dict)
    in_menu: bool = False


#: The buttons in their order; each part of the admin adds its own.
BULK_ACTIONS: list[BulkAction] = []


def offered_actions(view: SafeView) -> list[BulkAction]:
    """Those that this staff member may use, and whose page is there."""
    return [
        one
        for one in BULK_ACTIONS
        if f"{view.endpoint}.{one.method}" in current_app.view_functions
        and allowed(view, one.permission)
    ]
