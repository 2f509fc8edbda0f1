"""Signing in and out."""

from __future__ import annotations

from flask import make_response, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from ...errors import CodeRequired, DatabaseBusy, SignInRefused, TooManyAttempts
from ...i18n import _
from ...services.accounts import sign_in as service
from ...services.accounts.new_session import NewSession
from ...services.registration.settings import is_open
from ...state import current_contacts
from ..cookies import (
    clear_session_cookie,
    known_logins,
    remember_device,
    set_code_cookie,
    set_session_cookie,
)
from ..forms import FormErrors, too_busy, too_many_attempts, try_later
from ..notices import notify
from ..visit import BLUEPRINT, current_visit, forget_visit, must_set_up_two_factor, session_token
from .safe_next import safe_next


def sign_in() -> Response:
    """The form, and what it posts; who is signed in already goes on."""
    next_url = safe_next(request.values.get("next"))
    if request.method != "POST":
        if current_visit() is not None or must_set_up_two_factor():
            return redirect(next_url or url_for(f"{BLUEPRINT}.dashboard"))
        return _form(next_url, "", {})
    email = request.form.get("email", "").strip()
    password = request.form.get("password", "")
    errors: FormErrors = {}
    if not email:
        errors["email"] = [_("Enter your e-mail address.")]
    if not password:
        errors["password"] = [_("Enter your password.")]
    if errors:
        return _form(next_url, email, errors, 422)
    try:
        new = service.sign_in(
            current_contacts.session,
            email,
            password,
            request.remote_addr or "",
            request.user_agent.string,
            known_on=known_logins(),
        )
    except CodeRequired as error:
        return ask_for_code(error, next_url)
    except SignInRefused:
        errors[""] = [_("This e-mail address and password do not match. Please try again.")]
        return _form(next_url, email, errors, 422)
    except TooManyAttempts as error:
        errors[""] = [too_many_attempts(error.retry_after)]
        response = _form(next_url, email, errors, 429)
        response.headers["Retry-After"] = str(error.retry_after)
        return response
    except DatabaseBusy:
        forget_visit()
        return try_later(_form(next_url, email, {"": [too_busy()]}, 503))
    return enter(new, next_url)


def ask_for_code(error: CodeRequired, next_url: str | None) -> Response:
    """To the second step: the password is right, nobody is signed in yet."""
    response = redirect(url_for(f"{BLUEPRINT}.sign_in_code", next=next_url), 303)
    set_code_cookie(response, error.login_id, error.session_epoch)
    return response


def enter(new: NewSession, next_url: str | None) -> Response:
    """Into the portal with a new session; whoever was signed in here before is not any more."""
    end_session()
    response = redirect(next_url or url_for(f"{BLUEPRINT}.dashboard"), 303)
    set_session_cookie(response, new.token)
    remember_device(response, new.login_id)
    return response


def sign_out() -> Response:
    """End the session on the server too: the cookie of before opens nothing any more."""
    end_session()
    notify(_("You have signed out."))
    response = redirect(url_for(f"{BLUEPRINT}.sign_in"), 303)
    clear_session_cookie(response)
    return response


def end_session() -> None:
    """End the session that the request came with, if any."""
    token = session_token()
    if token is not None:
        service.sign_out(current_contacts.session, token)
    forget_visit()


def _form(next_url: str | None, email: str, errors: FormErrors, status: int = 200) -> Response:
    return make_response(
        render_template(
            "flask_contacts/portal/sign_in.html",
            next_url=next_url,
            email=email,
            errors=errors,
            can_register=status != 503 and is_open(current_contacts.session),
        ),
        status,
    )
