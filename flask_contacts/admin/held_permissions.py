"""What the present staff user may do: asked of the database once a request, not for each button.

Flask-AppBuilder asks with a statement for each item of the menu and each button. Here all that
a user holds is read at once, the first time that a request wants to know; the next request
reads it anew, so that what is taken away is gone at once. For a program, which sees no menu, only
what it needs is read: :func:`holds_for_program`. Where a host decides in its own way, it is asked
each time as ever.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from functools import lru_cache, wraps
from types import SimpleNamespace
from typing import Any, NamedTuple

from flask import Flask, request
from sqlalchemy import CompoundSelect, Exists, Select, bindparam, inspect, select, union_all

from ..services.staff.roles import CUSTOMERS, VIEW_ALL, Right
from ..state import current_contacts
from . import fab

_STORE = "flask_contacts.held_permissions"
_EXPECTED = "flask_contacts.expected_user"
_MENU = "is_menu_visible"
_MENU_ACCESS = "menu_access"


class _Held:
    """What some roles hold, as it is now: rows of role, permission and view."""

    def __init__(self, rows: Iterable[Any]) -> None:
        builtin = current_contacts.appbuilder.sm.builtin_roles
        self._pairs: set[Right] = set()
        self._builtin: dict[str, Any] = {}
        if not builtin:  # hundreds of rows on every page
            self._pairs = {(permission, view_name) for _role, permission, view_name in rows}
            return
        for role, permission, view_name in rows:
            if role in builtin:
                self._builtin[role] = SimpleNamespace(name=role)
            else:
                self._pairs.add((permission, view_name))

    def knows(self, _right: Right) -> bool:
        return True

    def holds(self, right: Right) -> bool:
        return right in self._pairs or any(
            fab.builtin_role_holds(role, *right) for role in self._builtin.values()
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


def holds_for_program(permission: str, view_name: str) -> bool:
    """The same, read with no more than whether the user sees every customer."""
    return _answer((permission, view_name), for_program=True)


def expect(user_id: int, permission: str, view_name: str) -> None:
    """Read a user together with what :func:`holds_for_program` will be asked, in one statement.

    For a user who may turn out to be the present one: Flask-AppBuilder then finds the user in
    the session. Whether it is, and whether the user is active, it decides itself.
    """
    manager: Any = current_contacts.appbuilder.sm
    if manager.builtin_roles or not fab.decides_by_roles():
        return
    query = _wanted_query(manager.__class__, manager.user_model)
    values = {"user_id": user_id, "permission": permission, "view": view_name}
    found = current_contacts.session.execute(query, values).first()
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
    held = _of_this_request((_MENU_ACCESS, ""), False) if is_visible is _is_menu_visible else None
    if held is None:
        return is_visible
    return lambda item: held.holds((_MENU_ACCESS, item.name))


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
    store, who = _store(), fab.present_user_id()
    held = store.get(who)
    if who not in store or (held is not None and not held.knows(right)):
        user = fab.deciding_user()
        store[who] = held = None if user is None else _held_by(user, right, for_program)
    return held


def _held_by(user: Any, right: Right, for_program: bool) -> _Known:
    if not user.is_active:
        return _Held(())
    manager: Any = current_contacts.appbuilder.sm
    if not for_program or manager.builtin_roles:  # these open more than any row names
        query = _held_query(manager.__class__)
        # The session would get ready to make objects of hundreds of rows that have none.
        mapper = {"mapper": inspect(manager.role_model)}
        connection = current_contacts.session.connection(bind_arguments=mapper)
        return _Held(connection.execute(query, {"user_id": user.id}).all())
    values = {"user_id": user.id, "permission": right[0], "view": right[1]}
    found = current_contacts.session.execute(_wanted_query(manager.__class__), values).one()
    return _Some(right, found)


@lru_cache(maxsize=8)
def _held_query(manager: Any) -> Select[Any]:
    """Roles with what they hold."""
    role, pair = manager.role_model, manager.permissionview_model
    return (
        select(role.name, manager.permission_model.name, manager.viewmenu_model.name)
        .select_from(role)
        .outerjoin(role.permissions)
        .outerjoin(pair.permission)
        .outerjoin(pair.view_menu)
        .where(role.id.in_(_roles(manager)))
    )


@lru_cache(maxsize=8)
def _wanted_query(manager: Any, user: Any = None) -> Select[Any]:
    """Whether one permission on one view is held, and that to see every customer; with the
    ``user`` where a model is given.

    No name is joined to what it names: PostgreSQL takes longer to plan that than to do it.
    """
    one = _holds(manager, bindparam("permission"), bindparam("view"))
    rights = one.label("one"), _holds(manager, VIEW_ALL, CUSTOMERS).label("view_all")
    columns: list[Any] = [*rights] if user is None else [user, *rights]
    query: Select[Any] = select(*columns)
    return query if user is None else query.where(user.id == bindparam("user_id"))


def _holds(manager: Any, permission: Any, view: Any) -> Exists:
    pair, held = manager.permissionview_model, _between(manager.role_model.permissions)
    found = select(pair.id).join(held.table, held.theirs == pair.id)
    for relation, model, name in (
        (pair.permission, manager.permission_model, permission),
        (pair.view_menu, manager.viewmenu_model, view),
    ):
        [(_their_key, key)] = relation.property.synchronize_pairs
        named = select(model.id).where(model.name == name).scalar_subquery()
        found = found.where(key == named)
    return found.where(held.own.in_(_roles(manager))).exists()


def _roles(manager: Any) -> CompoundSelect[Any]:
    """A user's own roles and those of the user's groups, as ``get_user_roles`` of
    Flask-AppBuilder finds them one after the other."""
    user, user_id = manager.user_model, bindparam("user_id", type_=manager.user_model.id.type)
    own, member = _between(user.roles), _between(user.groups)
    role = _between(manager.group_model.roles)
    joined = member.table.join(role.table, role.own == member.theirs)
    of_groups = select(role.theirs).select_from(joined).where(member.own == user_id)
    return union_all(select(own.theirs).where(own.own == user_id), of_groups)


class _Between(NamedTuple):
    """The table of a relation of many to many, and its columns for either side's key."""

    table: Any
    own: Any
    theirs: Any


def _between(relation: Any) -> _Between:
    found = relation.property
    [(_key, own)] = found.synchronize_pairs
    [(_their_key, theirs)] = found.secondary_synchronize_pairs
    return _Between(found.secondary, own, theirs)
