"""Who gets no link to set a password, and why: asked for one contact, or for many at once."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime, timedelta

from sqlalchemy.orm import Session

from ...clock import utc_now
from ...i18n import _l
from ...models import Contact
from .states import invite_states

#: A contact that was sent a link so shortly ago gets no other with many.
RECENT = timedelta(minutes=5)

#: Why one contact alone gets no link.
ALONE = {
    "inactive": _l("This contact is not active, so no link is sent."),
    "no_login": _l("Tick Is user too: without a login no link is sent."),
    "no_email": _l("This contact has no email address, so no link is sent."),
    "recent": _l("A link was requested less than 5 minutes ago, so no other is sent."),
}
#: Why some of many get no link.
REFUSALS = {
    "inactive": _l("Not active."),
    "no_login": _l("No login."),
    "no_email": _l("No email address."),
    "recent": _l("A link was requested less than 5 minutes ago."),
    "waiting": _l("A link waits to be sent already."),
    "accepted": _l("Has set a password or signed in already."),
    "same_person": _l("Another contact here has the same login and gets the link."),
    "gone": _l("Does not exist any more."),
    "error": _l("Something went wrong; the log says what."),
    "busy": _l("The database was busy. Try again in a moment."),
}


def refusal_of(contact: Contact, *, unless_recent: bool = False) -> str | None:
    """Why a contact gets no link even alone (a key of :data:`ALONE`), or None.

    ``unless_recent``: none either where a link was requested so shortly ago.
    """
    if not contact.active:
        return "inactive"
    if contact.login_id is None:
        return "no_login"
    if contact.email_key is None:
        return "no_email"
    return "recent" if unless_recent and _is_recent(contact) else None


def next_link_at(contact: Contact) -> datetime | None:
    """When a contact that was sent a link shortly ago can be sent another; None for now."""
    if contact.invited_at is None or contact.invited_at <= utc_now() - RECENT:
        return None
    return contact.invited_at + RECENT


def _is_recent(contact: Contact) -> bool:
    return next_link_at(contact) is not None


def refusals_of(
    session: Session, ids: Sequence[int], contacts: Sequence[Contact], served: frozenset[int | None]
) -> dict[int, str]:
    """Why which of the contacts gets no link, in the order of the ids."""
    by_id = {contact.id: contact for contact in contacts}
    states = invite_states(session, contacts) if contacts else {}
    refusals: dict[int, str] = {}
    logins = set(served)
    for one in ids:
        contact = by_id.get(one)
        refusal = "gone" if contact is None else _refusal(contact, states[one], logins)
        if refusal is not None:
            refusals[one] = refusal
        elif contact is not None:
            logins.add(contact.login_id)
    return refusals


def _refusal(contact: Contact, state: str, logins: Collection[int | None]) -> str | None:
    alone = refusal_of(contact)
    if alone is not None:
        return alone
    if state == "accepted":
        return state
    if _is_recent(contact):
        return "recent"
    if state == "waiting":
        return state
    return "same_person" if contact.login_id in logins else None
