"""What creating or editing a contact does to its login, and which mails that promises."""

from __future__ import annotations

from dataclasses import dataclass, replace

from sqlalchemy import select
from sqlalchemy.orm import Session

from ..mail import outbox
from ..mail.templates import WELCOME
from ..models import Contact
from . import logins
from .contact_values import ContactValues


@dataclass(frozen=True)
class LoginFacts:
    """What happened to the login, for the message; see ``Saved``."""

    password_ignored: bool = False
    joined_login: bool = False
    login_created: bool = False


def new_login(
    session: Session, contact: Contact, values: ContactValues, password_hash: str | None
) -> LoginFacts:
    """Attach a new contact to its login and promise the mails of a creation (C6 to C8)."""
    if not values.is_user or values.email is None:
        return LoginFacts()
    attached = logins.attach(session, contact, values.email)
    if attached.created:
        attached.login.password_hash = password_hash
        if _welcome_is_due(session, contact, values):
            outbox.add(session, WELCOME, contact)
    if values.send_password_mail or attached.needs_link:
        logins.mail_set_password(session, contact)
    return LoginFacts(
        password_ignored=bool(password_hash) and not attached.created,
        joined_login=not attached.created,
        login_created=attached.created,
    )


def _welcome_is_due(session: Session, contact: Contact, values: ContactValues) -> bool:
    if values.no_welcome_mail or contact.do_not_send_emails:
        return False
    return outbox.template_enabled(session, WELCOME)


def changed_login(
    session: Session,
    contact: Contact,
    values: ContactValues,
    former_key: str | None,
    password_hash: str | None,
) -> LoginFacts:
    """Bring the login in line with an edited contact (C6, C7, C10)."""
    if not values.is_user or values.email is None:
        if contact.login_id is not None:
            logins.detach(session, contact)
        return LoginFacts()
    if contact.login_id is None:
        return new_login(session, contact, values, password_hash)
    facts, needs_link = LoginFacts(), values.send_password_mail
    if former_key != values.email.key:
        facts, locked_out = _move_login(session, contact, values)
        needs_link = needs_link or locked_out
    login = contact.login
    assert login is not None
    if password_hash is not None:
        if logins.belongs_to_holder(session, login, contact.id):
            facts = replace(facts, password_ignored=True)
        else:
            logins.change_credentials(session, login, password_hash)
            logins.mail_password_changed(session, contact)
            needs_link = False
    if needs_link and contact.active:
        logins.mail_set_password(session, contact)
    return facts


def _move_login(
    session: Session, contact: Contact, values: ContactValues
) -> tuple[LoginFacts, bool]:
    """The address changed: the login follows its only contact, a shared one is left."""
    login, email = contact.login, values.email
    assert login is not None
    assert email is not None
    taken = logins.find(session, email.key)
    others = select(Contact.id).where(Contact.login_id == login.id, Contact.id != contact.id)
    if taken is None and session.scalar(others.limit(1)) is None:
        logins.change_address(session, contact, email)
        return LoginFacts(), False
    logins.detach(session, contact)
    attached = logins.attach(session, contact, email)
    facts = LoginFacts(joined_login=not attached.created, login_created=attached.created)
    return facts, attached.created or attached.needs_link
