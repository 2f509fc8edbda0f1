"""What the present staff user may do: asked of the database once a request, not for each button.

Flask-AppBuilder asks with a statement for each item of the menu and each button. Here all that
a user holds is read at once, the first time that a request wants to know; the next request
reads it anew, so that what is taken away is gone at once. Where a host decides in its own way,
it is asked each time as ever.
"""

from __future__ import annotations

from functools import wraps
from typing import Any

from flask import Flask, request
from sqlalchemy import select

from ..state import current_contacts
from . import fab

_STORE = "flask_contacts.held_permissions"
_MENU = "is_menu_visible"


class _Held:
    """What some roles hold, as it is now."""

    def __init__(self, roles: list[Any]) -> None:
        builtin = current_contacts.appbuilder.sm.builtin_roles
        self._builtin = [role for role in roles if role.name in builtin]
        self._pairs = _pairs_of([role.id for role in roles if role.name not in builtin])

    def holds(self, permission: str, view_name: str) -> bool:
        return (permission, view_name) in self._pairs or any(
            fab.builtin_role_holds(role, permission, view_name) for role in self._builtin
        )


def holds_now(permission: str, view_name: str) -> bool:
    """Whether the present user holds a permission on a view: FAB's ``has_access``."""
    held = _of_this_request()
    if held is None:
        access: bool = current_contacts.appbuilder.sm.has_access(permission, view_name)
        return access
    return held.holds(permission, view_name)


def has_access(page: fab.F) -> fab.F:
    """FAB's decorator of that name for a view's page; who is let in is not asked about twice."""
    guarded = fab.has_access(page)

    @wraps(guarded)
    def opened(view: Any, *args: Any, **kwargs: Any) -> Any:
        permission = (view.method_permission_name or {}).get(page.__name__, page.__name__)
        wanted = f"can_{permission}"
        if wanted in view.base_permissions and holds_now(wanted, view.class_permission_name):
            return page(view, *args, **kwargs)
        return guarded(view, *args, **kwargs)

    return opened  # type: ignore[return-value]


def quicken_menu(app: Flask) -> None:
    """Let the menu ask here, on every page of the admin."""

    def is_menu_visible(item: Any) -> bool:
        return holds_now("menu_access", item.name)

    app.jinja_env.filters[_MENU] = is_menu_visible


def _of_this_request() -> _Held | None:
    asked: dict[Any, _Held | None] = request.environ.setdefault(_STORE, {})
    who = fab.present_user_id()
    if who not in asked:
        roles = fab.deciding_roles()
        asked[who] = None if roles is None else _Held(roles)
    return asked[who]


def _pairs_of(role_ids: list[int]) -> set[tuple[str, str]]:
    manager = current_contacts.appbuilder.sm
    permission, view = manager.permission_model, manager.viewmenu_model
    pair, role = manager.permissionview_model, manager.role_model
    if not role_ids:
        return set()
    query = (
        select(permission.name, view.name)
        .select_from(role)
        .join(role.permissions)
        .join(pair.permission)
        .join(pair.view_menu)
        .where(role.id.in_(role_ids))
    )
    return {(row[0], row[1]) for row in current_contacts.session.execute(query)}
