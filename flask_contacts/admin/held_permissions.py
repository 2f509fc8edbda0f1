"""What the present staff user may do: asked of the database once a request, not for each button.

Flask-AppBuilder asks with a statement for each item of the menu and each button. Here all that
a user holds is read at once, the first time that a request wants to know; the next request
reads it anew, so that what is taken away is gone at once. Where a host decides in its own way,
it is asked each time as ever.
"""

from __future__ import annotations

from collections.abc import Iterable
from functools import lru_cache, wraps
from types import SimpleNamespace
from typing import Any

from flask import Flask, request
from sqlalchemy import Select, bindparam, select, union

from ..state import current_contacts
from . import fab

_STORE = "flask_contacts.held_permissions"
_MENU = "is_menu_visible"


class _Held:
    """What some roles hold, as it is now: rows of role, permission and view."""

    def __init__(self, rows: Iterable[Any]) -> None:
        builtin = current_contacts.appbuilder.sm.builtin_roles
        self._pairs: set[tuple[str, str]] = set()
        self._builtin: dict[str, Any] = {}
        for role, permission, view_name in rows:
            if role in builtin:
                self._builtin[role] = SimpleNamespace(name=role)
            else:
                self._pairs.add((permission, view_name))

    def holds(self, permission: str, view_name: str) -> bool:
        return (permission, view_name) in self._pairs or any(
            fab.builtin_role_holds(role, permission, view_name) for role in self._builtin.values()
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
        user = fab.deciding_user()
        asked[who] = None if user is None else _held_by(user)
    return asked[who]


def _held_by(user: Any) -> _Held:
    if not user.is_active:
        return _Held(())
    manager: type = type(current_contacts.appbuilder.sm)
    query = _held_query(manager)
    return _Held(current_contacts.session.execute(query, {"user_id": user.id}))


@lru_cache(maxsize=8)
def _held_query(manager: Any) -> Select[Any]:
    """Roles with what they hold: a user's own and those of the user's groups, as
    ``get_user_roles`` of Flask-AppBuilder finds them one after the other."""
    user, group = manager.user_model, manager.group_model
    role, pair = manager.role_model, manager.permissionview_model
    mine = user.id == bindparam("user_id")
    own = select(role.id).select_from(user).join(user.roles).where(mine)
    of_groups = select(role.id).select_from(user).join(user.groups).join(group.roles).where(mine)
    return (
        select(role.name, manager.permission_model.name, manager.viewmenu_model.name)
        .select_from(role)
        .outerjoin(role.permissions)
        .outerjoin(pair.permission)
        .outerjoin(pair.view_menu)
        .where(role.id.in_(union(own, of_groups)))
    )
