"""Signing in to the portal, and who is behind a session's token.

A session is a row; the cookie carries a random token of which the row keeps a hash.
"""

from __future__ import annotations

import logging
import secrets
from collections.abc import Collection
from dataclasses import dataclass
from datetime import timedelta

from sqlalchemy import select, update
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session, joinedload

from .. import signals
from ..actors import Actor
from ..clock import utc_now
from ..email_address import canonical_email
from ..errors import InvalidInput, SignInRefused
from ..links import rows_changed
from ..models import Contact, Login, PortalSession
from . import activity, limits, passwords, sessions
from .announce import announce
from .transaction import in_transaction

log = logging.getLogger(__name__)
_TOUCH_SECONDS = 60


@dataclass(frozen=True)
class NewSession:
    """A fresh sign-in: the token for the cookie, and whom it opens the portal for."""

    token: str
    contact_id: int
    login_id: int


@dataclass(frozen=True)
class PortalVisit:
    """Who asks, in one request: the session, the login, the contact, the permissions."""

    session_row: PortalSession
    login: Login
    contact: Contact
    permissions: frozenset[str]


def sign_in(
    session: Session,
    email: str,
    password: str,
    ip: str | None,
    user_agent: str | None,
    *,
    known_on: Collection[int] = (),
) -> NewSession:
    """Open a portal session for an address and its password.

    ``known_on`` are the logins that this browser has signed in with before; of a new
    device the person is told by mail. Raises :class:`SignInRefused`, the same for an
    unknown address, a wrong or missing password and a person without an active contact;
    and :class:`TooManyAttempts`.
    """
    limits.check_address(ip)
    attempt_id = in_transaction(session, lambda: limits.take_sign_in_slot(session, email))
    login = _login_of(session, email)
    fits = passwords.matches(login.password_hash if login else None, password)
    contact = _contact_to_open(session, login) if login is not None else None
    if not fits or login is None or contact is None:
        log.info("portal sign-in refused")
        raise SignInRefused("e-mail and password do not match")
    login_id, contact_id, epoch = login.id, contact.id, login.session_epoch
    contact_name = contact.name
    stored = login.password_hash or ""
    better = passwords.hash_password(password) if passwords.needs_rehash(stored) else None
    token = secrets.token_urlsafe(32)
    is_new = sessions.is_new_device(session, login, contact, known_on, ip, user_agent)

    def work() -> None:
        still = update(Contact).where(
            Contact.id == contact_id, Contact.active, Contact.login_id == login_id
        )
        touched = still.values(last_signed_in_at=utc_now(), updated_at=Contact.updated_at)
        if rows_changed(session, touched) != 1:  # left since; the row is locked from here
            raise SignInRefused("the contact has just left")
        limits.give_back(session, attempt_id)
        session.add(
            PortalSession(
                token_hash=sessions.token_hash(token),
                login_id=login_id,
                contact_id=contact_id,
                session_epoch=epoch,
                ip=(ip or "")[:45] or None,
                user_agent=_printable(user_agent)[:255] or None,
            )
        )
        here = Actor("contact", contact_name, contact_id=contact_id, address=ip)
        holder = session.get_one(Contact, contact_id)
        activity.record(session, here, holder, "signed_in")
        if is_new:
            sessions.mail_new_device(session, holder, ip, user_agent)
        if better is not None:
            session.execute(
                update(Login)
                .where(Login.id == login_id, Login.password_hash == stored)
                .values(password_hash=better)
            )

    in_transaction(session, work)
    log.info("portal sign-in of contact %s", contact_id)
    announce(session, signals.signed_in, contact_id=contact_id)
    return NewSession(token, contact_id, login_id)


def sign_out(session: Session, token: str) -> None:
    """End the session of a token; unknown and ended ones are no error."""
    statement = (
        update(PortalSession)
        .where(
            PortalSession.token_hash == sessions.token_hash(token), PortalSession.ended_at.is_(None)
        )
        .values(ended_at=utc_now())
    )
    in_transaction(session, lambda: session.execute(statement))


def resolve(session: Session, token: str) -> PortalVisit | None:
    """Who holds this token now, or None; asked anew with every request.

    None too when the session ended or timed out, the credentials changed since, or the
    contact is no longer active or the login's own. "Last seen" is written at most once
    a minute.
    """
    now = utc_now()
    query = (
        select(PortalSession, Contact)
        .join(Login, Login.id == PortalSession.login_id)
        .join(Contact, Contact.id == PortalSession.contact_id)
        .where(
            PortalSession.token_hash == sessions.token_hash(token),
            *sessions.is_open(now),
            Contact.active,
            Contact.login_id == PortalSession.login_id,
        )
        .options(joinedload(PortalSession.login), joinedload(Contact.customer))
    )
    row = session.execute(query).first()
    if row is None:
        return None
    session_row, contact = row
    if now - session_row.last_seen_at > timedelta(seconds=_TOUCH_SECONDS):
        return _touched(session, token, session_row.id)
    return PortalVisit(session_row, session_row.login, contact, contact.permission_names)


def _touched(session: Session, token: str, session_id: int) -> PortalVisit | None:
    try:
        session.execute(
            update(PortalSession)
            .where(PortalSession.id == session_id)
            .values(last_seen_at=utc_now())
        )
        session.commit()
    except DBAPIError:  # a busy database must not keep a signed-in person out
        session.rollback()
        log.warning("last seen of portal session %s was not written", session_id)
        return _resolved_untouched(session, session_id)
    return resolve(session, token)


def _resolved_untouched(session: Session, session_id: int) -> PortalVisit:
    row = session.get_one(PortalSession, session_id)
    contact = session.get_one(Contact, row.contact_id)
    return PortalVisit(row, row.login, contact, contact.permission_names)


def _login_of(session: Session, email: str) -> Login | None:
    try:
        key = canonical_email(email).key
    except InvalidInput:
        return None
    return session.scalars(select(Login).where(Login.email_key == key)).first()


def _contact_to_open(session: Session, login: Login) -> Contact | None:
    """The active contact that was used last, else the oldest."""
    query = (
        select(Contact)
        .where(Contact.login_id == login.id, Contact.active)
        .order_by(Contact.last_signed_in_at.is_(None), Contact.last_signed_in_at.desc(), Contact.id)
        .limit(1)
    )
    return session.scalars(query).first()


def _printable(text: str | None) -> str:
    return "".join(char for char in text or "" if char.isprintable())
