"""What the present staff user may do: asked of the database once a request, not for each button.

Flask-AppBuilder asks with a statement for each item of the menu and each button. Here all that
a user holds is read at once, the first time that a request wants to know; the next request
reads it anew, so that what is taken away is gone at once. For a program, which sees no menu, only
what it needs is read: :func:`holds_for_program`. Where a host decides in its own way, it is asked
each time as ever.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from functools import wraps
from types import SimpleNamespace
from typing import Any

from flask import Flask, request
from sqlalchemy import inspect

from ..services.staff.roles import CUSTOMERS, VIEW_ALL, Right
from ..state import current_contacts
from . import fab, read_with_user
from .rights_queries import held_query, named, wanted_query

_STORE = "flask_contacts.held_permissions"
_EXPECTED = "flask_contacts.expected_user"
_MENU = "is_menu_visible"
_MENU_ACCESS = "menu_access"


class _Held:
    """All that some roles hold, as it is now, by :func:`named`; those of the configuration are
    asked."""

    def __init__(self, rights: set[str], builtin: Iterable[str] = ()) -> None:
        self._rights = rights
        self._builtin = [SimpleNamespace(name=role) for role in builtin]

    @classmethod
    def of(cls, rows: Sequence[Any]) -> _Held:
        """The same, of rows of role, permission and view; a role that holds nothing has none."""
        builtin = current_contacts.appbuilder.sm.builtin_roles
        held = ((role, named((one, view))) for role, one, view in rows if one and view)
        if not builtin:  # hundreds of rows on every page
            return cls({right for _role, right in held})
        roles = {role for role, _permission, _view in rows if role in builtin}
        return cls({right for role, right in held if role not in builtin}, roles)

    def knows(self, _right: Right) -> bool:
        return True

    def holds(self, right: Right) -> bool:
        return named(right) in self._rights or any(
            fab.builtin_role_holds(role, *right) for role in self._builtin
        )


class _Some:
    """The same of a few rights, as it is now: those that are held, and those that are not."""

    def __init__(self, right: Right, found: Sequence[Any]) -> None:
        one, view_all = found
        self._rights = {(VIEW_ALL, CUSTOMERS): bool(view_all), right: bool(one)}

    def knows(self, right: Right) -> bool:
        return right in self._rights

    def holds(self, right: Right) -> bool:
        return self._rights[right]


_Known = _Held | _Some


def holds_now(permission: str, view_name: str) -> bool:
    """Whether the present user holds a permission on a view: FAB's ``has_access``."""
    return _answer((permission, view_name), for_program=False)


def asker() -> Callable[[str, str], bool]:
    """:func:`holds_now` for the many questions of one page: who asks, and what that user holds,
    is found once."""
    held = _of_this_request((_MENU_ACCESS, ""), False)
    if held is None:
        has_access: Callable[[str, str], bool] = current_contacts.appbuilder.sm.has_access
        return has_access
    return lambda permission, view_name: held.holds((permission, view_name))


def holds_for_program(permission: str, view_name: str) -> bool:
    """The same, read with no more than whether the user sees every customer."""
    return _answer((permission, view_name), for_program=True)


def expect(user_id: int, permission: str, view_name: str) -> None:
    """Read a user together with what :func:`holds_for_program` will be asked, in one statement.

    For a user who may turn out to be the present one: Flask-AppBuilder then finds the user in
    the session. Whether it is, and whether the user is active, it decides itself.
    """
    manager: Any = current_contacts.appbuilder.sm
    if not fab.decides_by_rows():
        return
    query = wanted_query(manager.__class__, manager.user_model)
    values = {"user_id": user_id, "permission": permission, "view": view_name}
    found = current_contacts.session.execute(query, values).unique().one_or_none()
    if found is not None and found[0].is_active:
        request.environ[_EXPECTED] = found[0]  # the session forgets whom nobody holds
        _store()[user_id] = _Some((permission, view_name), found[1:])


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

    app.jinja_env.filters[_MENU] = _is_menu_visible


def menu_filter(app: Flask) -> Callable[[Any], bool]:
    """Whether an entry of the menu is visible, for the many entries of one menu: who asks, and
    what that user holds now, is found once. A host's own filter stays the host's."""
    is_visible: Callable[[Any], bool] = app.jinja_env.filters[_MENU]
    if is_visible is not _is_menu_visible:
        return is_visible
    holds = asker()
    return lambda item: holds(_MENU_ACCESS, item.name)


def _is_menu_visible(item: Any) -> bool:
    return holds_now(_MENU_ACCESS, item.name)


def _answer(right: Right, *, for_program: bool) -> bool:
    held = _of_this_request(right, for_program)
    if held is None:
        access: bool = current_contacts.appbuilder.sm.has_access(*right)
        return access
    return held.holds(right)


def _store() -> dict[Any, _Known | None]:
    store: dict[Any, _Known | None] = request.environ.setdefault(_STORE, {})
    return store


def _of_this_request(right: Right, for_program: bool) -> _Known | None:
    """What is known of a right, or None where the host decides; where nothing is, it is read."""
    store = _store()
    if not store and not for_program:
        read_with_user.want()
    who = fab.present_user_id()
    held = store.get(who)
    if who not in store or (held is not None and not held.knows(right)):
        user = fab.deciding_user()
        store[who] = held = None if user is None else _held_by(user, right, for_program)
    return held


def _held_by(user: Any, right: Right, for_program: bool) -> _Known:
    if not user.is_active:
        return _Held(set())
    rights = read_with_user.rights(user)
    if rights is not None:
        return _Held(rights)
    manager: Any = current_contacts.appbuilder.sm
    if not for_program or manager.builtin_roles:  # these open more than any row names
        query = held_query(manager.__class__)
        # The session would get ready to make objects of hundreds of rows that have none.
        mapper = {"mapper": inspect(manager.role_model)}
        connection = current_contacts.session.connection(bind_arguments=mapper)
        return _Held.of(connection.execute(query, {"user_id": user.id}).all())
    values = {"user_id": user.id, "permission": right[0], "view": right[1]}
    found = current_contacts.session.execute(wanted_query(manager.__class__), values).one()
    return _Some(right, found)
