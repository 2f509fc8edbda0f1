"""View-as: staff look at the portal as a contact, read-only and for minutes (BEHAVIOUR P8).

What the portal refuses then stands in ``portal.read_only``. Nothing here touches the
contact's sessions, its last sign-in, or anything that the contact has read or accepted.
"""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any, NoReturn

from sqlalchemy import delete, select, update
from sqlalchemy.orm import Session, joinedload

from ...actors import Actor
from ...clock import utc_now
from ...errors import InvalidInput, ReadOnlyView
from ...i18n import _l
from ...links import rows_changed
from ...models import Contact, PortalView
from ...state import current_contacts
from ..accounts.sessions import token_hash
from ..accounts.sign_in import PortalVisit
from ..contacts import activity
from ..contacts.saved import find_contact
from ..field_checks import FieldChecks
from ..transaction import in_transaction

#: The longest reason, in characters.
LONGEST_REASON = 200
#: How long a view lasts (seconds).
SECONDS = 15 * 60


@dataclass(frozen=True)
class Viewer:
    """The staff member behind a view: who, why, and until when (UTC)."""

    view_id: int
    staff_id: int
    staff_name: str
    reason: str
    until: datetime
    language: str

    @property
    def minutes_left(self) -> int:
        """How many minutes are left, begun ones counted; never below 0."""
        return max(0, -(-int((self.until - utc_now()).total_seconds()) // 60))


class StaffVisit(PortalVisit):
    """A visit of staff as a contact: it has the contact and its permissions, and nothing that
    belongs to its login."""

    def __init__(self, contact: Contact, viewer: Viewer) -> None:
        object.__setattr__(self, "contact", contact)
        object.__setattr__(self, "permissions", contact.permission_names)
        object.__setattr__(self, "_viewer", viewer)

    def __repr__(self) -> str:
        return f"<StaffVisit of contact {self.contact.id}>"

    @property
    def viewed_by(self) -> Viewer:
        """The staff member who looks."""
        viewer: Viewer = self.__dict__["_viewer"]
        return viewer

    @property
    def login(self) -> NoReturn:
        """The login is the contact's own: :class:`ReadOnlyView`."""
        raise ReadOnlyView("a view has no login")

    @property
    def session_row(self) -> NoReturn:
        """There is no session of the contact: :class:`ReadOnlyView`."""
        raise ReadOnlyView("a view is no session")


@dataclass(frozen=True)
class EndedView:
    """A view that is over; ``reason``: ``ended``, ``expired``, ``contact`` (not active or no
    longer at that customer) or ``staff`` (may not look any more)."""

    contact: Contact
    viewer: Viewer
    reason: str


def refusal_of(contact: Contact) -> Any:
    """Why nobody can look at the portal as this contact, or None."""
    if contact.archived_at is not None:
        return _l("This contact is archived: there is no portal to see. Restore it first.")
    if not contact.active:
        return _l("This contact is not active, so there is no portal to see. Reactivate it first.")
    if contact.customer_id is None:
        return _l("This contact has no customer, so there is nothing to see.")
    return None


def begin(
    session: Session,
    customer_id: Any,
    contact_id: int,
    raw: Mapping[str, object],
    actor: Actor,
    *,
    language: str,
) -> str:
    """Begin a view and note it; the token for the cookie. A view of the same staff ends.

    ``language`` is the staff's own. The contact needs no login: what is seen is what the
    person would see. Raises :class:`NotFound`, and :class:`InvalidInput` at ``reason``, and
    at ``contact`` for one that is not active.
    """
    checks = FieldChecks(raw)
    checks.require("reason")
    reason = checks.text("reason", LONGEST_REASON)
    if checks.errors or reason is None or actor.staff_id is None:
        raise InvalidInput(checks.errors)
    staff_id, text, token = actor.staff_id, reason, secrets.token_urlsafe(32)

    def work() -> None:
        contact = find_contact(session, customer_id, contact_id)
        refused = refusal_of(contact)
        if refused is not None:
            raise InvalidInput({"contact": [refused]})
        _end(session, PortalView.staff_id == staff_id, actor.address)
        until = utc_now() + timedelta(seconds=SECONDS)
        session.add(
            PortalView(
                token_hash=token_hash(token),
                contact_id=contact.id,
                customer_key=str(contact.customer_id),
                staff_id=staff_id,
                staff_name=actor.name[:210],
                reason=text,
                language=language,
                expires_at=until,
            )
        )
        changes = {"view_reason": [None, text], "view_until": [None, until.isoformat()]}
        looking = replace(actor, kind="view_as", contact_id=contact.id)
        activity.record(session, looking, contact, "view_as_begun", changes)

    in_transaction(session, work)
    return token


def resolve(session: Session, token: str) -> StaffVisit | EndedView | None:
    """Who looks with this token, asked anew with every request; None: no view is known.

    It is over too when the contact is no longer active or at that customer, and when the
    staff user was switched off or has lost the permission or the customer since. Writes
    nothing.
    """
    found = session.execute(_view(token)).unique().first()
    if found is None:
        return None
    view, contact = found
    viewer = _viewer(view)
    reason = _why_over(view, contact)
    return StaffVisit(contact, viewer) if reason is None else EndedView(contact, viewer, reason)


def end(session: Session, token: str, address: str | None = None) -> bool:
    """End the view of a token; False where it was over already. Of two at once one ends it."""
    match = PortalView.token_hash == token_hash(token)
    return bool(in_transaction(session, lambda: _end(session, match, address)))


def end_all_of(session: Session, staff_id: int, address: str | None = None) -> int:
    """End every view of a staff user, who signs out of the admin; how many that were."""
    match = PortalView.staff_id == staff_id
    if session.scalar(select(PortalView.id).where(match, *_is_open()).limit(1)) is None:
        return 0
    return in_transaction(session, lambda: _end(session, match, address))


def forget(session: Session, contact_id: int) -> None:
    """Delete the views of a contact whose person is forgotten; the caller commits."""
    session.execute(delete(PortalView).where(PortalView.contact_id == contact_id))


def _view(token: str) -> Any:
    return (
        select(PortalView, Contact)
        .join(Contact, Contact.id == PortalView.contact_id)
        .where(PortalView.token_hash == token_hash(token))
        .options(joinedload(Contact.customer), joinedload(Contact.permissions))
    )


def _viewer(view: PortalView) -> Viewer:
    return Viewer(
        view.id, view.staff_id, view.staff_name, view.reason, view.expires_at, view.language
    )


def _why_over(view: PortalView, contact: Contact) -> str | None:
    if view.ended_at is not None:
        return "ended"
    if view.expires_at <= utc_now():
        return "expired"
    if refusal_of(contact) is not None or str(contact.customer_id) != view.customer_key:
        return "contact"
    return None if current_contacts.staff_may_view(view.staff_id, contact) else "staff"


def _is_open() -> tuple[Any, ...]:
    return (PortalView.ended_at.is_(None), PortalView.expires_at > utc_now())


def _end(session: Session, match: Any, address: str | None) -> int:
    """End the open views that match, and note each once, whoever else ends them meanwhile."""
    ended = 0
    for view in session.scalars(select(PortalView).where(match, *_is_open())).all():
        one = (
            update(PortalView)
            .where(PortalView.id == view.id, PortalView.ended_at.is_(None))
            .values(ended_at=utc_now())
            .execution_options(synchronize_session=False)
        )
        if rows_changed(session, one) == 1:
            who = Actor("view_as", view.staff_name, view.staff_id, view.contact_id, address)
            activity.record(session, who, view.contact_id, "view_as_ended")
            ended += 1
    return ended
