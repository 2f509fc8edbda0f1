"""What can be done with many contacts at once, from the list of all."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, NamedTuple

from flask import current_app
from markupsafe import Markup

from ..held_permissions import asker
from ..kept_parts import kept_part
from ..page_words import render

if TYPE_CHECKING:
    from ..safe_view import SafeView


class BulkAction(NamedTuple):
    """A button above the list: it leads to the page ``method`` of the view, which asks first.

    ``permission`` is the view's, without ``can_``. The page is asked for by GET with the
    list's arguments, ``choose`` (``selected``, ``page`` or ``matching``), the ticked
    ``contact`` ids and the ids ``shown``: see :mod:`.selection`.
    """

    method: str
    permission: str
    label: Any
    icon: str
    arguments: Mapping[str, str] = MappingProxyType({})
    in_menu: bool = False

    @property
    def words(self) -> tuple[Any, ...]:
        """What its button is made of beside its page."""
        return (id(self.label), *self.arguments.items())


#: The buttons in their order; each part of the admin adds its own.
BULK_ACTIONS: list[BulkAction] = []


def toolbar(view: SafeView) -> Markup:
    """The buttons of :func:`offered_actions` as HTML; empty where there are none."""
    actions = offered_actions(view)
    made_of = (view.endpoint, *((one.method, one.in_menu, one.icon, *one.words) for one in actions))
    return kept_part(("toolbar", made_of), lambda: _written(view, actions))


def _written(view: SafeView, actions: list[BulkAction]) -> Markup:
    if not actions:
        return Markup()
    template = "flask_contacts/admin/contact_list_actions.html"
    html = render(template, actions=actions, endpoint=view.endpoint)
    return Markup(html)  # noqa: S704  of a template, which escapes


def offered_actions(view: SafeView) -> list[BulkAction]:
    """Those that this staff member may use, and whose page is there."""
    holds, pages = asker(), current_app.view_functions
    endpoint, name = view.endpoint, view.class_permission_name
    return [
        one
        for one in BULK_ACTIONS
        if f"{endpoint}.{one.method}" in pages and holds(f"can_{one.permission}", name)
    ]
