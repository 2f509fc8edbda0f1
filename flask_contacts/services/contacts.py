"""Create and edit a customer's contacts.

Every function takes the customer's id and looks for the contact only there: a contact
of another customer is :class:`NotFound`, never guessed at.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from flask import current_app
from sqlalchemy import select
from sqlalchemy.orm import Session

from .. import signals
from ..actors import SYSTEM, Actor
from ..config import setting
from ..errors import InvalidInput
from ..i18n import _l, available_languages
from ..models import Contact, ContactPermission, ContactTopic
from ..state import current_contacts
from . import activity, contact_login, passwords, primary, staff
from .contact_values import ContactValues, check
from .saved import Saved, find_contact, find_customer, finish, saved

_NO_LOGIN_NO_LINK = _l("Tick Is user too: without a login no link is sent.")


def create_contact(
    session: Session, customer_id: Any, raw: Mapping[str, object], actor: Actor = SYSTEM
) -> Saved:
    """Create a contact of a customer, its login, and the mails that go with it.

    ``raw`` has the form's fields (see ``contact_values``). Raises :class:`NotFound` for
    an unknown customer and :class:`InvalidInput` with the problems at their fields.
    """
    values = _check(raw)
    _check_new_password(values)
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
            _write_email(session, contact, values)
            _write_columns(session, contact, values)
        session.add(contact)
        session.flush()
        settled = primary.settle(session, customer_id, contact.id if values.is_primary else None)
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
) -> Saved:
    """Change a contact; a blank password keeps the old one (BEHAVIOUR C10).

    Raises :class:`NotFound` and :class:`InvalidInput`.
    """
    values = _check(raw)
    if values.password and values.send_password_mail:
        raise InvalidInput(
            {"password": [_l("Type a password or send the link to set one, not both.")]}
        )
    password_hash = _hash(values)

    def work() -> Saved:
        primary.lock(session, customer_id)
        contact = find_contact(session, customer_id, contact_id)
        _check_edit(contact, values)
        former_key, before = contact.email_key, activity.snapshot(contact)
        with session.no_autoflush:
            _write_email(session, contact, values)
            _write_columns(session, contact, values)
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


def _check(raw: Mapping[str, object]) -> ContactValues:
    return check(
        raw,
        current_contacts.registry,
        available_languages(current_app),
        phone_region=setting("PHONE_REGION"),
    )


def _check_new_password(values: ContactValues) -> None:
    if values.send_password_mail and not values.is_user:
        raise InvalidInput({"send_password_mail": [_NO_LOGIN_NO_LINK]})
    if values.is_user and not values.password and not values.send_password_mail:
        raise InvalidInput(
            {"password": [_l("Type a password, or tick Send set new password email.")]}
        )


def _check_edit(contact: Contact, values: ContactValues) -> None:
    if contact.archived_at is not None:
        raise InvalidInput({"firstname": [_l("This contact is archived. Restore it first.")]})
    if values.is_primary and not contact.active:
        raise InvalidInput({"is_primary": [_l("Only an active contact can be primary.")]})
    if values.send_password_mail and not contact.active:
        raise InvalidInput(
            {"send_password_mail": [_l("This contact is not active, so no link is sent.")]}
        )
    if not values.is_user and values.send_password_mail:
        raise InvalidInput({"send_password_mail": [_NO_LOGIN_NO_LINK]})
    if values.is_user and contact.login_id is None:
        if not contact.active:
            raise InvalidInput(
                {"is_user": [_l("This contact is not active. Reactivate it to give it a login.")]}
            )
        _check_new_password(values)


def _hash(values: ContactValues) -> str | None:
    if not values.password or not values.is_user:
        return None
    columns, email = values.columns, values.email
    problems = passwords.problems(
        values.password, email.key if email else None, columns["firstname"], columns["lastname"]
    )
    if problems:
        raise InvalidInput({"password": problems})
    return passwords.hash_password(values.password)


def _write_email(session: Session, contact: Contact, values: ContactValues) -> None:
    email = values.email
    if email is None:
        contact.email = contact.email_key = None
        return
    query = select(Contact.id).where(
        Contact.email_scope == contact.email_scope, Contact.email_key == email.key
    )
    if contact.id is not None:
        query = query.where(Contact.id != contact.id)
    if session.scalar(query) is not None:
        raise InvalidInput({"email": [_l("Another contact of this customer has this address.")]})
    contact.email, contact.email_key = email.typed, email.key


def _write_columns(session: Session, contact: Contact, values: ContactValues) -> None:
    for name, value in values.columns.items():
        setattr(contact, name, value)
    contact.manager_id = _manager_id(session, contact, values)
    contact.account_manager_id = _account_manager_id(values)
    held = {row.name: row for row in contact.permissions}
    contact.permissions = [
        held.get(name) or ContactPermission(name=name) for name in sorted(values.permissions)
    ]
    on = {row.name: row for row in contact.topics}
    contact.topics = [on.get(name) or ContactTopic(name=name) for name in sorted(values.topics)]


def _account_manager_id(values: ContactValues) -> int | None:
    if values.account_manager is None:
        return None
    found = staff.staff_id(values.account_manager)
    if found is None:
        raise InvalidInput({"account_manager": [_l("There is no staff user of this name.")]})
    return found


def _manager_id(session: Session, contact: Contact, values: ContactValues) -> int | None:
    if values.manager_key is None:
        return None
    query = select(Contact.id).where(
        Contact.email_scope == contact.email_scope, Contact.email_key == values.manager_key
    )
    manager_id = session.scalar(query)
    if manager_id is None or manager_id == contact.id:
        raise InvalidInput({"manager": [_l("No other contact of this customer has this address.")]})
    return manager_id
