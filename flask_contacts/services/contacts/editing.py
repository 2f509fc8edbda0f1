"""Create and edit a customer's contacts, and those without a customer.

Every function takes the customer's id (None: a contact without one) and looks for the contact
only there: a contact of another customer is :class:`NotFound`, never guessed at.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from dataclasses import replace
from typing import Any

from flask import current_app
from sqlalchemy.orm import Session

from ... import signals
from ...actors import SYSTEM, Actor
from ...config import setting
from ...errors import InvalidInput, NotFound
from ...i18n import _l, _lp, available_languages
from ...models import Activity, Contact, Link, Mail
from ...models.together import let_go, written_together
from ...state import current_contacts
from ..accounts import logins, passwords
from ..mailing.silent_topics import refuse_silence
from ..meanwhile import Marks, refusal
from . import activity, login as contact_login, primary
from .kept_fields import merge
from .saved import Saved, address_scope, find_contact, find_customer, finish, saved
from .values import ContactValues, Problems, check, missing_way_in
from .writing import clashes, store_new, takes_recipient, write

#: Completes the values of a form that does not have all fields, from the contact as it is now.
Completion = Callable[[Contact, ContactValues], None]


def create_contact(
    session: Session,
    customer_id: Any,
    raw: Mapping[str, object],
    actor: Actor = SYSTEM,
    *,
    silences: Collection[str] = (),
    permit: Callable[[], object] | None = None,
    email_optional: bool = False,
) -> Saved:
    """Create a contact of a customer, its login, and the mails that go with it.

    ``raw`` has the form's fields (see ``contact_values``). ``permit`` is called once the
    customer's contacts are locked, and raises where the actor may not do this.
    ``email_optional``: only a contact with a login needs an address (S2). Raises
    :class:`NotFound` for an unknown customer, :class:`InvalidInput` with the problems at
    their fields, and :class:`SilencesTopics` where staff make it the primary contact and what
    fell back to the former reaches nobody then, unless ``silences`` names it (N6).
    """
    values, problems = _check(raw, creating=True, email_optional=email_optional)
    if problems:
        unsaved = Contact(customer_id=customer_id, email_scope=address_scope(customer_id))
        raise InvalidInput({**clashes(session, unsaved, values), **problems})
    password_hash = _hash(values)

    def work() -> Saved:
        customer = find_customer(session, customer_id) if customer_id is not None else None
        locked = primary.lock(session, customer_id, address=_key(values))
        if permit is not None:
            permit()
        contact = Contact(
            customer_id=customer_id,
            customer=customer,
            email_scope=address_scope(customer_id),
            created_by_id=actor.staff_id,
        )
        possible = takes_recipient(contact, values)
        with session.no_autoflush:
            write(session, contact, values, locked.taken)
            attached = contact_login.attach_new(session, contact, values, password_hash)
        let_go(session, contact)
        with refuse_silence(session, customer_id, actor, silences, possible=possible):
            store_new(session, contact)
            wanted = contact.id if values.is_primary else None
            settled = primary.settle(session, customer_id, wanted, has_one=locked.has_primary)
        new = activity.difference({}, activity.snapshot(contact))
        verb = "invited" if actor.kind == "contact" else "created"
        with written_together(session, Link, Mail, Activity):
            activity.record(session, actor, contact, verb, new)
            activity.record_primary(session, actor, settled)
            facts = contact_login.new_login(
                session, contact, values, password_hash, actor, attached=attached
            )
        name = str(customer) if customer is not None else ""
        return replace(saved(contact, settled, facts), customer_name=name)

    return finish(session, work, signals.contact_created)


def edit_contact(
    session: Session,
    customer_id: Any,
    contact_id: int,
    raw: Mapping[str, object],
    actor: Actor = SYSTEM,
    *,
    silences: Collection[str] = (),
    email_optional: bool = False,
    complete: Completion | None = None,
    joins: Any = None,
    opened: Marks | None = None,
) -> Saved:
    """Change a contact; a blank password keeps the old one (BEHAVIOUR C10).

    ``email_optional`` as for :func:`create_contact`; ``complete`` fills in what the form does
    not have; ``joins`` is the customer that a contact without one comes to; ``opened`` are the
    marks of what the form said when it was opened (``services.meanwhile``): what ``raw`` has
    otherwise is written, the rest stays as it is by now.
    Raises :class:`NotFound`, :class:`InvalidInput`, its :class:`Overtaken` for what others have
    changed as well, and :class:`SilencesTopics` where staff take the last recipient of a topic
    that ``silences`` does not name (N6).
    """
    complete = complete or _as_typed
    values, problems = _check(raw, email_optional=email_optional)
    if values.password and values.send_password_mail:
        both = _l("Type a password or send the link to set one, not both.")
        problems.setdefault("password", []).append(both)
    if problems:
        contact = find_contact(session, customer_id, contact_id)
        overtaken = merge(contact, values, raw, opened)
        complete(contact, values)
        taken = clashes(session, contact, values) if joins is None else {}
        told = {**taken, **_state_problems(contact, values), **problems}
        raise _refusal(contact, told, overtaken)
    password_hash = _hash(values)

    def work() -> Saved:
        locked = primary.lock(session, customer_id, contact_id)
        contact = find_contact(session, customer_id, contact_id)
        overtaken = merge(contact, values, raw, opened)
        complete(contact, values)
        refused = _state_problems(contact, values)
        if refused or overtaken:
            told = {**clashes(session, contact, values), **refused}
            raise _refusal(contact, told, overtaken)
        former_key, before = contact.email_key, activity.snapshot(contact)
        possible = takes_recipient(contact, values)
        with refuse_silence(session, customer_id, actor, silences, possible=possible):
            with session.no_autoflush:  # the address may be free at the new customer only
                moved = _join(session, contact, values, joins) if joins is not None else {}
                write(session, contact, values)
            wanted = contact.id if values.is_primary and not contact.is_primary else None
            has_one = locked.has_primary and joins is None
            settled = primary.settle(session, contact.customer_id, wanted, has_one=has_one)
        changes = activity.difference(before, activity.snapshot(contact))
        if changes:
            activity.record(session, actor, contact, "edited", changes)
        if moved:
            activity.record(session, actor, contact, "moved", moved)
        activity.record_primary(session, actor, settled)
        erased = bool(moved) and logins.erase_staff_password(session, contact)
        values.send_password_mail |= erased and values.is_user and contact.active
        facts = contact_login.changed_login(
            session, contact, values, former_key, password_hash, actor
        )
        if moved and not facts.joined_login:
            contact_login.company_came(session, contact)
        return saved(contact, settled, replace(facts, password_erased=erased))

    return finish(session, work, signals.contact_changed)


def _refusal(contact: Contact, problems: Problems, overtaken: Mapping[str, Any]) -> InvalidInput:
    if not overtaken:
        return InvalidInput(problems)
    manager = "" if contact.manager is None else contact.manager.name
    return refusal(problems, overtaken, manager_id=manager)


def typed_problems(raw: Mapping[str, object], *, creating: bool = False) -> Problems:
    """What is wrong with what was typed, whatever the customer is; an address is optional."""
    return _check(raw, creating=creating, email_optional=True)[1]


def _check(
    raw: Mapping[str, object], *, creating: bool = False, email_optional: bool = False
) -> tuple[ContactValues, Problems]:
    return check(
        raw,
        current_contacts.registry,
        available_languages(current_app),
        phone_region=setting("PHONE_REGION"),
        email_required=not email_optional or bool(raw.get("is_user", True)),
        creating=creating,
    )


def _as_typed(contact: Contact, values: ContactValues) -> None:
    """The form has all fields."""


def _join(
    session: Session, contact: Contact, values: ContactValues, customer_id: Any
) -> dict[str, list[Any]]:
    """Give a contact without a customer to one, without the manager that it had; raises
    :class:`NotFound` for one that has another."""
    if contact.customer_id is not None:
        raise NotFound("the contact has a customer")
    customer = find_customer(session, customer_id)
    primary.lock(session, customer_id)
    contact.customer, contact.customer_id = customer, customer_id
    if values.manager_id == contact.manager_id:
        values.manager_id = None
    contact.email_scope, contact.manager_id = address_scope(customer_id), None
    return {"customer": [None, str(customer)]}


def _state_problems(contact: Contact, values: ContactValues) -> Problems:
    """What an edit asks of a contact that is not in the state for it, by field."""
    if contact.archived_at is not None:
        return {"firstname": [_l("This contact is archived. Restore it first.")]}
    problems: Problems = {}
    if values.is_user and values.email is None:  # a login that came while the form was open
        problems["email"] = [_lp("form", "This field is required.")]
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


def _key(values: ContactValues) -> str | None:
    return values.email.key if values.email is not None else None


def _hash(values: ContactValues) -> str | None:
    if not values.password or not values.is_user:
        return None
    return passwords.hash_password(values.password)
