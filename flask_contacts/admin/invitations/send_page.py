"""The link to set a password, sent from a contact's pages: who may, and the page that asks."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from flask import abort, redirect, request

from ...i18n import _n
from ...services.invitations.refusals import refusal_of
from ..held_permissions import holds_now
from ..safe_view import require_known_fields
from . import messages

if TYPE_CHECKING:
    from ...models import Contact
    from ..safe_view import Answer, SafeView

#: The field that says that one was asked.
SURE = "sure"


def may_send() -> bool:
    """Whether this staff member may send links: the right of CRM → Invitations."""
    return holds_now("can_send", "Contacts invitations")


def page(view: SafeView, contact: Contact, back: str) -> Answer:
    """Send a fresh link (BEHAVIOUR C9, C10), and ask first where a password is set already."""
    require_known_fields({SURE})
    if not may_send():
        abort(403)
    if must_ask(contact):
        return question(view, contact, back)
    messages.send_one(contact.customer_id, contact.id)
    return redirect(back)


def must_ask(contact: Contact) -> bool:
    """Whether the person has a password already, and the form does not say that one is sure."""
    has_come = contact.accepted_at is not None or contact.last_signed_in_at is not None
    return has_come and refusal_of(contact) is None and SURE not in request.form


def question(
    view: SafeView, contact: Contact, back: str, hidden: Mapping[str, str | None] | None = None
) -> Answer:
    """The page that asks; its button posts to the same address, with the ``hidden`` fields."""
    return view.page(
        "contact_send_link",
        status=422,
        title=_n("Send a link to %(num)d contact?", "Send links to %(num)d contacts?", 1),
        contact=contact,
        sure=SURE,
        hidden=hidden or {},
        back=back,
    )
