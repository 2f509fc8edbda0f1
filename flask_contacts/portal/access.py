"""Who may open a portal page (BEHAVIOUR P2)."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import TYPE_CHECKING, Any, TypeVar, cast

from flask import make_response, redirect, render_template, request, url_for
from werkzeug.exceptions import Forbidden
from werkzeug.wrappers import Response

from ..errors import ConfigError
from ..i18n import _
from ..later import later
from .cookies import clear_session_cookie
from .notices import notify
from .protection import SAFE_METHODS
from .records.uploads import FORMS
from .visit import (
    BLUEPRINT,
    SET_UP_TWO_FACTOR,
    current_visit,
    inside_portal,
    must_set_up_two_factor,
    session_token,
)

if TYPE_CHECKING:
    from . import form_owner, typed_text as portal_typed_text
    from .sign_in import safe_next
else:
    form_owner = later("portal.form_owner")
    portal_typed_text = later("portal.typed_text")
    safe_next = later("portal.sign_in.safe_next")


View = TypeVar("View", bound=Callable[..., Any])
_MODULE = "flask_contacts.portal_module"

#: The attribute of a guarded view that names the module whose permission it asks for.
GUARDED_MODULE = "contacts_module"


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
                return ask_for_two_factor() if must_set_up_two_factor() else ask_to_sign_in()
            request.environ[_MODULE] = module
            is_allowed = module is None or module in visit.permissions
            # A module's own forms say it themselves, and keep what was typed.
            if not (is_allowed and hasattr(guarded, FORMS)) and form_owner.is_of_another():
                raise form_owner.FormOfAnother(portal_typed_text.typed_text())
            if not is_allowed:
                raise Forbidden
            return view(*args, **values)

        setattr(guarded, GUARDED_MODULE, module)
        return cast(View, guarded)

    return decorate


def current_module() -> str | None:
    """The name of the module that this request is about, allowed or not."""
    return cast("str | None", request.environ.get(_MODULE))


def ask_for_two_factor() -> Response:
    """To the page that sets up the second factor, and from there to what was asked for."""
    return redirect(url_for(SET_UP_TWO_FACTOR, next=safe_next.wanted_url()))


def ask_to_sign_in() -> Response:
    """To the sign-in page, and from there back to what was asked for.

    What a form sent is not done afterwards; its page is opened again. Text that was typed
    into it is shown, so that it can be copied.
    """
    is_read = request.method in SAFE_METHODS
    back = safe_next.wanted_url() if is_read else safe_next.form_url()
    sign_in_url = url_for(f"{BLUEPRINT}.sign_in", next=back)
    typed = [] if is_read else portal_typed_text.typed_text()
    # 303: a browser would send a PUT's or DELETE's body to the sign-in page otherwise.
    response = redirect(sign_in_url, 302 if is_read else 303)
    if typed:
        response = _show_typed(typed, sign_in_url)
    elif not is_read:
        notify(_("Your session had ended, so nothing was saved. Please sign in again."), "warning")
    elif session_token() is not None:
        notify(_("Your session has ended. Please sign in again."), "info")
    if session_token() is not None:
        clear_session_cookie(response)
    return response


def _show_typed(typed: list[tuple[str, str]], sign_in_url: str) -> Response:
    """403 and not the sign-in page: the text would be gone with it."""
    page = render_template(
        "flask_contacts/portal/session_over.html", typed=typed, sign_in_url=sign_in_url
    )
    return make_response(page, 403)
