"""A staff user read together with what nearly every page of the admin asks about next.

One statement instead of three: the user, the rights of all the user's roles, and what the user
has chosen for the list of contacts. Flask-AppBuilder then finds that user in the session. Who
is signed in, whether the user is active, and whether roles decide at all, is decided as ever;
the next request reads everything anew.
"""

from __future__ import annotations

import json
import re
from typing import Any

from flask import has_request_context, request
from flask_login import LoginManager

from ..models import StaffSetting
from ..state import current_contacts
from . import fab
from .rights_queries import rights_of, user_query

_WANTED = "flask_contacts.user_with_rights_wanted"
_READ = "flask_contacts.user_with_rights"
_SETTINGS = ("contact_list",)
#: Where texts are joined whole, however many: MySQL cuts them at a length that it is set to.
_JOINING = frozenset({"postgresql", "sqlite"})
_SHORT_KEY = re.compile("[0-9]{1,9}")  # a longer one is for the driver to refuse


def quicken(manager: LoginManager) -> None:
    """Let ``manager`` read the user that way where a request is about to :func:`want` it."""
    former = manager.user_callback
    if former is None:
        return

    def load(key: Any) -> Any:
        if has_request_context() and request.environ.pop(_WANTED, False):
            _read(key)
        return former(key)

    manager.user_loader(load)


def want() -> None:
    """The user of this request is about to be found, and the rights are asked for next."""
    request.environ[_WANTED] = True


def rights(user: Any) -> set[str] | None:
    """The names of all that a user's roles hold now, where they were read with that user."""
    read = request.environ.get(_READ)
    return rights_of(read[1]) if read is not None and read[0].id == user.id else None


def setting(user_id: int, name: str) -> tuple[bool, Any]:
    """Whether a user's setting was read with that user, and what it is."""
    read = request.environ.get(_READ)
    if read is None or name not in _SETTINGS or fab.user_id(read[0]) != user_id:
        return False, None
    text = read[2 + _SETTINGS.index(name)]
    return True, None if text is None else json.loads(text)


def _read(key: Any) -> None:
    manager: Any = current_contacts.appbuilder.sm
    session = current_contacts.session
    bind = session.get_bind(manager.user_model)
    can_join = bind.dialect.name in _JOINING and session.get_bind(StaffSetting) is bind
    if not (can_join and _SHORT_KEY.fullmatch(str(key)) and fab.decides_by_rows()):
        return
    query = user_query(manager.__class__, *_SETTINGS)
    # A host's model may have relations that are joined: rows of one user then.
    found = session.execute(query, {"user_id": int(key)}).unique().one_or_none()
    if found is not None:
        request.environ[_READ] = found  # the session forgets whom nobody holds
