"""What goes with a second factor: its rows, and the sessions that were opened before a change."""

from __future__ import annotations

from sqlalchemy import delete, select, update
from sqlalchemy.orm import Session

from ...clock import utc_now
from ...mail import outbox
from ...mail.two_factor_templates import TWO_FACTOR_RESET
from ...models import Contact, Login, PortalSession, TwoFactor
from ..timezones import moment
from . import recovery_codes


def remove(session: Session, login_id: int) -> None:
    """Delete the secret and the recovery codes of a login; the caller commits."""
    recovery_codes.forget(session, login_id)
    session.execute(
        delete(TwoFactor).where(TwoFactor.login_id == login_id),
        execution_options={"synchronize_session": "fetch"},
    )


def remove_and_tell(session: Session, login_id: int, recipient: str | None = None) -> None:
    """The same where nobody asked for it, with a mail to whoever had it, if it was on.

    By a contact that the login serves already: one that joins it learns nothing of it (C6).
    """
    if session.get(TwoFactor, login_id) is None:
        return
    remove(session, login_id)
    holders = select(Contact).where(Contact.login_id == login_id)
    contact = session.scalars(holders.order_by(Contact.active.desc(), Contact.id).limit(1)).first()
    if contact is None:
        return
    told = {"moment": moment(utc_now(), contact.timezone, outbox.language_of(contact))}
    outbox.add(
        session, TWO_FACTOR_RESET, contact, recipient=recipient, needs="nothing", values=told
    )


def end_sessions(session: Session, login: Login) -> None:
    """End every session of a locked login, and every sign-in that waits for its code."""
    login.session_epoch = Login.session_epoch + 1
    session.flush()
    session.execute(
        update(PortalSession)
        .where(PortalSession.login_id == login.id, PortalSession.ended_at.is_(None))
        .values(ended_at=utc_now())
        .execution_options(synchronize_session=False)
    )
