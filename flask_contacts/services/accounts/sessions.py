"""A person's own portal sessions: which are open, ending them, telling of a new device."""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from sqlalchemy import select, update
from sqlalchemy.orm import Session
from sqlalchemy.sql.elements import ColumnElement

from ...actors import Actor
from ...clock import utc_now
from ...config import setting
from ...errors import NotFound
from ...i18n import in_language
from ...links import rows_changed
from ...mail import outbox
from ...mail.templates import NEW_DEVICE
from ...models import Contact, Login, PortalSession
from ..contacts import activity
from ..timezones import moment
from ..transaction import in_transaction
from . import devices, logins

if TYPE_CHECKING:
    from .sign_in import PortalVisit

#: The most that a page shows; "end all others" ends the rest too.
MOST = 50
_MOST_BROWSERS = 100


@dataclass(frozen=True)
class OwnSession:
    """An open session as its person sees it; times are UTC."""

    id: int
    device: str
    address: str | None
    signed_in_at: datetime
    last_seen_at: datetime
    is_this: bool


def token_hash(token: str) -> str:
    """What the row of a session keeps of the token in its cookie."""
    return hashlib.sha256(token.encode("utf-8", "surrogatepass")).hexdigest()


def is_open(now: datetime) -> list[ColumnElement[bool]]:
    """What must hold of a session, joined to its login, that still opens the portal."""
    longest, idle = int(setting("SESSION_SECONDS")), int(setting("SESSION_IDLE_SECONDS"))
    return [
        PortalSession.ended_at.is_(None),
        PortalSession.session_epoch == Login.session_epoch,
        PortalSession.created_at > now - timedelta(seconds=longest),
        PortalSession.last_seen_at > now - timedelta(seconds=idle),
    ]


def own_sessions(session: Session, visit: PortalVisit) -> list[OwnSession]:
    """The open sessions of the visitor's login: this one, then the others, the latest first."""
    query = (
        select(PortalSession)
        .join(Login, Login.id == PortalSession.login_id)
        .where(PortalSession.login_id == visit.login.id, *is_open(utc_now()))
        .order_by(
            PortalSession.id != visit.session_row.id,
            PortalSession.last_seen_at.desc(),
            PortalSession.id.desc(),
        )
        .limit(MOST)
    )
    return [
        OwnSession(
            id=row.id,
            device=devices.device(row.user_agent),
            address=row.ip,
            signed_in_at=row.created_at,
            last_seen_at=row.last_seen_at,
            is_this=row.id == visit.session_row.id,
        )
        for row in session.scalars(query)
    ]


def end_own_session(
    session: Session, visit: PortalVisit, session_id: int, address: str | None
) -> None:
    """End another session of the visitor's login at once; one that is over is no error.

    Raises :class:`NotFound` for one of somebody else's, and for the visitor's own: that
    one is signed out of.
    """
    login_id, own_id = visit.login.id, visit.session_row.id
    theirs = select(PortalSession.id).where(
        PortalSession.id == session_id,
        PortalSession.login_id == login_id,
        PortalSession.id != own_id,
    )
    if session.scalar(theirs) is None:
        raise NotFound("no such session of this person")
    _end(session, visit, [PortalSession.id == session_id], address)


def end_other_sessions(session: Session, visit: PortalVisit, address: str | None) -> int:
    """End every session of the visitor's login but this one; how many were ended."""
    return _end(session, visit, [PortalSession.id != visit.session_row.id], address)


def _end(
    session: Session,
    visit: PortalVisit,
    which: Collection[ColumnElement[bool]],
    address: str | None,
) -> int:
    login_id, contact_id = visit.login.id, visit.contact.id
    holder = Actor("contact", visit.contact.name, contact_id=contact_id, address=address)

    def work() -> int:
        logins.lock(session, login_id)
        statement = (
            update(PortalSession)
            .where(PortalSession.login_id == login_id, PortalSession.ended_at.is_(None), *which)
            .values(ended_at=utc_now())
            .execution_options(synchronize_session=False)
        )
        ended = rows_changed(session, statement)
        if ended:
            activity.record(session, holder, contact_id, "sessions_ended")
        return ended

    return in_transaction(session, work)


def lock_holder(session: Session, session_id: int, login_id: int) -> tuple[Contact, Login]:
    """Lock who acts in an open session: the contact, then the login; the caller commits.

    Raises :class:`NotFound` when the session was ended or the contact has left meanwhile.
    """
    whose = session.scalar(select(PortalSession.contact_id).where(PortalSession.id == session_id))
    contact = session.scalars(
        select(Contact)
        .where(Contact.id == whose, Contact.login_id == login_id, Contact.active)
        .with_for_update(key_share=True)
        .execution_options(populate_existing=True)
    ).first()
    login = logins.lock(session, login_id)
    row = session.get(PortalSession, session_id, populate_existing=True)
    if contact is None or login is None or row is None or row.ended_at is not None:
        raise NotFound("the session has ended")
    if row.session_epoch != login.session_epoch:
        raise NotFound("the credentials have changed")
    return contact, login


def go_on(session: Session, former_id: int, login: Login) -> str:
    """A session in place of one that a change of credentials has just ended; its token.

    The former token opens nothing any more (security 7.2.4). The time of signing in stays:
    no session outlives its absolute time-out by this.
    """
    former = session.get_one(PortalSession, former_id)
    token = secrets.token_urlsafe(32)
    session.add(
        PortalSession(
            token_hash=token_hash(token),
            login_id=login.id,
            contact_id=former.contact_id,
            session_epoch=login.session_epoch,
            created_at=former.created_at,
            ip=former.ip,
            user_agent=former.user_agent,
        )
    )
    return token


def is_new_device(
    session: Session,
    login: Login,
    contact: Contact,
    known_on: Collection[int],
    ip: str | None,
    user_agent: str | None,
) -> bool:
    """Whether a sign-in comes from where the login was not used before.

    ``known_on`` are the logins that have signed in with this browser before, by a cookie of
    its own: an address alone changes daily on a phone, and a User-Agent is the same for
    millions. Where the browser keeps no cookie, an earlier session from this address by
    such a browser will do. The first sign-in of all is no news to anybody.
    """
    if contact.last_signed_in_at is None or login.id in known_on:
        return False
    query = (
        select(PortalSession.user_agent)
        .where(PortalSession.login_id == login.id, PortalSession.ip == (ip or None))
        .distinct()
        .limit(_MOST_BROWSERS)
    )
    return not any(devices.looks_like(user_agent, seen) for seen in session.scalars(query))


def mail_new_device(
    session: Session, contact: Contact, ip: str | None, user_agent: str | None
) -> None:
    """Tell the person of a sign-in from a new device, whatever mail is switched off (N7)."""
    with in_language(outbox.language_of(contact)):
        values = {"device": devices.device(user_agent), **when_and_where(contact, ip)}
    outbox.add(session, NEW_DEVICE, contact, needs="nothing", values=values)


def when_and_where(contact: Contact, ip: str | None) -> dict[str, str]:
    """The merge fields of a security notice: now, and the network address."""
    now = moment(utc_now(), contact.timezone, outbox.language_of(contact))
    return {"moment": now, "network_address": ip or "–"}
