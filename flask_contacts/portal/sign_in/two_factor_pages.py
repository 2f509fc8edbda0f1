"""The second step of signing in: the code of the app, or a recovery code."""

from __future__ import annotations

from flask import make_response, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from ...errors import DatabaseBusy, InvalidInput, SecretUnreadable, SignInRefused, TooManyAttempts
from ...i18n import _, _n
from ...services.accounts.new_session import Browser, NewSession
from ...services.two_factor import sign_in as service
from ...services.two_factor.check import CODE, RECOVERY_CODE, TypedCode
from ...state import current_contacts
from ..account.pages import limited, wait
from ..cookies import clear_code_cookie, known_logins, waiting_sign_in
from ..forms import FormErrors, too_busy, try_later
from ..notices import notify
from ..visit import BLUEPRINT, current_visit, forget_visit
from .pages import enter
from .safe_next import safe_next

_FEW_CODES = 3


def sign_in_code() -> Response:
    """The form, and what it posts; back to the first step where that counts no more."""
    next_url, waiting = safe_next(request.values.get("next")), waiting_sign_in()
    email = service.waiting_email(current_contacts.session, *waiting) if waiting else None
    if waiting is None or email is None:
        return _start_again(next_url)
    if request.method != "POST":
        return _form(next_url, email, {})
    typed = typed_code()
    try:
        new = _finish(waiting, typed)
    except SignInRefused:
        return _start_again(next_url)
    except InvalidInput as error:
        return _form(next_url, email, error.errors, 422)
    except TooManyAttempts as error:
        return limited(_form(next_url, email, wait(error)), error)
    except SecretUnreadable:
        return _unreadable(next_url)
    except DatabaseBusy:
        forget_visit()
        return try_later(_form(next_url, email, {"": [too_busy()]}, 503))
    response = enter(new, next_url)
    clear_code_cookie(response)
    return response


def typed_code() -> TypedCode:
    """What this request's form holds of a code."""
    return TypedCode(request.form.get(CODE, ""), request.form.get(RECOVERY_CODE, ""))


def warn_of_few_codes(left: int) -> None:
    """Say on the next page how many recovery codes are left, where they are few."""
    if left > _FEW_CODES:
        return
    notify(
        _n(
            "You have %(num)s recovery code left. Make new ones under My account.",
            "You have %(num)s recovery codes left. Make new ones under My account.",
            left,
        ),
        "warning",
    )


def _finish(waiting: tuple[int, int], typed: TypedCode) -> NewSession:
    session = current_contacts.session
    browser = Browser(request.remote_addr or "", request.user_agent.string, known_logins())
    new = service.finish_sign_in(session, *waiting, typed, browser)
    if not typed.digits:
        warn_of_few_codes(service.codes_left(session, new.login_id))
    return new


def _form(next_url: str | None, email: str, errors: FormErrors, status: int = 200) -> Response:
    page = render_template(
        "flask_contacts/portal/two_factor_code.html", next_url=next_url, email=email, errors=errors
    )
    return make_response(page, status)


def _start_again(next_url: str | None) -> Response:
    if current_visit() is not None:  # back to this page after signing in
        return redirect(next_url or url_for(f"{BLUEPRINT}.dashboard"), 303)
    notify(_("Please sign in with your password first."), "info")
    response = redirect(url_for(f"{BLUEPRINT}.sign_in", next=next_url), 303)
    clear_code_cookie(response)
    return response


def _unreadable(next_url: str | None) -> Response:
    page = render_template("flask_contacts/portal/two_factor_unreadable.html", next_url=next_url)
    return make_response(page, 409)
