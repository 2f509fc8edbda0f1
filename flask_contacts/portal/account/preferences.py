"""Which mail a contact gets: chosen in the portal, or by the link at the foot of a mail."""

from __future__ import annotations

from flask import abort, make_response, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from ...errors import InvalidInput, LinkError
from ...i18n import _
from ...mail.topic_links import read_topic_token
from ...models import Contact
from ...registry import EMAIL_NOTIFICATIONS
from ...services.accounts import preferences as service
from ...state import current_contacts
from ..access import portal_page
from ..notices import notify
from ..protection import is_one_click
from ..visit import BLUEPRINT, current_visit


@portal_page(EMAIL_NOTIFICATIONS)
def own_topics() -> Response:
    """The signed-in contact's own choice (BEHAVIOUR P5, P9)."""
    visit = current_visit()
    if visit is None:
        abort(404)
    here = url_for(f"{BLUEPRINT}.own_topics")
    return _page(visit.contact, here, "flask_contacts/portal/own_topics.html")


def linked_topics(token: str) -> Response:
    """The same without signing in, by the link in a mail: GET shows, POST changes."""
    try:
        link = read_topic_token(token)
        contact = service.contact_of_link(current_contacts.session, link)
    except LinkError:
        return make_response(render_template("flask_contacts/portal/dead_topic_link.html"), 410)
    if is_one_click():
        service.stop_topic(current_contacts.session, contact.id, link.topic, request.remote_addr)
        return make_response("", 204)
    here = url_for(f"{BLUEPRINT}.linked_topics", token=token)
    return _page(contact, here, "flask_contacts/portal/linked_topics.html")


def _page(contact: Contact, here: str, template: str) -> Response:
    errors: list[object] = []
    if request.method == "POST":
        names = request.form.getlist("topics")
        try:
            service.choose_topics(current_contacts.session, contact.id, names, request.remote_addr)
        except InvalidInput as error:
            errors = error.errors["topics"]
        else:
            notify(_("Your choice is saved."))
            return redirect(here, 303)
    topics = service.choosable_topics(contact)
    page = render_template(
        template, contact=contact, topics=topics, on=contact.topic_names, here=here, errors=errors
    )
    return make_response(page, 422 if errors else 200)
