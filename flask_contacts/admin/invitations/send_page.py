"""The link to set a password, sent from a contact's pages: who may, and the page that asks."""

from __future__ import annotations

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

_SURE = "sure"


def may_send() -> bool:
    """Whether this staff member may send links: the right of CRM → Invitations."""
    return holds_now("can_send", "Contacts invitations")


def page(view: SafeView, contact: Contact, back: str) -> Answer:
    """Send a fresh link (BEHAVIOUR C9, C10), and ask first where a password is set already."""
    require_known_fields({_SURE})
    if not may_send():
        abort(403)
    has_come = contact.accepted_at is not None or contact.last_signed_in_at is not None
    if has_come and refusal_of(contact) is None and _SURE not in request.form:
        return view.page(
            "contact_send_link",
            status=422,
            title=_n("Send a link to %(num)d contact?", "Send links to %(num)d contacts?", 1),
            contact=contact,
            sure=_SURE,
            back=back,
        )
    messages.send_one(contact.customer_id, contact.id)
    return redirect(back)
