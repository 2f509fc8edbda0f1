"""Changing between the companies of a person who is a contact at several."""

from __future__ import annotations

from contextlib import nullcontext

from flask import abort, redirect, request, url_for
from werkzeug.wrappers import Response

from ...errors import NotFound
from ...i18n import _, in_language
from ...models import Contact
from ...services.accounts.companies import switch_company as switch
from ...state import current_contacts
from ..access import portal_page
from ..language import offered
from ..notices import notify
from ..sign_in.safe_next import safe_next
from ..visit import BLUEPRINT, current_visit, forget_visit


@portal_page()
def switch_company() -> Response:
    """Go on as the chosen contact, from the first page: the open one may not be theirs.

    A page that was not found at the former company says itself where to go on.
    """
    visit = current_visit()
    chosen = request.form.get("contact", "")
    if visit is None or not chosen.isascii() or not chosen.isdigit() or len(chosen) > 9:
        abort(404)
    try:
        switch(current_contacts.session, visit, int(chosen))
    except NotFound:
        abort(404)
    forget_visit()
    contact = current_contacts.session.get_one(Contact, int(chosen))
    language = offered(contact.language)
    with in_language(language) if language else nullcontext():
        notify(_("You are now at %(company)s.", company=contact.customer or _("no company")))
    wanted = safe_next(request.form.get("next"))
    return redirect(wanted or url_for(f"{BLUEPRINT}.dashboard"), 303)
