"""The staff user of this request: for the activity, and for what may be seen (S7)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from flask import has_request_context, request

from ..later import later
from ..state import current_contacts
from . import fab
from .held_permissions import holds_now

if TYPE_CHECKING:
    from .. import actors
    from ..actors import Actor
else:
    actors = later("actors")

#: The permission name of the customers; a host's own view shares ``can_view_all`` on it.
CUSTOMERS = "Contacts customers"
_STORE = "flask_contacts.may_view_all"


def current_actor() -> Actor:
    """Who does what this request does, as the services want it."""
    user = _user()
    if user is None:
        return actors.Actor("staff", address=request.remote_addr)
    return actors.Actor(
        "staff", user.get_full_name(), staff_id=user.id, address=request.remote_addr
    )


def current_staff_id() -> int | None:
    """The id of the signed-in staff user, by session or by token."""
    if not has_request_context():
        return None
    who = None if fab.asks_by_key() else fab.present_user_id()
    if who is None:
        user = _user()
        who = None if user is None else fab.user_id(user)
    return None if who is None else int(who)


def may_view_all() -> bool:
    """Whether the staff user sees every customer, not only own ones; asked once a request."""
    if not has_request_context():
        return False
    asked: dict[int | None, bool] = request.environ.setdefault(_STORE, {})
    who = current_staff_id()
    if who not in asked:
        asked[who] = holds_now("can_view_all", CUSTOMERS)
    return asked[who]


def _user() -> Any:
    if not has_request_context():
        return None
    return current_contacts.appbuilder.sm.current_user
