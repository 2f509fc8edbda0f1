"""The statements that find what a user holds, on the models of the host's security manager.

They are made once for each manager: to make one takes longer than to ask it.
"""

from __future__ import annotations

from functools import lru_cache
from typing import Any, NamedTuple

from sqlalchemy import (
    CompoundSelect,
    Exists,
    Select,
    Text,
    bindparam,
    cast,
    func,
    or_,
    select,
    union_all,
)

from ..models import StaffSetting
from ..services.staff.roles import CUSTOMERS, VIEW_ALL, Right

#: Between rights, and between a permission and its view, where all come as one text.
_END, _ON = "\x1e", "\x1f"


@lru_cache(maxsize=8)
def held_query(manager: Any) -> Select[Any]:
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
def wanted_query(manager: Any, user: Any = None) -> Select[Any]:
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
    return union_all(*_role_queries(manager))


def _role_queries(manager: Any) -> tuple[Select[Any], Select[Any]]:
    """A user's own roles and those of the user's groups, as ``get_user_roles`` of
    Flask-AppBuilder finds them one after the other."""
    user, user_id = manager.user_model, bindparam("user_id", type_=manager.user_model.id.type)
    own, member = _between(user.roles), _between(user.groups)
    role = _between(manager.group_model.roles)
    joined = member.table.join(role.table, role.own == member.theirs)
    of_groups = select(role.theirs).select_from(joined).where(member.own == user_id)
    return select(own.theirs).where(own.own == user_id), of_groups


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


@lru_cache(maxsize=8)
def user_query(manager: Any, *settings: str) -> Select[Any]:
    """A user, all that the user's roles hold as one text (see :func:`rights_of`), and the user's
    own settings of these names, each as JSON in a text.

    PostgreSQL plans it anew for each request (psycopg forgets what it has prepared when a
    transaction is rolled back), and plans two conditions in less time than a union.
    """
    user, pair = manager.user_model, manager.permissionview_model
    permission, view = manager.permission_model, manager.viewmenu_model
    held, (own, of_groups) = _between(manager.role_model.permissions), _role_queries(manager)
    rights = (
        select(func.aggregate_strings(permission.name + _ON + view.name, _END))
        .select_from(pair)
        .join(held.table, held.theirs == pair.id)
        .join(pair.permission)
        .join(pair.view_menu)
        .where(or_(held.own.in_(own), held.own.in_(of_groups)))
    )
    values = [
        select(cast(StaffSetting.value, Text)).where(
            StaffSetting.staff_id == user.id, StaffSetting.name == one
        )
        for one in settings
    ]
    columns = [one.scalar_subquery() for one in (rights, *values)]
    return select(user, *columns).where(user.id == bindparam("user_id"))


def rights_of(text: str | None) -> set[str]:
    """The :func:`named` rights that :func:`user_query` gives as a text."""
    return set((text or "").split(_END))


def named(right: Right) -> str:
    """A right as one text."""
    return _ON.join(right)
