"""Create and edit a customer's contacts.

Every function takes the customer's id and looks for the contact only there: a contact
of another customer is :class:`NotFound`, never guessed at.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any

from flask import current_app
from sqlalchemy import select
from sqlalchemy.orm import Session

from .. import signals
from ..actors import SYSTEM, Actor
from ..config import setting
from ..email_address import EmailAddress
from ..errors import InvalidInput
from ..i18n import _l, available_languages
from ..models import Contact, ContactPermission, ContactTopic
from ..state import current_contacts
from . import activity, contact_login, passwords, primary, reporting_lines, silent_topics, staff
from .contact_values import ContactValues, Problems, check, missing_way_in
from .saved import Saved, find_contact, find_customer, finish, saved


def create_contact(
    session: Session,
    customer_id: Any,
    raw: Mapping[str, object],
    actor: Actor = SYSTEM,
    *,
    silences: Collection[str] = (),
) -> Saved:
    """Create a contact of a customer, its login, and the mails that go with it.

    ``raw`` has the form's fields (see ``contact_values``). Raises :class:`NotFound` for an
    unknown customer, :class:`InvalidInput` with the problems at their fields, and
    :class:`SilencesTopics` where staff make it the primary contact and what fell back to
    the former reaches nobody then, unless ``silences`` names it (N6).
    """
    values, problems = _check(raw, creating=True)
    if problems:
        unsaved = Contact(email_scope=str(customer_id))
        raise InvalidInput({**_clashes(session, unsaved, values), **problems})
    password_hash = _hash(values)

    def work() -> Saved:
        customer = find_customer(session, customer_id)
        primary.lock(session, customer_id)
        contact = Contact(
            customer_id=customer_id,
            customer=customer,
            email_scope=str(customer_id),
            created_by_id=actor.staff_id,
        )
        with session.no_autoflush:
            _write(session, contact, values)
        with silent_topics.refuse_silence(session, customer_id, actor, silences):
            session.add(contact)
            session.flush()
            wanted = contact.id if values.is_primary else None
            settled = primary.settle(session, customer_id, wanted)
        new = activity.difference({}, activity.snapshot(contact))
        activity.record(session, actor, contact, "created", new)
        activity.record_primary(session, actor, settled)
        facts = contact_login.new_login(session, contact, values, password_hash, actor)
        return saved(contact, settled, facts)

    return finish(session, work, signals.contact_created)


def edit_contact(
    session: Session,
    customer_id: Any,
    contact_id: int,
    raw: Mapping[str, object],
    actor: Actor = SYSTEM,
    *,
    silences: Collection[str] = (),
) -> Saved:
    """Change a contact; a blank password keeps the old one (BEHAVIOUR C10).

    Raises :class:`NotFound`, :class:`InvalidInput`, and :class:`SilencesTopics` where staff
    take the last recipient of a topic that ``silences`` does not name (N6).
    """
    values, problems = _check(raw)
    if values.password and values.send_password_mail:
        both = _l("Type a password or send the link to set one, not both.")
        problems.setdefault("password", []).append(both)
    if problems:
        contact = find_contact(session, customer_id, contact_id)
        found = {**_clashes(session, contact, values), **_state_problems(contact, values)}
        raise InvalidInput({**found, **problems})
    password_hash = _hash(values)

    def work() -> Saved:
        primary.lock(session, customer_id)
        contact = find_contact(session, customer_id, contact_id)
        refused = _state_problems(contact, values)
        if refused:
            raise InvalidInput({**_clashes(session, contact, values), **refused})
        former_key, before = contact.email_key, activity.snapshot(contact)
        with silent_topics.refuse_silence(session, customer_id, actor, silences):
            with session.no_autoflush:
                _write(session, contact, values)
            wanted = contact.id if values.is_primary else None
            settled = primary.settle(session, customer_id, wanted)
        changes = activity.difference(before, activity.snapshot(contact))
        if changes:
            activity.record(session, actor, contact, "edited", changes)
        activity.record_primary(session, actor, settled)
        facts = contact_login.changed_login(
            session, contact, values, former_key, password_hash, actor
        )
        return saved(contact, settled, facts)

    return finish(session, work, signals.contact_changed)


def _check(raw: Mapping[str, object], *, creating: bool = False) -> tuple[ContactValues, Problems]:
    return check(
        raw,
        current_contacts.registry,
        available_languages(current_app),
        phone_region=setting("PHONE_REGION"),
        creating=creating,
    )


def _state_problems(contact: Contact, values: ContactValues) -> Problems:
    """What an edit asks of a contact that is not in the state for it, by field."""
    if contact.archived_at is not None:
        return {"firstname": [_l("This contact is archived. Restore it first.")]}
    problems: Problems = {}
    if contact.login_id is None or not values.is_user:
        problems.update((name, [text]) for name, text in missing_way_in(values).items())
    if contact.active:
        return problems
    if values.is_primary:
        problems["is_primary"] = [_l("Only an active contact can be primary.")]
    if values.send_password_mail:
        problems["send_password_mail"] = [_l("This contact is not active, so no link is sent.")]
    if values.is_user and contact.login_id is None:
        text = _l("This contact is not active. Reactivate the contact first, then give a login.")
        problems["is_user"] = [text]
    return problems


def _hash(values: ContactValues) -> str | None:
    if not values.password or not values.is_user:
        return None
    return passwords.hash_password(values.password)


def _write(session: Session, contact: Contact, values: ContactValues) -> None:
    """Put the values into the contact; raises :class:`InvalidInput` for :func:`_clashes`."""
    problems = _clashes(session, contact, values)
    if problems:
        raise InvalidInput(problems)
    contact.email = values.email.typed if values.email is not None else None
    contact.email_key = values.email.key if values.email is not None else None
    manager = _manager(session, contact, values)
    contact.manager_id = manager.id if manager is not None else None
    contact.account_manager_id = _account_manager_id(contact, values.account_manager)
    _write_columns(contact, values)


def _clashes(session: Session, contact: Contact, values: ContactValues) -> Problems:
    """What others have taken and who is not there, by field: the database alone knows."""
    problems: Problems = {}
    if values.email is not None and _is_taken(session, contact, values.email):
        problems["email"] = [_l("Another contact of this customer has this address.")]
    manager = _manager(session, contact, values)
    if values.manager_key is not None and manager is None:
        problems["manager"] = [_l("No other contact of this customer has this address.")]
    elif manager is not None:
        refused = _refused_line(session, contact, manager)
        problems.update({"manager": [refused]} if refused else {})
    if values.account_manager and not _account_manager_id(contact, values.account_manager):
        problems["account_manager"] = [_l("There is no staff user of this name.")]
    return problems


def _is_taken(session: Session, contact: Contact, email: EmailAddress) -> bool:
    query = select(Contact.id).where(
        Contact.email_scope == contact.email_scope, Contact.email_key == email.key
    )
    if contact.id is not None:
        query = query.where(Contact.id != contact.id)
    return session.scalar(query) is not None


def _write_columns(contact: Contact, values: ContactValues) -> None:
    for name, value in values.columns.items():
        setattr(contact, name, value)
    held = {row.name: row for row in contact.permissions}
    contact.permissions = [
        held.get(name) or ContactPermission(name=name) for name in sorted(values.permissions)
    ]
    on = {row.name: row for row in contact.topics}
    contact.topics = [on.get(name) or ContactTopic(name=name) for name in sorted(values.topics)]


def _account_manager_id(contact: Contact, username: str | None) -> int | None:
    """The staff user of that name; the present one stays, though switched off since."""
    if username is None:
        return None
    if username == staff.username_of(contact.account_manager_id):
        return contact.account_manager_id
    return staff.staff_id(username)


def _manager(session: Session, contact: Contact, values: ContactValues) -> Contact | None:
    if values.manager_key is None:
        return None
    return reporting_lines.find_manager(session, contact, values.manager_key)


def _refused_line(session: Session, contact: Contact, manager: Contact) -> Any:
    """Why that one cannot be the manager, or None: no circle may be closed (S2).

    A manager who was there before may stay: whoever edits a note mends no circle.
    """
    if contact.id is None or manager.id == contact.manager_id:
        return None
    reports = reporting_lines.reports_to(session, manager, contact.id)
    if reports is None:
        return _l("There are too many managers above %(name)s.", name=manager.name)
    if not reports:
        return None
    return _l(
        "%(name)s reports to this contact already, directly or through others.",
        name=manager.name,
    )
