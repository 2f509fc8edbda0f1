"""Registering in the portal: the form, the mailed link, the proof (BEHAVIOUR P6)."""

from __future__ import annotations

from flask import abort, make_response, redirect, render_template, request, url_for
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
from ...services.registration import proof, registering as service
from ...services.registration.settings import is_open
from ...state import current_contacts
from ..account.pages import limited, wait
from ..cookies import (
    clear_link_cookie,
    clear_session_cookie,
    link_token,
    set_link_cookie,
)
from ..form_owner import typed_fields
from ..forms import FormErrors, too_busy, try_later
from ..language import choose_language, keep_language, prefer_reader
from ..notices import notify
from ..visit import BLUEPRINT, current_visit, forget_visit
from .pages import end_session


def register() -> Response:
    """The form, and what it posts; the answer is the same for every address (6.3.8)."""
    _require_open()
    if request.method != "POST":
        if current_visit() is not None:
            return redirect(url_for(f"{BLUEPRINT}.dashboard"))
        if "sent" in request.args:
            return _page("registration_sent")
        return _form({}, {})
    typed = typed_fields()
    language, ip = choose_language(), request.remote_addr
    try:
        service.register(current_contacts.session, typed, ip, language)
    except InvalidInput as error:
        return _form(typed, error.errors)
    except TooManyAttempts as error:
        return limited(_form(typed, wait(error)), error)
    except DatabaseBusy:
        forget_visit()
        return try_later(_form(typed, {"": [too_busy()]}, 503))
    return redirect(url_for(f"{BLUEPRINT}.register", sent=1), 303)


def open_registration_link(token: str = "") -> Response:
    """Move the token out of the address at once, as for a link to set a password."""
    _require_open()
    response = redirect(url_for(f"{BLUEPRINT}.confirm_registration"))
    set_link_cookie(response, token)
    prefer_reader(response, token)
    return response


def confirm_registration() -> Response:
    """The page of an opened link: who it is for, and the password that was chosen."""
    _require_open()
    if "waits" in request.args:
        return _page("registration_waits")
    token, session = link_token(), current_contacts.session
    errors: FormErrors = {}
    status = 200
    try:
        link = proof.read_registration_link(session, token)
        if request.method == "POST":
            password = request.form.get("password", "")
            return _proven(proof.prove_registration(session, token, password, request.remote_addr))
    except InvalidInput as error:
        errors, status = error.errors, 422
    except LinkError as error:
        return _dead_link(error)
    except proof.AccountExists:
        return _account_exists()
    except TooManyAttempts as error:
        return limited(_proof_form(link, wait(error), 429), error)
    except DatabaseBusy:  # the link still works, and so does the form
        forget_visit()
        return try_later(_proof_form(link, {"": [too_busy()]}, 503))
    return _proof_form(link, errors, status)


def ask_for_new_registration_link() -> Response:
    """Send another link in place of a dead one; always the same answer."""
    _require_open()
    service.ask_for_new_registration_link(current_contacts.session, link_token())
    response = redirect(url_for(f"{BLUEPRINT}.register", sent=1), 303)
    keep_language(response)
    clear_link_cookie(response)
    return response


def _require_open() -> None:
    if not is_open(current_contacts.session):
        abort(404)


def _proven(done: proof.Proven) -> Response:
    if done.contact_id is None:
        response = redirect(url_for(f"{BLUEPRINT}.confirm_registration", waits=1), 303)
    else:
        response = redirect(url_for(f"{BLUEPRINT}.sign_in"), 303)
        notify(_("Your address is confirmed and the portal is open to you. You can sign in now."))
    return _signed_out(response)


def _account_exists() -> Response:
    response = _page("registration_account", 409)
    clear_link_cookie(response)
    return response


def _signed_out(response: Response) -> Response:
    """Whoever is signed in here is another person."""
    keep_language(response)
    end_session()
    clear_link_cookie(response)
    clear_session_cookie(response)
    return response


def _form(typed: dict[str, str], errors: FormErrors, status: int = 422) -> Response:
    """Everything that was typed but the password."""
    values = {name: typed.get(name, "") for name in service.FIELDS if name != "password"}
    return _page(
        "registration_form",
        status if errors else 200,
        values=values,
        errors=errors,
        min_length=setting("PASSWORD_MIN_LENGTH"),
    )


def _proof_form(link: proof.RegistrationLink, errors: FormErrors, status: int) -> Response:
    return _page("registration_confirm", status, link=link, errors=errors)


def _dead_link(error: LinkError) -> Response:
    title, text = _why_dead(error)
    is_known = isinstance(error, (LinkExpired, LinkUsed, LinkVoid))
    return _page(
        "registration_dead_link",
        410 if is_known else 404,
        title=title,
        text=text,
        can_renew=isinstance(error, LinkExpired),
        is_used=isinstance(error, LinkUsed),
    )


def _why_dead(error: LinkError) -> tuple[str, str]:
    if isinstance(error, LinkExpired):
        return _("This link has expired"), _("It was valid for a limited time, which is over.")
    if isinstance(error, LinkUsed):
        return (
            _("This link has been used"),
            _(
                "A link works once: your address is confirmed. As soon as the portal is open to "
                "you, you get an e-mail and can sign in with the password that you chose."
            ),
        )
    if isinstance(error, LinkVoid):
        return (
            _("This link is no longer valid"),
            _("A newer link was sent, or what was typed has been deleted since."),
        )
    return (
        _("This link does not work"),
        _(
            "Part of the address may be missing, or the page was open for too long. "
            "Open the link in the e-mail again, or copy the whole of it."
        ),
    )


def _page(name: str, status: int = 200, **context: object) -> Response:
    return make_response(render_template(f"flask_contacts/portal/{name}.html", **context), status)
