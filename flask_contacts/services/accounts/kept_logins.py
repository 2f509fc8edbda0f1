"""What is left of a login when a contact loses it, and what is forgotten with the person."""

from __future__ import annotations

from sqlalchemy import delete, or_, select, update
from sqlalchemy.orm import Session

from ...clock import utc_now
from ...email_address import canonical_email
from ...models import Contact, Link, Login, Mail, PortalSession, RecoveryCode, TwoFactor


def serves(session: Session, login_id: int, but: int | None = None) -> bool:
    """Whether a contact refers to a login, beside ``but``, active or not."""
    found = select(Contact.id).where(Contact.login_id == login_id)
    if but is not None:
        found = found.where(Contact.id != but)
    return session.scalar(found.limit(1)) is not None


def keep(session: Session, login_id: int, contact_id: int) -> bool:
    """Mark a login that its holder had proven as kept without a contact, if it is."""
    login = session.get(Login, login_id)
    if login is None or not login.held:
        return False
    if not serves(session, login_id):
        login.unused_since, login.kept_for_id = utc_now(), contact_id
    return True


def forget_kept(session: Session, contact: Contact) -> set[str]:
    """Delete the logins kept for a contact whose person is gone for good; their addresses.

    Those that were its own, also at an address of before, and the one at its address.
    """
    key = canonical_email(contact.email).key if contact.email is not None else None
    its_own = or_(Login.kept_for_id == contact.id, Login.email_key == key)
    query = select(Login.id, Login.email_key).where(its_own, Login.unused_since.is_not(None))
    found = session.execute(query).all()
    for login_id, _email_key in found:
        delete_if_unused(session, login_id)
    return {email_key for _login_id, email_key in found}


def forget_contact(session: Session, contact_id: int) -> None:
    """Cut what joins a contact to a login that others still use: links and old sessions."""
    cut_links(session, contact_id)
    session.execute(
        delete(PortalSession).where(PortalSession.contact_id == contact_id),
        execution_options={"synchronize_session": False},
    )


def cut_links(session: Session, contact_id: int) -> None:
    """Its links were mailed to another address or by another login: none is its invitation.

    Whether the login was deleted or others use it would show in the invitation's state (C6).
    """
    session.execute(
        update(Link).where(Link.contact_id == contact_id).values(contact_id=None),
        execution_options={"synchronize_session": "fetch"},
    )


def delete_if_unused(session: Session, login_id: int) -> None:
    """Delete a login that no contact refers to, with its sessions, links and second factor."""
    if serves(session, login_id):
        return
    own_links = select(Link.uuid).where(Link.login_id == login_id)
    quiet = {"synchronize_session": False}
    session.execute(
        update(Mail).where(Mail.link_uuid.in_(own_links)).values(link_uuid=None),
        execution_options=quiet,
    )
    session.execute(
        update(Mail).where(Mail.login_id == login_id).values(login_id=None),
        execution_options=quiet,
    )
    for table in (PortalSession, Link, RecoveryCode, TwoFactor):
        session.execute(delete(table).where(table.login_id == login_id), execution_options=quiet)
    session.execute(delete(Login).where(Login.id == login_id), execution_options=quiet)
