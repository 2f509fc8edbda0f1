"""Staff users of Flask-AppBuilder: looked up by name, never changed, never listed whole."""

from __future__ import annotations

from typing import Any

from ..state import current_contacts


def staff_id(username: str) -> int | None:
    """The id of the active staff user of that name, or None."""
    user = current_contacts.appbuilder.sm.find_user(username=username)
    return int(user.id) if user is not None and user.is_active else None


def staff_user(user_id: int | None) -> Any:
    """The staff user of that id (Flask-AppBuilder's model), or None."""
    if user_id is None:
        return None
    return current_contacts.appbuilder.sm.get_user_by_id(user_id)


def username_of(user_id: int | None) -> str | None:
    """The user name of that id, as forms show it, or None."""
    user = staff_user(user_id)
    return None if user is None else str(user.username)
