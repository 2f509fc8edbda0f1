"""Logins: made or joined by e-mail alone, and what ends with them.

The rule of BEHAVIOUR C7 lives here: nobody but its holder sets the password of a login
that is proven or serves another contact too. A login is its holder's when two things hold:
the password is the holder's own (``held``: set by a mailed link, by registering, or by
changing it in the portal), and the mailbox of the present address is proven (``proven_at``).
Either alone keeps staff from setting the password. Only both keep the password when another
company joins: who first came in with a password that staff had typed may be anybody until
a link is used, and a mailbox that was proven with such a password leaves it known to staff.
A second factor that goes with a password of the holder's own stays, so that to be invited
by a stranger opens nothing to who reads the mailbox alone; staff can reset it.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

from sqlalchemy import Select, bindparam, select, update
from sqlalchemy.orm import Session

from ... import links
from ...clock import utc_now
from ...email_address import EmailAddress
from ...mail import outbox
from ...mail.templates import (
    COMPANY_ADDED,
    EMAIL_CHANGED,
    NEW_EMAIL,
    PASSWORD_CHANGED,
    SET_PASSWORD,
)
from ...models import Contact, Login, Mail, PortalSession
from ...models.together import insert_row_unless
from ..two_factor import ends as two_factor_ends
from . import kept_logins


@dataclass(frozen=True)
class Attached:
    """What attaching a contact to a login did; ``needs_link``: nobody could sign in.

    ``told`` is the mail that a company was added.
    """

    login: Login
    created: bool
    needs_link: bool
    told: Mail | None = None


def attach_new(
    session: Session, contact: Contact, email: EmailAddress, password_hash: str | None
) -> Attached | None:
    """Give a contact that is not stored yet a login of its own; None where the address has one
    already, which the stored contact joins by :func:`attach`."""
    login = Login(email=email.typed, email_key=email.key, password_hash=password_hash)
    if not insert_row_unless(session, login, "email_key"):
        return None
    contact.login, contact.login_id = login, login.id
    return Attached(login, created=True, needs_link=False)


def attach(
    session: Session, contact: Contact, email: EmailAddress, password_hash: str | None = None
) -> Attached:
    """Give the contact the login of this address, a new one where there is none.

    ``password_hash`` is that of a new one. Joining mails that a company was added, if any. A joined
    login that is not wholly its holder's loses its password and sessions, and a second factor
    that was set up with a password which staff had typed: whoever set it must not get in here,
    nor keep the person out.
    """
    login = find(session, email.key)
    if login is None:
        login = Login(email=email.typed, email_key=email.key, password_hash=password_hash)
        session.add(login)
        session.flush()
        contact.login, contact.login_id = login, login.id
        return Attached(login, created=True, needs_link=False)
    _erase_what_is_not_the_holders(session, login)
    login.unused_since = login.kept_for_id = None
    contact.login, contact.login_id = login, login.id
    session.flush()
    told = outbox.add(session, COMPANY_ADDED, contact) if contact.customer_id is not None else None
    return Attached(login, created=False, needs_link=login.password_hash is None, told=told)


def detach(session: Session, contact: Contact, *, forget: bool = True) -> None:
    """Take the contact's login away; a login that serves nobody any more is deleted.

    Unless ``forget`` is False and its holder had set a password: then it is kept without
    a contact, so that giving the contact a login again gives it this one (C7).
    """
    login_id = contact.login_id
    contact.login = None
    contact.login_id = None
    session.flush()
    if login_id is not None:
        left(session, contact.id, login_id)
        kept_logins.cut_links(session, contact.id)
        if forget or not kept_logins.keep(session, login_id, contact.id):
            kept_logins.delete_if_unused(session, login_id)


def left(session: Session, contact_id: int, login_id: int) -> None:
    """End what the login could do as this contact, which is no longer active or its own.

    Sessions go on as another active contact of the person if there is one, else they
    end and open links become void (BEHAVIOUR P7).
    """
    lock(session, login_id)  # two contacts that leave at once must not count on each other
    others = select(Contact.id).where(
        Contact.login_id == login_id, Contact.active, Contact.id != contact_id
    )
    other = session.scalar(others.order_by(Contact.id).limit(1))
    sessions = (
        update(PortalSession)
        .where(
            PortalSession.login_id == login_id,
            PortalSession.contact_id == contact_id,
            PortalSession.ended_at.is_(None),
        )
        .execution_options(synchronize_session=False)
    )
    if other is None:
        session.execute(sessions.values(ended_at=utc_now()))
        links.void(session, login_id, "no_active_contact")
    else:
        session.execute(sessions.values(contact_id=other))


def belongs_to_holder(session: Session, login: Login, contact_id: int) -> bool:
    """Whether staff may not set this login's password: the holder's, proven or shared (C7)."""
    if login.held or login.proven_at is not None:
        return True
    return kept_logins.serves(session, login.id, but=contact_id)


def change_credentials(session: Session, login: Login, password_hash: str | None) -> None:
    """Set or erase the password: every session ends, every open link is void."""
    login.password_hash = password_hash
    login.session_epoch = Login.session_epoch + 1
    session.flush()
    links.void(session, login.id, "password_changed")
    session.execute(
        update(PortalSession)
        .where(PortalSession.login_id == login.id, PortalSession.ended_at.is_(None))
        .values(ended_at=utc_now())
        .execution_options(synchronize_session=False)
    )


def erase_staff_password(session: Session, contact: Contact) -> bool:
    """Erase a password that staff may have set, with its sessions; whether there was one.

    Whoever set it must not get in where others look after the contact now (C7).
    """
    login = lock(session, contact.login_id) if contact.login_id is not None else None
    return login is not None and _erase_what_is_not_the_holders(session, login)


def _erase_what_is_not_the_holders(session: Session, login: Login) -> bool:
    if login.password_hash is None or (login.held and login.proven_at is not None):
        return False  # nothing to erase, and nobody's link ends: no password was set
    change_credentials(session, login, password_hash=None)
    if not login.held:  # set up by whoever had the staff's password
        two_factor_ends.remove_and_tell(session, login.id)
    return True


def change_address(session: Session, contact: Contact, email: EmailAddress) -> None:
    """Give the login of its only contact another address; the old and the new are told.

    The login is not proven any more: nobody has shown to read mail at the new address,
    so whoever joins it there must not be let in by the old password (C7). The second factor
    goes: it may be another person's now, whom the former holder's phone would keep out.
    """
    login = contact.login
    assert login is not None
    former = login.email_key
    two_factor_ends.remove_and_tell(session, login.id, recipient=former)
    login.email, login.email_key = email.typed, email.key
    login.proven_at = None
    login.session_epoch = Login.session_epoch + 1
    session.flush()
    links.void(session, login.id, "email_changed")
    kept_logins.cut_links(session, contact.id)
    outbox.add(session, EMAIL_CHANGED, contact, recipient=former, needs="nothing")
    outbox.add(session, NEW_EMAIL, contact, needs="login", login=login)


def mail_set_password(
    session: Session, contact: Contact, *, invites: bool = True, is_new: bool = False
) -> None:
    """Issue the 48-hour link and promise its mail (BEHAVIOUR C9).

    With ``invites`` it is the contact's invitation, and its state tells how that goes.
    ``is_new``: made together with its login just now, so dated already and without older links.
    """
    assert contact.login is not None
    if invites and not is_new:
        contact.invited_at = utc_now()
    about = contact.id if invites else None
    link = links.issue(session, contact.login, links.SET_PASSWORD, about, is_new=is_new)
    outbox.add(session, SET_PASSWORD, contact, login=contact.login, link=link, needs="login")


def invite_known(session: Session, contact: Contact, told: Mail | None = None) -> None:
    """Invite somebody who signs in elsewhere already: the mail says that a company was added.

    Nothing else is mailed, and who invited cannot tell it from a link to set a password (C6).
    ``told`` is that mail where it was promised just now.
    """
    assert contact.login is not None
    contact.invited_at = utc_now()
    mail = told or outbox.add(session, COMPANY_ADDED, contact)
    mail.link_uuid = links.issue_unsent(session, contact.login, contact.id).uuid


def is_wholly_theirs(login: Login) -> bool:
    """Whether the password is the holder's own, and the mailbox of the address is proven."""
    return login.held and login.proven_at is not None and login.password_hash is not None


def mail_password_changed(session: Session, contact: Contact) -> None:
    """Tell the holder that the password is another one (security 6.3.7)."""
    outbox.add(session, PASSWORD_CHANGED, contact, needs="nothing")


def find(session: Session, email_key: str) -> Login | None:
    """The login of a canonical address, as it is now and locked, or None."""
    return session.scalars(_of_address(), {"email_key": email_key}).first()


@cache
def _of_address() -> Select[Login]:
    query = select(Login).where(Login.email_key == bindparam("email_key"))
    return query.with_for_update(key_share=True).execution_options(populate_existing=True)


def lock(session: Session, login_id: int) -> Login | None:
    """The login as it is now, or None; others that decide by it wait for this transaction.

    Lock contacts before logins, and a login before its links.
    """
    session.flush()
    return session.get(Login, login_id, populate_existing=True, with_for_update={"key_share": True})
