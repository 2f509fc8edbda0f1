"""My account: another e-mail address, confirmed by a link to it (BEHAVIOUR P5)."""

from __future__ import annotations

from flask import make_response, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from ...errors import (
    InvalidInput,
    LinkError,
    LinkExpired,
    LinkUsed,
    LinkVoid,
    NotFound,
    TooManyAttempts,
)
from ...i18n import _
from ...services.accounts import email_change as service
from ...services.accounts.own_password import FIELD
from ...state import current_contacts
from ..access import ask_to_sign_in, portal_page
from ..cookies import (
    clear_link_cookie,
    clear_session_cookie,
    link_token,
    set_link_cookie,
    set_session_cookie,
)
from ..forms import FormErrors
from ..language import keep_language, prefer_reader
from ..notices import notify
from ..sign_in.pages import end_session
from ..visit import BLUEPRINT, current_visit
from .pages import account_page, limited, visitor, wait


@portal_page()
def email() -> Response:
    """The address, a change that waits, and the form to propose another."""
    if request.method != "POST":
        return _form("", {})
    typed = request.form.get("email", "").strip()
    password = request.form.get(FIELD, "")
    try:
        address = service.propose_email(
            current_contacts.session, visitor(), typed, password, request.remote_addr
        )
    except InvalidInput as error:
        return _form(typed, error.errors)
    except TooManyAttempts as error:
        return limited(_form(typed, wait(error)), error)
    except NotFound:
        return ask_to_sign_in()
    text = _("A link is on its way to %(email)s. Open it within 48 hours.", email=address)
    notify(text)
    return redirect(url_for(f"{BLUEPRINT}.account_email"), 303)


@portal_page()
def cancel() -> Response:
    """Forget the proposed address; its link opens nothing any more."""
    service.cancel_email_change(current_contacts.session, visitor())
    notify(_("The change is cancelled. Your address stays as it is."))
    return redirect(url_for(f"{BLUEPRINT}.account_email"), 303)


def open_email_link(token: str = "") -> Response:
    """Move the token out of the address at once, as for a link to set a password."""
    response = redirect(url_for(f"{BLUEPRINT}.confirm_email"))
    set_link_cookie(response, token)
    prefer_reader(response, token)
    return response


def confirm_email() -> Response:
    """The page of an opened link, and its button."""
    token, errors = link_token(), FormErrors()
    visit = current_visit()
    is_own = False
    try:
        link = service.read_email_link(current_contacts.session, token)
        is_own = visit is not None and visit.login.id == link.login_id
        if request.method == "POST":
            return _confirmed(
                service.confirm_email(
                    current_contacts.session,
                    token,
                    request.remote_addr,
                    visit=visit if is_own else None,
                    password=request.form.get(FIELD, ""),
                )
            )
    except InvalidInput as error:
        errors = error.errors
    except LinkError as error:
        return _dead_link(error)
    except TooManyAttempts as error:
        return limited(_confirmation(link, is_own, wait(error)), error)
    except NotFound:
        return redirect(url_for(f"{BLUEPRINT}.confirm_email"), 303)
    return _confirmation(link, is_own, errors)


def _confirmed(renewed: str | None) -> Response:
    notify(_("Your e-mail address is changed. You sign in with it from now on."))
    if renewed is not None:
        response = redirect(url_for(f"{BLUEPRINT}.account_email"), 303)
        set_session_cookie(response, renewed)
    else:
        end_session()  # whoever else is signed in here is another person
        response = redirect(url_for(f"{BLUEPRINT}.sign_in"), 303)
        keep_language(response)
        clear_session_cookie(response)
    clear_link_cookie(response)
    return response


def _confirmation(link: service.EmailLink, is_own: bool, errors: FormErrors) -> Response:
    return account_page("email_confirm", errors, link=link, is_own=is_own)


def _form(typed: str, errors: FormErrors) -> Response:
    visit = visitor()
    pending = service.pending_email(current_contacts.session, visit.login.id)
    return account_page("email", errors, email=typed, present=visit.login.email, pending=pending)


def _dead_link(error: LinkError) -> Response:
    title, text = _why_dead(error)
    page = render_template(
        "flask_contacts/portal/account_email_dead_link.html", title=title, text=text
    )
    is_known = isinstance(error, (LinkExpired, LinkUsed, LinkVoid))
    return make_response(page, 410 if is_known else 404)


def _why_dead(error: LinkError) -> tuple[str, str]:
    if isinstance(error, LinkExpired):
        return _("This link has expired"), _("It was valid for a limited time, which is over.")
    if isinstance(error, LinkUsed):
        return (
            _("This link has been used"),
            _("A link works once. The address was changed with it."),
        )
    if isinstance(error, LinkVoid):
        return (
            _("This link is no longer valid"),
            _(
                "The change was cancelled, another address was proposed, or something about "
                "the account has changed since."
            ),
        )
    return (
        _("This link does not work"),
        _(
            "Part of the address may be missing, or the page was open for too long. "
            "Open the link in the e-mail again, or copy the whole of it."
        ),
    )
