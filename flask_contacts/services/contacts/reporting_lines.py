"""Who has whom as manager (BEHAVIOUR S2): named by address, never in a circle, and told to
those who lose theirs."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import ColumnElement, func, select, update
from sqlalchemy.orm import Session

from ...actors import Actor
from ...email_address import canonical_email
from ...models import Contact
from ...models.contact import is_contact_key
from . import activity

_STEPS = 100
_NAMED = 3
_COUNT_LIMIT = 1_000


@dataclass(frozen=True)
class Team:
    """Whose manager a contact is: some by name, and how many in all, counted up to 1,000."""

    names: list[str]
    count: int


def team_of(session: Session, manager: Contact, visible: ColumnElement[bool] | None = None) -> Team:
    """Who would lose their manager, were this contact not there any more.

    ``visible`` is a condition on :class:`Contact`: the others are counted and not named.
    """
    reports = select(Contact.firstname, Contact.lastname).where(
        Contact.customer_id == manager.customer_id, Contact.manager_id == manager.id
    )
    seen = reports if visible is None else reports.where(visible)
    ordered = seen.order_by(Contact.lastname, Contact.firstname, Contact.id).limit(_NAMED)
    names = [f"{first} {last}" for first, last in session.execute(ordered)]
    if len(names) < _NAMED and visible is None:
        return Team(names, len(names))
    few = reports.with_only_columns(Contact.id).limit(_COUNT_LIMIT).subquery()
    return Team(names, session.scalar(select(func.count()).select_from(few)) or 0)


def find_manager(session: Session, contact: Contact, email_key: str) -> Contact | None:
    """Another contact of the customer with this address.

    The present manager stays under the address that the form has shown, though archived
    since and the address another's by now: a form that changes something else must not
    lose, exchange or refuse it.
    """
    if contact.manager is not None and _key_of(contact.manager) == email_key:
        return contact.manager
    query = select(Contact).where(
        Contact.email_scope == contact.email_scope, Contact.email_key == email_key
    )
    found = session.scalars(query).first()
    return found if found is not None and found.id != contact.id else None


def find_colleague(session: Session, contact: Contact, contact_id: int) -> Contact | None:
    """Another contact of the same customer, or of none as well, by its id.

    The present manager stays, though archived since.
    """
    if contact.manager is not None and contact.manager.id == contact_id:
        return contact.manager
    found = session.get(Contact, contact_id) if is_contact_key(contact_id) else None
    if found is None or found.id == contact.id or found.archived_at is not None:
        return None
    return found if found.email_scope == contact.email_scope else None


def _key_of(contact: Contact) -> str | None:
    """The key of a contact's address; an archived one has given its own up."""
    if contact.email_key is not None or contact.email is None:
        return contact.email_key
    return canonical_email(contact.email, "manager").key


def reports_to(session: Session, contact: Contact, boss_id: int | None) -> bool | None:
    """Whether a contact has that one as manager, directly or through others.

    At most 100 levels are climbed; None where there are more, as nobody knows then. A circle
    that is there already is left.
    """
    climbed: set[int | None] = set()
    above = contact.manager_id
    while above is not None and above != boss_id and above not in climbed:
        climbed.add(above)
        if len(climbed) == _STEPS:
            return None
        above = session.scalar(select(Contact.manager_id).where(Contact.id == above))
    return above is not None and above == boss_id


def let_go(session: Session, actor: Actor, manager: Contact, verb: str) -> None:
    """Take a contact away from everybody whose manager it is; ``verb`` says why in theirs.

    Call it after ``primary.lock``.
    """
    reports = session.scalars(select(Contact.id).where(Contact.manager_id == manager.id)).all()
    if not reports:
        return
    session.execute(
        update(Contact)
        .where(Contact.manager_id == manager.id)
        .values(manager_id=None, updated_at=Contact.updated_at)
        .execution_options(synchronize_session="fetch")
    )
    for contact_id in reports:
        activity.record(session, actor, contact_id, verb, {"manager_id": [manager.id, None]})
