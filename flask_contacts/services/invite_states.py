"""How far a contact has come on the way into the portal, and sending the link again.

Told from what happened to this very contact, never from its login: whether a person
signs in at another customer is nobody's business here.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from .. import signals
from ..actors import SYSTEM, Actor
from ..clock import utc_now
from ..errors import InvalidInput
from ..i18n import _l
from ..links import SET_PASSWORD
from ..models import Contact, Link, Mail
from . import contact_login, primary
from .saved import Saved, find_contact, finish

#: The states with their labels, in the order of the way.
STATES = {
    "no_login": _l("No login"),
    "never_invited": _l("Never invited"),
    "waiting": _l("Waiting"),
    "sent": _l("Sent"),
    "failed": _l("Failed"),
    "expired": _l("Expired"),
    "accepted": _l("Accepted"),
    "dormant": _l("Dormant"),
}
_DORMANT = timedelta(days=365)
_MAIL_STATES = {"waiting": "waiting", "sending": "waiting", "sent": "sent"}


def invite_states(session: Session, contacts: Sequence[Contact]) -> dict[int, str]:
    """The state of each contact by its id, in one statement for all of them.

    ``accepted`` has signed in or used its link; ``dormant`` has not signed in for a
    year; ``failed`` covers cancelled mail too.
    """
    ids = [contact.id for contact in contacts]
    query = (
        select(Link.contact_id, Link.used_at, Link.expires_at, Mail.state)
        .outerjoin(Mail, Mail.link_uuid == Link.uuid)
        .where(Link.contact_id.in_(ids), Link.purpose == SET_PASSWORD)
        .order_by(Link.created_at, Mail.id)
    )
    latest: dict[int | None, tuple[Any, Any, str | None]] = {}
    used: set[int | None] = set()
    for contact_id, used_at, expires_at, state in session.execute(query):
        latest[contact_id] = (used_at, expires_at, state)
        if used_at is not None:
            used.add(contact_id)
    return {
        contact.id: _state(contact, latest.get(contact.id), contact.id in used)
        for contact in contacts
    }


def send_invitation(
    session: Session, customer_id: Any, contact_id: int, actor: Actor = SYSTEM
) -> Saved:
    """Mail a contact a fresh link to set a password; the link before becomes void (C9, C10).

    Raises :class:`NotFound`, and :class:`InvalidInput` at ``send_password_mail`` for a
    contact that is not active or has no login.
    """

    def work() -> Saved:
        primary.lock(session, customer_id)
        contact = find_contact(session, customer_id, contact_id)
        if not contact.active:
            text = _l("This contact is not active, so no link is sent.")
            raise InvalidInput({"send_password_mail": [text]})
        if contact.login_id is None:
            text = _l("Tick Is user too: without a login no link is sent.")
            raise InvalidInput({"send_password_mail": [text]})
        contact_login.send_link(session, contact, actor)
        return Saved(contact=contact)

    return finish(session, work, signals.contact_changed)


def _state(contact: Contact, link: tuple[Any, Any, str | None] | None, used: bool) -> str:
    if contact.login_id is None:
        return "no_login"
    if contact.last_signed_in_at is not None:
        fresh = utc_now() - contact.last_signed_in_at < _DORMANT
        return "accepted" if fresh else "dormant"
    if used:
        return "accepted"
    if link is None:
        return "never_invited"
    _used_at, expires_at, mail_state = link
    if expires_at is not None and expires_at <= utc_now():
        return "expired"
    return _MAIL_STATES.get(mail_state or "", "failed")
