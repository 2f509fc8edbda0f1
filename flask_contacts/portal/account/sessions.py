"""My account: where the person is signed in, and ending it (security 7.4.2)."""

from __future__ import annotations

from datetime import datetime

from flask import abort, redirect, request, url_for
from flask_babel import get_locale
from werkzeug.wrappers import Response

from ...errors import NotFound
from ...i18n import _, _n
from ...services.accounts import sessions as service
from ...services.timezones import moment
from ...state import current_contacts
from ..access import portal_page
from ..notices import notify
from ..visit import BLUEPRINT
from .pages import account_page, visitor


@portal_page()
def sessions() -> Response:
    """The open sessions, this one first."""
    visit = visitor()
    zone, language = visit.contact.timezone, str(get_locale() or "en")

    def in_words(when: datetime) -> str:
        return moment(when, zone, language)

    return account_page(
        "sessions",
        sessions=service.own_sessions(current_contacts.session, visit),
        most=service.MOST,
        moment=in_words,
    )


@portal_page()
def end_session() -> Response:
    """End one of them, not this one."""
    chosen = request.form.get("session", "")
    if not chosen.isascii() or not chosen.isdigit() or len(chosen) > 9:
        abort(404)
    try:
        service.end_own_session(
            current_contacts.session, visitor(), int(chosen), request.remote_addr
        )
    except NotFound:
        abort(404)
    notify(_("The session has ended."))
    return redirect(url_for(f"{BLUEPRINT}.account_sessions"), 303)


@portal_page()
def end_other_sessions() -> Response:
    """End all but this one."""
    ended = service.end_other_sessions(current_contacts.session, visitor(), request.remote_addr)
    text = _n("%(num)s other session has ended.", "%(num)s other sessions have ended.", ended)
    notify(text if ended else _("There was no other session."))
    return redirect(url_for(f"{BLUEPRINT}.account_sessions"), 303)
