"""My account: two-factor authentication, set up with an app, and turned off (BEHAVIOUR P5)."""

from __future__ import annotations

from datetime import datetime

from flask import make_response, redirect, render_template, request, url_for
from flask_babel import get_locale
from markupsafe import Markup
from werkzeug.wrappers import Response

from ...errors import InvalidInput, NotFound, TooManyAttempts
from ...i18n import _
from ...services.accounts.own_password import FIELD
from ...services.accounts.sign_in import PortalVisit
from ...services.timezones import moment
from ...services.two_factor import secrets as two_factor_secrets, setting_up as service
from ...services.two_factor.secrets import Offer
from ...services.two_factor.state import (
    TwoFactorState,
    is_set_up_with,
    mark_of_codes,
    state_of,
)
from ...state import current_contacts
from ..access import ask_to_sign_in, portal_page
from ..cookies import set_session_cookie
from ..forms import FormErrors
from ..notices import notify
from ..sign_in.safe_next import safe_next
from ..sign_in.two_factor_pages import typed_code
from ..visit import BLUEPRINT
from .pages import account_page, limited, visitor, wait

_ACCOUNT_FRAME = "flask_contacts/portal/account.html"
_SOLE_FRAME = "flask_contacts/portal/two_factor_entrance.html"


@portal_page()
def two_factor() -> Response:
    """Whether it is on, and the ways from here."""
    return account_page("two_factor", state=_state(), moment=_in_words)


@portal_page()
def set_up() -> Response:
    """A QR code for the app, and its first code; in place of another app if it is on already.

    Where staff require it, this is all that the portal opens before.
    """
    visit = visitor()
    login_id, email = visit.login.id, visit.login.email
    if request.method != "POST":
        return _set_up_form(visit, two_factor_secrets.make_offer(login_id, email), {})
    offer = two_factor_secrets.read_offer(login_id, email, request.form.get("offer", ""))
    if offer is None:
        errors: FormErrors = {"": [_("This page was open for too long. Scan the new code.")]}
        return _set_up_form(visit, two_factor_secrets.make_offer(login_id, email), errors)
    if visit.has_two_factor and is_set_up_with(current_contacts.session, login_id, offer.secret):
        return _codes_were_shown()
    try:
        done = service.set_up(
            current_contacts.session,
            visit,
            offer,
            request.form.get(service.NEW_CODE, ""),
            request.form.get(FIELD, ""),
            typed_code(),
            request.remote_addr,
        )
    except InvalidInput as error:
        return _set_up_form(visit, offer, error.errors)
    except TooManyAttempts as error:
        return limited(_set_up_form(visit, offer, wait(error)), error)
    except NotFound:
        return ask_to_sign_in()
    response = _codes_page(done.codes, visit, is_set_up=True)
    set_session_cookie(response, done.token)
    return response


@portal_page()
def new_codes() -> Response:
    """New recovery codes in place of those of before."""
    visit = visitor()
    if not visit.has_two_factor:
        return _to_state()
    mark = mark_of_codes(current_contacts.session, visit.login.id)
    if request.method != "POST":
        return account_page("two_factor_new_codes", state=_state(), mark=mark)
    if request.form.get("codes", mark) != mark:
        return _codes_were_shown()
    try:
        codes = service.renew_codes(
            current_contacts.session,
            visit,
            request.form.get(FIELD, ""),
            typed_code(),
            request.remote_addr,
        )
    except InvalidInput as error:
        return account_page("two_factor_new_codes", error.errors, state=_state(), mark=mark)
    except TooManyAttempts as error:
        page = account_page("two_factor_new_codes", wait(error), state=_state(), mark=mark)
        return limited(page, error)
    except NotFound:
        return ask_to_sign_in()
    return _codes_page(codes, visit, is_set_up=False)


@portal_page()
def turn_off() -> Response:
    """Back to the password alone, unless staff require the second factor."""
    visit = visitor()
    if not visit.has_two_factor:
        return _to_state()
    if request.method != "POST":
        return account_page("two_factor_off", state=_state())
    try:
        token = service.turn_off(
            current_contacts.session,
            visit,
            request.form.get(FIELD, ""),
            typed_code(),
            request.remote_addr,
        )
    except InvalidInput as error:
        return account_page("two_factor_off", error.errors, state=_state())
    except TooManyAttempts as error:
        return limited(account_page("two_factor_off", wait(error), state=_state()), error)
    except NotFound:
        return ask_to_sign_in()
    notify(_("Two-factor authentication is off. Every other session has ended."))
    response = _to_state()
    set_session_cookie(response, token)
    return response


def _set_up_form(visit: PortalVisit, offer: Offer, errors: FormErrors) -> Response:
    return account_page(
        "two_factor_set_up",
        errors,
        frame=_SOLE_FRAME if visit.must_set_up_two_factor else _ACCOUNT_FRAME,
        is_on=visit.has_two_factor,
        is_required=visit.must_set_up_two_factor,
        email=visit.login.email,
        offer=offer,
        qr_code=_drawn(offer.uri),
        next_url=safe_next(request.values.get("next")),
    )


def _codes_page(codes: list[str], visit: PortalVisit, *, is_set_up: bool) -> Response:
    """The codes, this once: they are in no address, and no page shows them again."""
    next_url = safe_next(request.form.get("next"))
    page = render_template(
        "flask_contacts/portal/account_two_factor_codes.html",
        frame=_SOLE_FRAME if visit.must_set_up_two_factor else _ACCOUNT_FRAME,
        codes=codes,
        is_set_up=is_set_up,
        email=visit.login.email,
        next_url=next_url or url_for(f"{BLUEPRINT}.account_two_factor"),
    )
    return make_response(page)


def _codes_were_shown() -> Response:
    """Where the page with the codes is loaded again: the form is sent again, and does nothing."""
    text = _(
        "The recovery codes were made, and are shown only once. "
        "If you have not kept them, make new ones."
    )
    notify(text, "warning")
    return _to_state()


def _state() -> TwoFactorState:
    return state_of(current_contacts.session, visitor().login.id)


def _to_state() -> Response:
    return redirect(url_for(f"{BLUEPRINT}.account_two_factor"), 303)


def _in_words(when: datetime) -> str:
    return moment(when, visitor().contact.timezone, str(get_locale() or "en"))


def _drawn(uri: str) -> Markup:
    """The address as an inline QR code, dark on light in dark pages too: cameras need it so."""
    import segno  # noqa: PLC0415  not needed to start

    drawn = segno.make(uri, micro=False, error="m").svg_inline(
        border=4, dark="#000", light="#fff", omitsize=True, svgclass="portal-qr-code", lineclass=""
    )
    return Markup(drawn)  # noqa: S704  drawn by segno: a path, and none of the text
