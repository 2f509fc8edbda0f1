"""Who may open a portal page (BEHAVIOUR P2)."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any, TypeVar, cast

from flask import redirect, request, url_for
from werkzeug.exceptions import Forbidden
from werkzeug.wrappers import Response

from ..errors import ConfigError
from ..i18n import _
from .cookies import clear_session_cookie
from .notices import notify
from .safe_next import wanted_url
from .visit import BLUEPRINT, current_visit, inside_portal, session_token

View = TypeVar("View", bound=Callable[..., Any])
_MODULE = "flask_contacts.portal_module"


def portal_page(module: str | None = None) -> Callable[[View], View]:
    """Guard a view of a portal blueprint: signed in, and holding ``module``'s permission.

    Without a module any signed-in contact may open it. The view's blueprint has to be
    registered with ``contacts.add_portal_blueprint(blueprint)``; elsewhere nobody is
    signed in, and :class:`ConfigError` says so.
    """

    def decorate(view: View) -> View:
        @wraps(view)
        def guarded(*args: Any, **values: Any) -> Any:
            if not inside_portal():
                raise ConfigError(
                    "contacts.C030",
                    f"The portal page {request.endpoint!r} is outside the portal.",
                    "Register its blueprint with contacts.add_portal_blueprint().",
                )
            visit = current_visit()
            if visit is None:
                return ask_to_sign_in()
            request.environ[_MODULE] = module
            if module is not None and module not in visit.permissions:
                raise Forbidden
            return view(*args, **values)

        return cast(View, guarded)

    return decorate


def current_module() -> str | None:
    """The name of the module that this request is about, allowed or not."""
    return cast("str | None", request.environ.get(_MODULE))


def ask_to_sign_in() -> Response:
    """To the sign-in page, and from there back to what was asked for."""
    response = redirect(url_for(f"{BLUEPRINT}.sign_in", next=wanted_url()))
    if session_token() is not None:
        notify(_("Your session has ended. Please sign in again."), "info")
        clear_session_cookie(response)
    return response
