"""The pages that show a contact's activity, and their addresses."""

from __future__ import annotations

from typing import Any

from flask import abort, request, url_for
from sqlalchemy import Integer

from ...models import Contact
from ...record_keys import typed_key
from .activity_words import KINDS

#: The endpoints of the views that have such pages.
VIEW, TAB = "CustomerContactsView", "ContactsTab"
#: The pages by the word that the forms of comments know them by.
_PAGES = {
    "show": f"{VIEW}.show",
    "edit": f"{VIEW}.edit",
    "tab": f"{TAB}.activity",
    "form": f"{TAB}.edit",
}
#: The tab of the agent's page; elsewhere a section.
_ANCHORS = {"show": "tab-activity"}
#: Where the whole activity is that a form shows the newest of.
_WHOLE = {"edit": "show", "form": "tab"}


def origin() -> str:
    """The page that this request shows."""
    return next((name for name, page in _PAGES.items() if page == request.endpoint), "show")


def asked() -> tuple[int | None, str]:
    """The entry to go on before, and the kind, of this request's address; 404 for others."""
    typed, kind = request.args.get("before"), request.args.get("kind", "")
    before = None if typed is None else typed_key(typed, Integer())
    if (typed is not None and before is None) or (kind and kind not in KINDS):
        abort(404)
    return before, kind


def page_of(contact: Contact, name: str, **arguments: Any) -> str:
    """A page of the activity by its word; the agent's page where it has no such."""
    if name in {"tab", "form"} and contact.customer_id is not None:
        arguments["customer_pk"] = contact.customer_id
    else:
        name = "edit" if name == "edit" else "show"
    arguments["list"] = request.args.get("list")  # the way back to the list as it was
    return url_for(_PAGES[name], pk=contact.id, _anchor=_ANCHORS.get(name, "activity"), **arguments)


def whole(contact: Contact, **arguments: Any) -> str:
    """The whole activity, as this page's reader goes on to it; an argument of None is left out."""
    here = origin()
    given = {name: value for name, value in arguments.items() if value}
    return page_of(contact, _WHOLE.get(here, here), **given)
