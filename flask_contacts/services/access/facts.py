"""What the access doctor looks at, read once: the contact, its invitation, its login.

What only the login can tell (a password, attempts to sign in) may come from the person's other
customers: it is read where ``precise`` is true and nowhere else (BEHAVIOUR C6, S7).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from ...clock import utc_now
from ...config import setting
from ...models import Contact, Login, Mail, PortalSession
from .. import limits
from ..accounts import sessions
from ..invitations.states import Invitation, invitations_of
from ..two_factor import state as two_factor_state
from ..two_factor.state import TwoFactorState

#: Mail that has been due for so long waits for a worker that is not there.
STUCK_AFTER = timedelta(minutes=10)


@dataclass(frozen=True)
class Facts:
    """What the checks look at, read once; times are UTC.

    ``precise``: the reader sees every customer, so that what the login tells may be said.
    ``login`` is None where it may not, as where there is none: ask ``contact.login_id``; so is
    what is told of the login alone. ``opens_at`` has the kinds of attempts that have to wait.
    """

    contact: Contact
    precise: bool
    login: Login | None
    invitation: Invitation
    open_sessions: int
    opens_at: Mapping[str, datetime]
    two_factor: TwoFactorState | None
    mail_waits_since: datetime | None
    has_base_url: bool

    @property
    def came(self) -> bool:
        """Whether the person has set a password or signed in at this customer."""
        return bool(self.contact.last_signed_in_at or self.contact.accepted_at)


def gather(session: Session, contact: Contact, *, precise: bool) -> Facts:
    """The facts about a contact, in at most eight statements."""
    login = contact.login if precise else None
    return Facts(
        contact=contact,
        precise=precise,
        login=login,
        invitation=invitations_of(session, [contact])[contact.id],
        open_sessions=_open_sessions(session, contact) if precise else 0,
        opens_at=_opens_at(session, login) if login else {},
        two_factor=two_factor_state.state_of(session, login.id) if login else None,
        mail_waits_since=_mail_waits_since(session),
        has_base_url=bool(setting("BASE_URL")),
    )


def _opens_at(session: Session, login: Login) -> dict[str, datetime]:
    kinds = (limits.SIGN_IN, limits.TWO_FACTOR, limits.FORGOT_PASSWORD)
    waits = {kind: limits.opens_at(session, kind, login.email) for kind in kinds}
    return {kind: when for kind, when in waits.items() if when is not None}


def _open_sessions(session: Session, contact: Contact) -> int:
    """Those in which the person is this contact."""
    query = (
        select(func.count())
        .select_from(PortalSession)
        .join(Login, Login.id == PortalSession.login_id)
        .where(
            PortalSession.contact_id == contact.id,
            PortalSession.login_id == contact.login_id,
            *sessions.is_open(utc_now()),
        )
    )
    return int(session.scalar(query) or 0)


def _mail_waits_since(session: Session) -> datetime | None:
    """Since when the oldest mail that is due waits, where that is too long."""
    query = select(func.min(Mail.not_before)).where(
        Mail.state == "waiting", Mail.not_before < utc_now() - STUCK_AFTER
    )
    return session.scalar(query)
