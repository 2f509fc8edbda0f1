"""What creating or editing a contact does to its login, and which mails that promises."""

from __future__ import annotations

from dataclasses import replace

from sqlalchemy.orm import Session

from ... import links
from ...actors import Actor
from ...clock import utc_now
from ...mail import outbox
from ...mail.templates import COMPANY_ADDED, EMAIL_CHANGED
from ...models import Contact
from ..accounts import kept_logins, logins
from ..accounts.logins import Attached
from . import activity
from .saved import LoginFacts
from .values import ContactValues


def attach_new(
    session: Session, contact: Contact, values: ContactValues, password_hash: str | None
) -> Attached | None:
    """The login of a contact that is not stored yet, whose invitation is dated with it.

    None for one without a login, and where :func:`new_login` is to join one that is there.
    """
    if not values.is_user or values.email is None:
        return None
    attached = logins.attach_new(session, contact, values.email, password_hash)
    if attached is not None and values.send_password_mail:
        contact.invited_at = utc_now()
    return attached


def new_login(
    session: Session,
    contact: Contact,
    values: ContactValues,
    password_hash: str | None,
    actor: Actor,
    *,
    is_new: bool = True,
    attached: Attached | None = None,
) -> LoginFacts:
    """Attach a contact to its login and promise the mails that go with it (C6, C7).

    ``attached`` is what :func:`attach_new` did for it already. Only a new contact is welcomed
    (C8): one that was restored, or gets its login later, is an acquaintance. Who is invited by
    a colleague and has a password is told of the company, and sent no link.
    """
    if not values.is_user or values.email is None:
        return LoginFacts()
    is_together = attached is not None
    attached = attached or logins.attach(session, contact, values.email, password_hash)
    verb = "login_created" if attached.created else "login_joined"
    activity.record(session, actor, contact, verb)
    if attached.created and is_new and not (values.no_welcome_mail or contact.do_not_send_emails):
        outbox.add_welcome(session, contact)
    if actor.kind == "contact" and not attached.created and not attached.needs_link:
        logins.invite_known(session, contact, attached.told)
    elif values.send_password_mail or attached.needs_link:
        asked = values.send_password_mail
        send_link(session, contact, actor, asked=asked, is_new=is_together)
    return LoginFacts(
        password_ignored=bool(password_hash) and not attached.created,
        joined_login=not attached.created,
        login_created=attached.created,
    )


def company_came(session: Session, contact: Contact) -> None:
    """Mail the person of a contact without a customer, who signs in elsewhere too, that a company
    was added: joining the login there was none to tell of (C6)."""
    if contact.login_id is None or not contact.active:
        return
    if kept_logins.serves(session, contact.login_id, but=contact.id):
        outbox.add(session, COMPANY_ADDED, contact)


def send_link(
    session: Session, contact: Contact, actor: Actor, *, asked: bool = True, is_new: bool = False
) -> None:
    """Mail the link to set a password, and note that it was asked for.

    One that nobody ``asked`` for is no invitation to somebody who has signed in here: that
    it was needed may come from the person's other customers. ``is_new``: :func:`attach_new` made
    the login, and dated the invitation where one was asked for.
    """
    invites = asked or contact.last_signed_in_at is None
    logins.mail_set_password(session, contact, invites=invites, is_new=is_new)
    activity.record(session, actor, contact, "set_password_link_sent")


def invite_again(session: Session, contact: Contact, actor: Actor) -> None:
    """Send a colleague's invitation once more, as it was: with a link, or without (C6)."""
    assert contact.login_id is not None
    login = logins.lock(session, contact.login_id)
    if login is not None and logins.is_wholly_theirs(login):
        logins.invite_known(session, contact)
        activity.record(session, actor, contact, "invited")
    else:
        send_link(session, contact, actor)


def changed_login(
    session: Session,
    contact: Contact,
    values: ContactValues,
    former_key: str | None,
    password_hash: str | None,
    actor: Actor,
) -> LoginFacts:
    """Bring the login in line with an edited contact (C6, C7, C10)."""
    if not values.is_user or values.email is None:
        if contact.login_id is None:
            return LoginFacts()
        logins.detach(session, contact, forget=False)
        activity.record(session, actor, contact, "login_removed")
        return LoginFacts(login_removed=True)
    if contact.login_id is None:
        return new_login(session, contact, values, password_hash, actor, is_new=False)
    login = logins.lock(session, contact.login_id)  # whose password it is, is decided below
    facts, needs_link = LoginFacts(), values.send_password_mail
    if former_key != values.email.key:
        facts, locked_out = _move_login(session, contact, values, actor)
        needs_link = needs_link or locked_out
    login = contact.login
    assert login is not None
    if password_hash is not None:
        if logins.belongs_to_holder(session, login, contact.id):
            facts = replace(facts, password_ignored=True)
        else:
            logins.change_credentials(session, login, password_hash)
            logins.mail_password_changed(session, contact)
            activity.record(session, actor, contact, "password_set_by_staff")
            needs_link = False
    if needs_link and contact.active:
        send_link(session, contact, actor, asked=values.send_password_mail)
    return facts


def _move_login(
    session: Session, contact: Contact, values: ContactValues, actor: Actor
) -> tuple[LoginFacts, bool]:
    """The address changed: the login follows its only contact, a shared one is left.

    Gives whether a link is due. Who has never signed in here gets one in each case, so that
    its absence does not tell that the person has a login at another customer (C6).
    """
    login, email = contact.login, values.email
    assert login is not None
    assert email is not None
    taken = logins.find(session, email.key)
    newcomer = contact.last_signed_in_at is None
    is_shared = kept_logins.serves(session, login.id, but=contact.id)
    if taken is None and not is_shared:
        invited = links.live_link(session, login.id, links.SET_PASSWORD) is not None
        logins.change_address(session, contact, email)
        return LoginFacts(), newcomer or invited or login.password_hash is None
    if not is_shared:  # the former address opens nothing any more, as where the login follows
        outbox.add(session, EMAIL_CHANGED, contact, recipient=login.email_key, needs="nothing")
    logins.detach(session, contact, forget=False)
    attached = logins.attach(session, contact, email)
    verb = "login_created" if attached.created else "login_joined"
    activity.record(session, actor, contact, verb)
    facts = LoginFacts(joined_login=not attached.created, login_created=attached.created)
    return facts, newcomer or attached.created or attached.needs_link
