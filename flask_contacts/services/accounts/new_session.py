"""A session for a person who has just shown who it is: its row, and what goes with it."""

from __future__ import annotations

import logging
import secrets
from collections.abc import Callable, Collection
from dataclasses import dataclass

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from ... import signals
from ...actors import Actor
from ...clock import utc_now
from ...errors import SignInRefused
from ...links import rows_changed
from ...models import Contact, Login, PortalSession
from ..announce import announce
from ..contacts import activity
from ..transaction import in_transaction
from . import sessions

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class NewSession:
    """A fresh sign-in: the token for the cookie, and whom it opens the portal for."""

    token: str
    contact_id: int
    login_id: int


@dataclass(frozen=True)
class Browser:
    """Where a sign-in comes from; ``known_on`` are the logins that it has signed in before."""

    ip: str | None
    user_agent: str | None
    known_on: Collection[int] = ()


def contact_to_open(session: Session, login_id: int) -> Contact | None:
    """The active contact of a login that was used last, else the oldest."""
    query = (
        select(Contact)
        .where(Contact.login_id == login_id, Contact.active)
        .order_by(Contact.last_signed_in_at.is_(None), Contact.last_signed_in_at.desc(), Contact.id)
        .limit(1)
    )
    return session.scalars(query).first()


def open_session(
    session: Session,
    login: Login,
    contact: Contact,
    browser: Browser,
    settle: Callable[[Contact], None],
) -> NewSession:
    """Open a session as ``contact``; ``settle`` runs in the same transaction, before it.

    Of a new device the person is told by mail. Raises :class:`SignInRefused` when the contact
    has left meanwhile.
    """
    login_id, contact_id, epoch = login.id, contact.id, login.session_epoch
    token = secrets.token_urlsafe(32)
    is_new = sessions.is_new_device(
        session, login, contact, browser.known_on, browser.ip, browser.user_agent
    )

    def work() -> None:
        still = update(Contact).where(
            Contact.id == contact_id, Contact.active, Contact.login_id == login_id
        )
        touched = still.values(last_signed_in_at=utc_now(), updated_at=Contact.updated_at)
        if rows_changed(session, touched) != 1:  # left since; the row is locked from here
            raise SignInRefused("the contact has just left")
        holder = session.get_one(Contact, contact_id)
        settle(holder)
        session.add(
            PortalSession(
                token_hash=sessions.token_hash(token),
                login_id=login_id,
                contact_id=contact_id,
                session_epoch=epoch,
                ip=(browser.ip or "")[:45] or None,
                user_agent=_printable(browser.user_agent)[:255] or None,
            )
        )
        here = Actor("contact", holder.name, contact_id=contact_id, address=browser.ip)
        activity.record(session, here, holder, "signed_in")
        if is_new:
            sessions.mail_new_device(session, holder, browser.ip, browser.user_agent)

    in_transaction(session, work)
    log.info("portal sign-in of contact %s", contact_id)
    announce(session, signals.signed_in, contact_id=contact_id)
    return NewSession(token, contact_id, login_id)


def _printable(text: str | None) -> str:
    return "".join(char for char in text or "" if char.isprintable())
