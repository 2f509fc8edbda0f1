"""Signing in to the portal, and who is behind a session's token.

A session is a row; the cookie carries a random token of which the row keeps a hash.
"""

from __future__ import annotations

import logging
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import timedelta
from functools import cache
from typing import TYPE_CHECKING, Any

from sqlalchemy import Select, exists, select, update
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session, aliased, joinedload

from ...clock import utc_now
from ...email_address import canonical_email
from ...errors import CodeRequired, InvalidInput, SignInRefused
from ...models import Contact, Login, PortalSession
from .. import limits, settings
from ..transaction import in_transaction
from ..two_factor import state as two_factor_state
from . import passwords, sessions
from .new_session import Browser, NewSession, contact_to_open, open_session

if TYPE_CHECKING:
    from ..access.view_as import Viewer

log = logging.getLogger(__name__)
_TOUCH_SECONDS = 60


@dataclass(frozen=True)
class PortalVisit:
    """Who asks, in one request: the session, the login, the contact, the permissions,
    whether the login has a second factor and must have one, whether it serves contacts of
    other companies too, and what staff leave to primary contacts."""

    session_row: PortalSession
    login: Login
    contact: Contact
    permissions: frozenset[str]
    has_two_factor: bool = False
    requires_two_factor: bool = False
    has_other_companies: bool = False
    primary_rights: frozenset[str] = frozenset()

    @property
    def viewed_by(self) -> Viewer | None:
        """The staff member who looks at the portal as the contact (P8); None: the contact."""
        return None

    @property
    def must_set_up_two_factor(self) -> bool:
        """Whether the portal opens nothing but setting up the second factor."""
        return self.requires_two_factor and not self.has_two_factor and self.viewed_by is None


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
    :class:`TooManyAttempts`; and :class:`CodeRequired` where the password is right and the
    login has a second factor: then ``two_factor_sign_in`` goes on.
    """
    limits.check_address(ip)
    attempt_id = in_transaction(session, lambda: limits.take_sign_in_slot(session, email))
    login = _login_of(session, email)
    fits = passwords.matches(login.password_hash if login else None, password)
    contact = contact_to_open(session, login.id) if login is not None else None
    if not fits or login is None or contact is None:
        log.info("portal sign-in refused")
        raise SignInRefused("e-mail and password do not match")
    login_id, epoch = login.id, login.session_epoch
    stored = login.password_hash or ""
    better = passwords.hash_password(password) if passwords.needs_rehash(stored) else None

    def settle(_contact: Contact | None = None) -> None:
        limits.give_back(session, attempt_id)
        if better is not None:
            session.execute(
                update(Login)
                .where(Login.id == login_id, Login.password_hash == stored)
                .values(password_hash=better)
            )

    if two_factor_state.is_on(session, login_id):
        in_transaction(session, settle)
        raise CodeRequired(login_id, epoch)
    return open_session(session, login, contact, Browser(ip, user_agent, known_on), settle)


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
    query = _visits().where(
        PortalSession.token_hash == sessions.token_hash(token), *sessions.is_open(now)
    )
    row = session.execute(query).unique().first()
    if row is None:
        return None
    session_row, contact, *flags = row
    if now - session_row.last_seen_at > timedelta(seconds=_TOUCH_SECONDS):
        return _touched(session, token, session_row.id, flags)
    return _visit(session_row, contact, flags)


@cache
def _visits() -> Select[Any]:
    """Sessions with all that a visit holds, in one statement.

    Made once: it is part of every request, and to make it costs more than to ask it. Whether
    the login serves other contacts is asked here too, so that the many who are a contact
    once cost no statement more.
    """
    other = aliased(Contact)
    has_other_companies = exists().where(
        other.login_id == PortalSession.login_id, other.active, other.id != PortalSession.contact_id
    )
    return (
        select(
            PortalSession,
            Contact,
            two_factor_state.on_column(PortalSession.login_id),
            two_factor_state.required_column(),
            has_other_companies,
            settings.primary_rights_column(),
        )
        .join(Login, Login.id == PortalSession.login_id)
        .join(Contact, Contact.id == PortalSession.contact_id)
        .where(Contact.active, Contact.login_id == PortalSession.login_id)
        .options(
            joinedload(PortalSession.login),
            joinedload(Contact.customer),
            joinedload(Contact.permissions),
        )
    )


def _visit(row: PortalSession, contact: Contact, flags: Sequence[Any]) -> PortalVisit:
    has_factor, requires_factor, elsewhere, rights = flags
    return PortalVisit(
        row,
        row.login,
        contact,
        contact.permission_names,
        has_two_factor=bool(has_factor),
        requires_two_factor=bool(requires_factor),
        has_other_companies=bool(elsewhere),
        primary_rights=frozenset(rights or ()),
    )


def _touched(
    session: Session, token: str, session_id: int, flags: Sequence[Any]
) -> PortalVisit | None:
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
        row = session.get_one(PortalSession, session_id)
        return _visit(row, session.get_one(Contact, row.contact_id), flags)
    return resolve(session, token)


def _login_of(session: Session, email: str) -> Login | None:
    try:
        key = canonical_email(email).key
    except InvalidInput:
        return None
    return session.scalars(select(Login).where(Login.email_key == key)).first()
