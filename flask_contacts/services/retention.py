"""What is forgotten after a while (``flask contacts purge``)."""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy import and_, case, delete, or_, select, update
from sqlalchemy.orm import Session

from ..clock import utc_now
from ..config import setting
from ..links import rows_changed
from ..models import Activity, Link, Login, Mail, PortalSession, PortalView, SignInAttempt
from .accounts import kept_logins
from .importing import forgetting
from .registration import retention as registration_retention
from .transaction import in_transaction


def purge(session: Session) -> dict[str, int]:
    """Forget what is older than the retention settings say; the rows hit, by what they are.

    Bodies of mails that are done, used, void and expired links, ended and timed-out
    sessions, staff's views of the portal, rows of imported files, registrations that are over,
    network addresses in the activity, attempts to sign in.
    """
    now = utc_now()
    mails = now - timedelta(days=int(setting("KEEP_MAIL_DAYS")))
    sessions = now - timedelta(days=int(setting("KEEP_SESSION_DAYS")))
    addresses = now - timedelta(days=int(setting("KEEP_ADDRESS_DAYS")))

    def work() -> dict[str, int]:
        return {
            "mail bodies": _mail_bodies(session, mails),
            "links": _links(session, sessions),
            "sessions": _sessions(session, sessions),
            "views": rows_changed(
                session, delete(PortalView).where(PortalView.expires_at < sessions)
            ),
            "logins": _logins(session, sessions),
            "imported rows": forgetting.purge(session, now),
            "registrations": registration_retention.purge(session, now, mails),
            "addresses": rows_changed(
                session,
                update(Activity)
                .where(Activity.happened_at < addresses, Activity.address.is_not(None))
                .values(address=None),
            ),
            "attempts": rows_changed(
                session,
                delete(SignInAttempt).where(SignInAttempt.happened_at < now - timedelta(days=1)),
            ),
        }

    return in_transaction(session, work)


def _mail_bodies(session: Session, before: datetime) -> int:
    """What a server answered names the recipient; why a mail was cancelled is only a word."""
    reply = and_(Mail.state != "cancelled", Mail.error.is_not(None))
    statement = update(Mail).where(
        Mail.state.in_(["sent", "cancelled", "failed"]),
        Mail.created_at < before,
        or_(Mail.message.is_not(None), Mail.recipient != "", reply),
    )
    emptied = {"message": None, "parameters": None, "recipient": "", "subject": ""}
    return rows_changed(
        session, statement.values(**emptied, error=case((Mail.state == "cancelled", Mail.error)))
    )


def _links(session: Session, before: datetime) -> int:
    gone = and_(
        Link.created_at < before,
        or_(Link.used_at.is_not(None), Link.void_reason.is_not(None), Link.expires_at < before),
    )
    session.execute(
        update(Mail)
        .where(Mail.link_uuid.in_(select(Link.uuid).where(gone)))
        .values(link_uuid=None)
        .execution_options(synchronize_session=False)
    )
    return rows_changed(
        session, delete(Link).where(gone).execution_options(synchronize_session=False)
    )


def _logins(session: Session, before: datetime) -> int:
    """Logins that were kept without a contact."""
    unused = session.scalars(select(Login.id).where(Login.unused_since < before)).all()
    for login_id in unused:
        kept_logins.delete_if_unused(session, login_id)
    return len(unused)


def _sessions(session: Session, before: datetime) -> int:
    """Those that had ended or timed out by then, as ``sign_in.resolve`` counts it."""
    idle = timedelta(seconds=int(setting("SESSION_IDLE_SECONDS")))
    longest = timedelta(seconds=int(setting("SESSION_SECONDS")))
    gone = or_(
        PortalSession.ended_at < before,
        PortalSession.last_seen_at < before - idle,
        PortalSession.created_at < before - longest,
    )
    return rows_changed(session, delete(PortalSession).where(gone))
