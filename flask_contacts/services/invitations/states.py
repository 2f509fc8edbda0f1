"""How far a contact has come on the way into the portal.

Told from what happened to this very contact, never from its login: whether a person
signs in at another customer is nobody's business here. A link that something else made
void therefore keeps the state that its own mail and its own time give it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from typing import TYPE_CHECKING, Any

from sqlalchemy import and_, bindparam, select
from sqlalchemy.orm import Session

from ...clock import utc_now
from ...i18n import _l, _lp
from ...later import later
from ...models import Contact, Link, Mail

if TYPE_CHECKING:
    from . import filters
else:
    filters = later("services.invitations.filters")


#: The states with their labels, in the order of the way.
STATES = {
    "no_login": _l("No login"),
    "never_invited": _l("Never invited"),
    "waiting": _l("Waiting"),
    "sent": _lp("invitation", "Sent"),
    "failed": _lp("invitation", "Failed"),
    "expired": _lp("invitation", "Expired"),
    "accepted": _lp("invitation", "Accepted"),
    "dormant": _l("Dormant"),
}


@dataclass(frozen=True)
class Invitation:
    """A contact's state with its facts; times are in UTC.

    ``asked_at`` is when staff last sent a link, ``sent_at`` when a server took its mail,
    ``valid_until`` its end. ``mail_state`` and ``error`` are the mail's, ``void_reason``
    the link's: the two may tell of the person's other contacts.
    """

    state: str
    asked_at: datetime | None = None
    sent_at: datetime | None = None
    valid_until: datetime | None = None
    accepted_at: datetime | None = None
    last_signed_in_at: datetime | None = None
    mail_state: str | None = None
    error: str | None = None
    void_reason: str | None = None

    @property
    def since(self) -> datetime | None:
        """When the contact came into this state, as far as that is known."""
        return {
            "waiting": self.asked_at,
            "sent": self.sent_at,
            "failed": self.asked_at,
            "expired": self.valid_until or self.asked_at,
            "accepted": self.accepted_at or self.last_signed_in_at,
            "dormant": self.last_signed_in_at or self.accepted_at,
        }.get(self.state)


def invite_states(session: Session, contacts: Sequence[Contact]) -> dict[int, str]:
    """The state of each contact by its id, in one statement for all of them, or in none.

    ``accepted`` has used a link or signed in within a year, ``dormant`` has not for
    longer; ``failed`` covers cancelled mail too, ``expired`` a link that was purged, and
    ``sent`` a living link whose mail is in the outbox no more.
    """
    now = utc_now()
    waiting = [contact for contact in contacts if _depends_on_its_link(contact)]
    asked = invitations_of(session, waiting) if waiting else {}
    return {
        contact.id: asked[contact.id].state if contact.id in asked else _state(contact, None, now)
        for contact in contacts
    }


def invitations_of(session: Session, contacts: Sequence[Contact]) -> dict[int, Invitation]:
    """The state of each contact with its facts by its id, in one statement for all."""
    ids = [contact.id for contact in contacts]
    rows = {row.contact_id: row for row in session.execute(_newest_links(), {"ids": ids})}
    now = utc_now()
    return {contact.id: _invitation(contact, rows.get(contact.id), now) for contact in contacts}


def invitations_in_brief(session: Session, contacts: Sequence[Any]) -> dict[int, Invitation]:
    """The same without what is known of the link of those who have come: where nobody waits for
    a link it takes no statement. ``contacts`` may be rows with the columns that tell a state."""
    now = utc_now()
    waiting = [contact for contact in contacts if _depends_on_its_link(contact)]
    asked = invitations_of(session, waiting) if waiting else {}
    return {one.id: asked.get(one.id) or _invitation(one, None, now) for one in contacts}


@cache
def _newest_links() -> Any:
    """Made once: to make it anew takes longer than to ask the database."""
    return (
        select(
            Link.contact_id,
            Link.expires_at,
            Link.void_reason,
            Mail.state,
            Mail.sent_at,
            Mail.error,
        )
        .outerjoin(Mail, and_(Mail.link_uuid == Link.uuid, filters.is_last_mail()))
        .where(Link.contact_id.in_(bindparam("ids", expanding=True)), filters.is_newest_link())
    )


def _depends_on_its_link(contact: Contact) -> bool:
    has_come = contact.last_signed_in_at is not None or contact.accepted_at is not None
    return contact.login_id is not None and contact.invited_at is not None and not has_come


def _invitation(contact: Contact, row: Any, now: datetime) -> Invitation:
    """``row`` holds the contact's newest link and its last mail; None: there is no link."""
    facts: dict[str, Any] = {}
    if row is not None:
        facts = {
            "sent_at": row.sent_at,
            "valid_until": row.expires_at,
            "mail_state": row.state,
            "error": row.error,
            "void_reason": row.void_reason,
        }
    return Invitation(
        state=_state(contact, row, now),
        asked_at=contact.invited_at,
        accepted_at=contact.accepted_at,
        last_signed_in_at=contact.last_signed_in_at,
        **facts,
    )


def _state(contact: Contact, row: Any, now: datetime) -> str:
    if contact.login_id is None:
        return "no_login"
    came = [when for when in (contact.last_signed_in_at, contact.accepted_at) if when is not None]
    if came:
        return "accepted" if max(came) > now - filters.DORMANT_AFTER else "dormant"
    if contact.invited_at is None:
        return "never_invited"
    if row is None or (row.expires_at is not None and row.expires_at <= now):
        return "expired"
    if row.state in filters.WAITING:
        return "waiting"
    return "failed" if row.state in filters.FAILED else "sent"
