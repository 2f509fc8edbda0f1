"""Beginning and ending a view of staff, and the page of one that is over (BEHAVIOUR P8)."""

from __future__ import annotations

from flask import make_response, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from ...i18n import in_language
from ...services.access import view_as
from ...services.access.view_as import EndedView
from ...state import current_contacts
from ..cookies import clear_view_cookie, set_view_cookie
from ..visit import BLUEPRINT, current_view, forget_visit, view_token


def open_view(token: str) -> Response:
    """To the portal's first page with a view's token; the admin answers with it."""
    response = redirect(url_for(f"{BLUEPRINT}.dashboard"), 303)
    set_view_cookie(response, token)
    return response


def end_view() -> Response:
    """End the view, and back to the contact's page in the admin."""
    view, token = current_view(), view_token()
    if view is None or isinstance(view, EndedView) or token is None:
        return redirect(url_for(f"{BLUEPRINT}.dashboard"), 303)
    back = current_contacts.staff_page(view.viewed_by.staff_id, view.contact)
    view_as.end(current_contacts.session, token, request.remote_addr)
    forget_visit()
    response = redirect(back, 303)
    clear_view_cookie(response)
    return response


def over_page(view: EndedView) -> Response:
    """The page that says that a view is over, and why; the next request is the browser's own."""
    back = current_contacts.staff_page(view.viewer.staff_id, view.contact)
    with in_language(view.viewer.language):
        page = render_template(
            "flask_contacts/portal/view_as_over.html",
            contact=view.contact,
            reason=view.reason,
            back_url=back,
            home_url=url_for(f"{BLUEPRINT}.dashboard"),
        )
    response = make_response(page, 410)
    clear_view_cookie(response)
    return response
