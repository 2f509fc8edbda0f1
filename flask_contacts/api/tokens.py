"""Who calls: a staff user by a token or a key of Flask-AppBuilder's, who may do what the role
allows.

A session's cookie opens nothing here, so no page elsewhere can make a browser call us
(security 3.5.1), and a contact of the portal is nobody here. Who sends neither token nor key
is nobody either, who may do what the role ``Public`` may.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from hashlib import sha256
from typing import Any, TypeVar

from flask import current_app, g, request
from flask_appbuilder.security.decorators import protect
from flask_jwt_extended import get_current_user, verify_jwt_in_request

from ..state import current_contacts
from .problems import forbidden, stranger

F = TypeVar("F", bound=Callable[..., Any])
_HEADER = "Authorization"
_MOST_REMEMBERED = 1_000
#: Whom a token named when it was last checked, by its digest: whom to read ahead, no more.
_callers: dict[bytes, int] = {}


def protected(method: F) -> F:
    """Flask-AppBuilder's ``@protect`` for a method of ours; who is let in is asked about once."""
    guarded = protect()(method)

    @wraps(guarded)
    def opened(api: Any, *args: Any, **kwargs: Any) -> Any:
        right = api.get_method_permission(method.__name__)
        known = _is_key() or _is_token(f"can_{right}", api.class_permission_name)
        if known and holds(api, right):
            return method(api, *args, **kwargs)
        return guarded(api, *args, **kwargs)

    return opened  # type: ignore[return-value]


def holds(api: Any, right: str) -> bool:
    """Whether the caller holds ``can_<right>`` on the name of an API of ours."""
    permission = f"can_{right}"
    return permission in api.base_permissions and current_contacts.staff_sight.holds(
        permission, api.class_permission_name
    )


def require(permission: str, name: str) -> None:
    """Refuse (403) a caller without a permission that an API needs beside its own."""
    if not current_contacts.staff_sight.holds(permission, name):
        raise forbidden()


def _is_key() -> bool:
    """Whether a key of the API was sent, where these are on; its user is who asks, as below.

    A key is no token: Flask-AppBuilder's own guard too looks for one before the other.
    """
    if not current_app.config.get("FAB_API_KEY_ENABLED", False):
        return False
    manager = current_contacts.appbuilder.sm
    key = manager.extract_api_key_from_request()
    if key is None:
        return False
    user = manager.validate_api_key(key)
    if not user:
        raise stranger()
    g.user = g._login_user = user
    return True


def _is_token(permission: str, name: str) -> bool:
    """Whether a valid token was sent; from then on its user is who asks, and nobody else:
    without one nobody is, whatever cookie came along.

    A browser may send the cookie of another user beside it. Flask-Login is told too: then
    what the user may do is read at once (``admin.held_permissions``), as on the pages. Who has
    called before is read together with the right that is needed.
    """
    sent = request.headers.get(_HEADER)
    digest = b"" if sent is None else sha256(sent.encode()).digest()
    if digest in _callers:
        current_contacts.staff_sight.expect(_callers[digest], permission, name)
    if verify_jwt_in_request(optional=True) is None:
        g.user = g._login_user = current_app.login_manager.anonymous_user()  # type: ignore[attr-defined]
        return False
    g.user = g._login_user = get_current_user()
    if digest and digest not in _callers:
        _remember(digest, g.user.id)
    return True


def _remember(digest: bytes, user_id: int) -> None:
    if len(_callers) >= _MOST_REMEMBERED:
        _callers.clear()
    _callers[digest] = user_id
