"""Links that set a password: read, use, ask for another (BEHAVIOUR C9)."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session

from ... import links, signals
from ...actors import Actor
from ...clock import utc_now
from ...email_address import canonical_email
from ...errors import InvalidInput, LinkError, LinkInvalid
from ...i18n import _l
from ...mail import outbox
from ...mail.templates import RESET_PASSWORD, SET_PASSWORD
from ...models import Contact, Link, Login
from .. import limits
from ..accounts import logins, passwords
from ..announce import announce
from ..contacts import activity
from ..transaction import in_transaction


@dataclass(frozen=True)
class PasswordLink:
    """What the page of a living link shows; ``company`` is the customer's name."""

    uuid: str
    purpose: str
    email: str
    company: str


def read_password_link(session: Session, token: str) -> PasswordLink:
    """What a link is for, if it may still be used; changes nothing.

    Raises :class:`LinkInvalid`, :class:`LinkExpired`, :class:`LinkUsed` or
    :class:`LinkVoid`.
    """
    link = links.find_live(session, links.read_token(token))
    contact = _contact_of(session, link)
    company = str(contact.customer or "") if contact is not None else ""
    return PasswordLink(link.uuid, link.purpose, link.login.email, company)


def set_password(session: Session, token: str, password: str, confirm: str) -> None:
    """Use a link to set the password; its holder signs in with it afterwards.

    The login is proven by it, other sessions end, other links are void, a notice is
    mailed. Raises :class:`InvalidInput` at ``password`` or ``confirm`` (the link stays
    usable), and the link's errors; of racing requests one wins.
    """
    token_facts = links.read_token(token)
    link = links.find_live(session, token_facts)
    contact = _contact_of(session, link)
    names = (contact.firstname, contact.lastname) if contact is not None else ()
    problems = passwords.problems(password, link.login.email, *names)
    if problems:
        raise InvalidInput({"password": problems})
    if password != confirm:
        raise InvalidInput({"confirm": [_l("The two passwords differ. Type both again.")]})
    password_hash = passwords.hash_password(password)

    def work() -> int:
        found = links.find(session, token_facts)
        _lock_contact(session, found)
        logins.lock(session, found.login_id)
        links.consume(session, found)
        live = session.get_one(Link, token_facts.uuid, populate_existing=True)
        login = session.get_one(Login, live.login_id, populate_existing=True)
        holder = _contact_of(session, live)
        if holder is None:
            raise LinkInvalid("no active contact")
        login.proven_at, login.held = login.proven_at or utc_now(), True
        holder.accepted_at = utc_now()
        limits.forget_codes(session, login.email_key)
        logins.change_credentials(session, login, password_hash)
        logins.mail_password_changed(session, holder)
        by_holder = Actor("contact", holder.name, contact_id=holder.id)
        activity.record(session, by_holder, holder, "password_set")
        return login.id

    announce(session, signals.password_set, login_id=in_transaction(session, work))


def ask_for_new_link(session: Session, token: str) -> None:
    """From the page of a dead link: mail a new one of the same kind, to whom it was for.

    Says nothing about whether it did: an unreadable token, a login that is gone or
    inactive, or the hourly limit end in silence.
    """
    try:
        facts = links.read_token(token)
        link = links.find(session, facts)
    except LinkError:
        return
    login_id, purpose = link.login_id, link.purpose

    def work() -> None:
        login = logins.lock(session, login_id)
        contact = _active_contact(session, login_id)
        if login is None or contact is None:
            return
        if not limits.take_link_slot(session, login.email_key):
            return
        template = SET_PASSWORD if purpose == links.SET_PASSWORD else RESET_PASSWORD
        fresh = links.live_link(session, login_id, purpose) or links.issue(
            session, login, purpose, contact.id
        )
        outbox.add(session, template, contact, login=login, link=fresh, needs="login")

    in_transaction(session, work)


def forgot_password(session: Session, email: str, ip: str | None) -> None:
    """Ask for a new password; the same work and the same silence for every address.

    Raises :class:`InvalidInput` for what is no address, and :class:`TooManyAttempts`
    for the network address alone.
    """
    limits.check_address(ip)
    key = canonical_email(email).key

    def work() -> None:
        if limits.take_link_slot(session, key):
            outbox.add_forgotten_password(session, key)

    in_transaction(session, work)


def _contact_of(session: Session, link: Link) -> Contact | None:
    """The active contact that a link speaks to: its own, else another of the login."""
    if link.contact_id is not None:
        contact = session.get(Contact, link.contact_id)
        if contact is not None and contact.active and contact.login_id == link.login_id:
            return contact
    return _active_contact(session, link.login_id)


def _lock_contact(session: Session, link: Link) -> None:
    """Lock whom a link speaks to, because contacts are locked before logins."""
    contact = _contact_of(session, link)
    if contact is not None:
        query = select(Contact).where(Contact.id == contact.id).with_for_update(key_share=True)
        session.scalars(query.execution_options(populate_existing=True)).first()


def _active_contact(session: Session, login_id: int) -> Contact | None:
    query = select(Contact).where(Contact.login_id == login_id, Contact.active)
    return session.scalars(query.order_by(Contact.id).limit(1)).first()
