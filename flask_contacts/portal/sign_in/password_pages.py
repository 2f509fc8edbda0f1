"""Setting a password by a mailed link, and asking for a link (BEHAVIOUR C9)."""

from __future__ import annotations

from flask import make_response, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from ...config import setting
from ...errors import (
    DatabaseBusy,
    InvalidInput,
    LinkError,
    LinkExpired,
    LinkUsed,
    LinkVoid,
    TooManyAttempts,
)
from ...i18n import _
from ...services.invitations import set_password as service
from ...state import current_contacts
from ..cookies import (
    clear_link_cookie,
    clear_session_cookie,
    link_token,
    set_link_cookie,
)
from ..forms import FormErrors, too_busy, too_many_attempts, try_later
from ..language import keep_language, prefer_reader
from ..notices import notify
from ..visit import BLUEPRINT, forget_visit
from .pages import end_session


def forgot_password() -> Response:
    """Ask for a link; the answer is the same for every address (security 6.3.8)."""
    if request.method != "POST":
        return _forgot_form("", {}, is_sent="sent" in request.args)
    email = request.form.get("email", "").strip()
    if not email:
        return _forgot_form("", {"email": [_("Enter your e-mail address.")]}, 422)
    try:
        service.forgot_password(current_contacts.session, email, request.remote_addr or "")
    except InvalidInput as error:
        return _forgot_form(email, error.errors, 422)
    except TooManyAttempts as error:
        response = _forgot_form(email, {"": [too_many_attempts(error.retry_after)]}, 429)
        response.headers["Retry-After"] = str(error.retry_after)
        return response
    except DatabaseBusy:
        return try_later(_forgot_form(email, {"": [too_busy()]}, 503))
    return redirect(url_for(f"{BLUEPRINT}.forgot_password", sent=1), 303)


def open_link(token: str = "") -> Response:
    """Move the token out of the address at once: nothing else happens, so that a mail
    scanner or a prefetch uses up nothing, and no history or referrer keeps the token."""
    response = redirect(url_for(f"{BLUEPRINT}.set_password"))
    set_link_cookie(response, token)
    prefer_reader(response, token)
    return response


def set_password() -> Response:
    """The form of an opened link, and what it posts."""
    token = link_token()
    errors: FormErrors = {}
    is_busy = False
    try:
        link = service.read_password_link(current_contacts.session, token)
        if request.method == "POST":
            service.set_password(
                current_contacts.session,
                token,
                request.form.get("password", ""),
                request.form.get("confirm", ""),
            )
            return _password_is_set()
    except InvalidInput as error:
        errors = error.errors
    except LinkError as error:
        return _dead_link(error)
    except DatabaseBusy:  # the link still works, and so does the form
        errors, is_busy = {"": [too_busy()]}, True
        forget_visit()
    response = make_response(
        render_template(
            "flask_contacts/portal/set_password.html",
            link=link,
            errors=errors,
            min_length=setting("PASSWORD_MIN_LENGTH"),
        ),
        503 if is_busy else 422 if errors else 200,
    )
    return try_later(response) if is_busy else response


def ask_for_new_link() -> Response:
    """Send another link of the same kind in place of a dead one; always the same answer."""
    service.ask_for_new_link(current_contacts.session, link_token())
    response = redirect(url_for(f"{BLUEPRINT}.forgot_password", sent=1), 303)
    keep_language(response)
    clear_link_cookie(response)
    return response


def _password_is_set() -> Response:
    response = redirect(url_for(f"{BLUEPRINT}.sign_in"), 303)
    keep_language(response)
    notify(_("Your password is set. You can sign in with it now."))
    # Whoever was signed in here before is another person, or has an old password.
    end_session()
    clear_link_cookie(response)
    clear_session_cookie(response)
    return response


def _dead_link(error: LinkError) -> Response:
    title, text = _why_dead(error)
    is_known = isinstance(error, (LinkExpired, LinkUsed, LinkVoid))
    return make_response(
        render_template(
            "flask_contacts/portal/dead_link.html", title=title, text=text, can_renew=is_known
        ),
        410 if is_known else 404,
    )


def _why_dead(error: LinkError) -> tuple[str, str]:
    if isinstance(error, LinkExpired):
        return _("This link has expired"), _("It was valid for a limited time, which is over.")
    if isinstance(error, LinkUsed):
        return (
            _("This link has been used"),
            _("A link works once. If you have set your password with it, just sign in."),
        )
    if isinstance(error, LinkVoid):
        return (
            _("This link is no longer valid"),
            _("A newer link was sent, or something about the account has changed since."),
        )
    return (
        _("This link does not work"),
        _(
            "Part of the address may be missing, or the page was open for too long. "
            "Open the link in the e-mail again, or copy the whole of it."
        ),
    )


def _forgot_form(
    email: str, errors: FormErrors, status: int = 200, *, is_sent: bool = False
) -> Response:
    return make_response(
        render_template(
            "flask_contacts/portal/forgot_password.html",
            email=email,
            errors=errors,
            is_sent=is_sent,
        ),
        status,
    )
