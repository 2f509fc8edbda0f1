"""Leaving a marketing list by the link in its mail: GET shows, POST changes."""

from __future__ import annotations

from flask import make_response, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from ..errors import LinkError
from ..i18n import _
from ..mail.marketing_links import MarketingLink, read_marketing_token
from ..services.marketing import leaving as service
from ..state import current_contacts
from .notices import notify
from .protection import is_one_click
from .visit import BLUEPRINT


def linked_marketing_list(token: str) -> Response:
    """One list, without signing in; mail programs leave it by one click (RFC 8058)."""
    session, address = current_contacts.session, request.remote_addr
    try:
        link = read_marketing_token(token)
        if is_one_click():
            service.leave_list(session, link, address)
            return make_response("", 204)
        if request.method == "POST":
            return _change(link, token)
        membership = service.membership_of_link(session, link)
    except LinkError:
        return make_response(render_template("flask_contacts/portal/dead_list_link.html"), 410)
    page = render_template(
        "flask_contacts/portal/marketing_list.html",
        contact=membership.contact,
        list=membership.list,
        on=membership.on,
        here=_here(token),
    )
    return make_response(page)


def _change(link: MarketingLink, token: str) -> Response:
    session, address = current_contacts.session, request.remote_addr
    if request.form.get("choice") == "rejoin":
        again = service.rejoin_list(session, link, address)
        notify(_("You get this mail again.") if again else _("That is taken back."))
    else:
        service.leave_list(session, link, address)
        notify(_("You do not get this mail any more."))
    return redirect(_here(token), 303)


def _here(token: str) -> str:
    return url_for(f"{BLUEPRINT}.linked_marketing_list", token=token)
