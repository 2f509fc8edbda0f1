"""The registrations as staff see them: by state, a page at a time, counted, one of them."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import func, literal, select, union_all
from sqlalchemy.orm import Session
from sqlalchemy.sql.elements import ColumnElement

from ...errors import NotFound
from ...i18n import _l
from ...models import Contact, Registration
from ...models.registration import APPROVED, PENDING, REFUSED, WAITING

#: The states in the order of the page, with their labels.
STATES = {
    WAITING: _l("Waiting for approval"),
    PENDING: _l("Not confirmed"),
    APPROVED: _l("Approved"),
    REFUSED: _l("Refused"),
}
#: Counts go no further: "1,000+".
MOST_COUNTED = 1000
_MOST_CONTACTS = 5


@dataclass(frozen=True)
class RegistrationPage:
    """Registrations, the newest first; ``before`` asks for the next page, None: the last."""

    items: list[Registration]
    before: int | None


def list_registrations(
    session: Session, state: str | None = None, before: int | None = None, size: int = 25
) -> RegistrationPage:
    """A page by key, so that the last one is as quick as the first."""
    query = select(Registration).order_by(Registration.id.desc()).limit(size + 1)
    if state is not None:
        query = query.where(Registration.state == state)
    if before is not None:
        query = query.where(Registration.id < before)
    found = list(session.scalars(query))
    return RegistrationPage(found[:size], found[size - 1].id if len(found) > size else None)


def count_registrations(session: Session) -> dict[str, int]:
    """How many there are in each state, counted a little beyond :data:`MOST_COUNTED`."""
    counts = [
        select(literal(state), func.count()).select_from(
            select(Registration.id)
            .where(Registration.state == state)
            .limit(MOST_COUNTED + 1)
            .subquery()
        )
        for state in STATES
    ]
    counted = dict(session.execute(union_all(*counts)).all())
    return {state: int(counted[state]) for state in STATES}


def find_registration(session: Session, registration_id: int) -> Registration:
    """One registration; raises :class:`NotFound`."""
    found = session.get(Registration, registration_id)
    if found is None:
        raise NotFound("no such registration")
    return found


def visible_contact(
    session: Session, contact_id: int, visible: ColumnElement[bool]
) -> Contact | None:
    """The contact that a registration became, if it is among the ``visible`` ones."""
    return session.scalars(select(Contact).where(Contact.id == contact_id, visible)).first()


def contacts_with_address(
    session: Session, registration: Registration, visible: ColumnElement[bool]
) -> list[Contact]:
    """The ``visible`` contacts that have the address of a registration, at most five."""
    query = (
        select(Contact)
        .where(Contact.email_key == registration.email_key, visible)
        .order_by(Contact.id)
        .limit(_MOST_CONTACTS)
    )
    return list(session.scalars(query))
