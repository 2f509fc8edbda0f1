"""From a proven registration to a customer with its primary contact, or to a contact of a
customer that exists. Part of the caller's transaction."""

from __future__ import annotations

from typing import Any

from flask import current_app
from sqlalchemy import inspect, select
from sqlalchemy.orm import Session

from ...actors import Actor
from ...clock import utc_now
from ...config import setting
from ...email_address import canonical_email
from ...errors import ConfigError, InvalidInput
from ...i18n import _l, available_languages
from ...mail import messages, outbox
from ...mail.registration_templates import REGISTRATION_APPROVED
from ...mail.templates import WELCOME
from ...models import (
    Contact,
    ContactPermission,
    ContactTopic,
    Customer,
    CustomerAdmin,
    Login,
    Registration,
)
from ...models.registration import APPROVED
from ...registry import RegistrationValues
from ...state import current_contacts
from ..accounts import logins
from ..contacts import activity, primary
from ..contacts.saved import LoginFacts, Saved, find_customer, saved
from ..field_checks import e164
from ..settings import default_permissions


def open_portal(
    session: Session,
    registration: Registration,
    staff: Actor | None,
    *,
    customer_id: Any = None,
    admin_id: int | None = None,
    address: str | None = None,
) -> Saved:
    """Make the registration a contact with the default permissions; the caller commits.

    Of a new customer, whose primary contact it is, or with ``customer_id`` of that one.
    ``staff`` is who approves; None where nobody has to, and ``address`` is the person's
    network address then. ``admin_id`` is a staff user who becomes the new customer's admin
    (BEHAVIOUR S7). Raises :class:`InvalidInput` at ``customer``, what the host's
    ``register_customer`` raises, and :class:`NotFound` for an unknown customer.
    """
    if customer_id is None:
        customer = _new_customer(session, registration)
        customer_id = inspect(customer).identity[0]
        if admin_id is not None:
            session.add(CustomerAdmin(customer_id=customer_id, staff_id=admin_id))
    else:
        customer = find_customer(session, customer_id)
    primary.lock(session, customer_id)
    contact = _new_contact(session, registration, customer, customer_id)
    contact.created_by_id = staff.staff_id if staff is not None else None
    session.add(contact)
    session.flush()
    settled = primary.settle(session, customer_id)
    actor = staff or Actor("contact", contact.name, contact_id=contact.id, address=address)
    new = activity.difference({}, activity.snapshot(contact))
    activity.record(session, actor, contact, "created" if staff else "registered", new)
    activity.record_primary(session, actor, settled)
    facts = _attach_login(session, contact, registration, actor)
    if facts.login_created:  # who joined a login is told of the company already
        _greet(session, contact, tell=staff is not None)
    registration.state, registration.open_as = APPROVED, None
    registration.contact_id, registration.password_hash = contact.id, None
    registration.decided_at = utc_now()
    return saved(contact, settled, facts)


def _new_customer(session: Session, registration: Registration) -> Any:
    values = RegistrationValues(
        company=registration.company,
        firstname=registration.firstname,
        lastname=registration.lastname,
        email=registration.email,
        phone=registration.phone,
        language=registration.language,
    )
    make = current_contacts.registry.register_customer or _bundled
    try:
        customer = make(values)
    except ValueError as error:  # the word of a host's @validates
        raise InvalidInput({"company": [str(error)]}) from error
    if not isinstance(customer, Customer):
        raise ConfigError(
            "contacts.C082",
            f"register_customer gave {type(customer).__name__} and no {Customer.__name__}.",
            "Return a new customer of your model.",
        )
    session.add(customer)
    session.flush()
    return customer


def _bundled(values: RegistrationValues) -> Any:
    return Customer(company=values.company, phone=values.phone)


def _new_contact(
    session: Session, registration: Registration, customer: Any, customer_id: Any
) -> Contact:
    scope = str(customer_id)
    taken = select(Contact.id).where(
        Contact.email_scope == scope, Contact.email_key == registration.email_key
    )
    with session.no_autoflush:
        if session.scalar(taken) is not None:
            text = _l("This customer has a contact with this address already.")
            raise InvalidInput({"customer": [text]})
        permissions = default_permissions(session)
    offered = registration.language in available_languages(current_app)
    phone = registration.phone
    return Contact(
        customer_id=customer_id,
        customer=customer,
        email_scope=scope,
        email=registration.email,
        email_key=registration.email_key,
        firstname=registration.firstname,
        lastname=registration.lastname,
        phone=phone,
        phone_e164=e164(phone, setting("PHONE_REGION")) if phone else None,
        language=registration.language if offered else None,
        permissions=[ContactPermission(name=name) for name in sorted(permissions)],
        topics=[
            ContactTopic(name=name)
            for name in sorted(current_contacts.registry.topics_of(permissions))
        ],
    )


def _attach_login(
    session: Session, contact: Contact, registration: Registration, actor: Actor
) -> LoginFacts:
    """The login of the proven address, with the password that was typed.

    A login that serves another active contact by now keeps its own password (C7).
    """
    attached = logins.attach(session, contact, canonical_email(registration.email))
    login = attached.login
    verb = "login_created" if attached.created else "login_joined"
    activity.record(session, actor, contact, verb)
    contact.accepted_at = registration.proven_at  # in each case: it must not tell of a login (C6)
    others = select(Contact.id).where(
        Contact.login_id == login.id, Contact.active, Contact.id != contact.id
    )
    if session.scalar(others.limit(1)) is None:
        _use_password(session, login, registration, is_new=attached.created)
        if not attached.created:
            logins.mail_password_changed(session, contact)
    elif attached.needs_link:
        logins.mail_set_password(session, contact, invites=False)
        activity.record(session, actor, contact, "set_password_link_sent")
    return LoginFacts(joined_login=not attached.created, login_created=attached.created)


def _use_password(
    session: Session, login: Login, registration: Registration, *, is_new: bool
) -> None:
    if is_new:
        login.password_hash = registration.password_hash
    else:
        logins.change_credentials(session, login, registration.password_hash)
    login.proven_at, login.held = registration.proven_at, True


def _greet(session: Session, contact: Contact, *, tell: bool) -> None:
    """The welcome mail (C8), or where it is switched off a word to who waits for one."""
    if messages.template_enabled(session, WELCOME):
        outbox.add(session, WELCOME, contact)
    elif tell:
        outbox.add(session, REGISTRATION_APPROVED, contact)
