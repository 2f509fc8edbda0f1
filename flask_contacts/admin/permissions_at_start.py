"""The permissions of what we register, looked up together.

Flask-AppBuilder looks each up for itself, and the role of the administrators each time: some
300 statements, which at every start but the first find that all is there.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import Any

from sqlalchemy import select
from sqlalchemy.exc import SQLAlchemyError

from . import fab

_MENU = "menu_access"


@contextmanager
def permissions_together(appbuilder: Any) -> Iterator[None]:
    """Views and entries of the menu that are added inside get their permissions at the end.

    What is not as Flask-AppBuilder wants it, it mends itself, in its own way. Where the host
    has switched that off, nothing is looked up.
    """
    if not appbuilder.update_perms:
        yield
        return
    views, entries = len(appbuilder.baseviews), set(_entries(appbuilder))
    appbuilder.update_perms = False
    try:
        yield
    finally:
        appbuilder.update_perms = True
    new = [entry for entry in _entries(appbuilder) if entry not in entries]
    _mend(appbuilder, appbuilder.baseviews[views:], list(dict.fromkeys(sum(new, ()))))


def _entries(appbuilder: Any) -> list[tuple[str, ...]]:
    """The names of each entry of the menu and of its section."""
    sections = appbuilder.menu.get_list() if appbuilder.menu is not None else ()
    return [(item.name, section.name) for section in sections for item in section.childs]


def _mend(appbuilder: Any, views: list[Any], menu: list[str]) -> None:
    manager = appbuilder.sm
    names = {*menu, *(view.class_permission_name for view in views)}
    found = {} if fab.adds_in_its_own_way(manager) else _found(appbuilder.session, manager, names)
    for view in views:
        there = found.get(view.class_permission_name)
        if not there or set(there) != set(view.base_permissions) or not all(there.values()):
            fab.add_permissions(appbuilder, view)
    for name in menu:
        if not found.get(name, {}).get(_MENU, False):
            fab.add_menu_permissions(appbuilder, name)


def _found(session: Any, manager: Any, names: Iterable[str]) -> dict[str, dict[str, bool]]:
    """By view or entry, the permissions that there are, and whether administrators hold them.

    Nothing where the tables cannot be read: Flask-AppBuilder then says why, as ever.
    """
    pair, role, admin = manager.permissionview_model, manager.role_model, manager.auth_role_admin
    view, permission = manager.viewmenu_model, manager.permission_model
    held = select(pair.id).select_from(role).join(role.permissions).where(role.name == admin)
    query = (
        select(view.name, permission.name, pair.id.in_(held.correlate(None)))
        .select_from(pair)
        .join(pair.view_menu)
        .join(pair.permission)
        .where(view.name.in_(names))
    )
    found: dict[str, dict[str, bool]] = defaultdict(dict)
    try:
        for view_name, name, is_held in session.execute(query):
            found[view_name][name] = bool(is_held) or admin in manager.builtin_roles
    except SQLAlchemyError:
        session.rollback()
    return found
