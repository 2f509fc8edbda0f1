"""Limits: per account from our own rows, per network address by the ``limits`` package.

Nobody is locked out for good: every limit is a window that passes. Known and unknown
addresses are counted alike, by a hash of what was typed.
"""

from __future__ import annotations

import hashlib
import time
from datetime import datetime, timedelta, timezone

from flask import current_app
from limits import parse
from limits.storage import storage_from_string
from limits.strategies import FixedWindowRateLimiter
from sqlalchemy import delete, func, select
from sqlalchemy.orm import Session
from sqlalchemy.sql.elements import ColumnElement

from ..clock import utc_now
from ..config import setting
from ..email_address import canonical_email
from ..errors import InvalidInput, TooManyAttempts
from ..models import SignInAttempt

SIGN_IN = "sign_in"
TWO_FACTOR = "two_factor"
FORGOT_PASSWORD = "forgot_password"
REGISTRATION = "registration"
INVITATION, INVITED = "invitation", "invited"
#: So many invitations the contacts of one customer send in an hour, new ones and repeated.
INVITATIONS_PER_HOUR = 20
#: So many an address is sent in an hour, whichever contacts of whichever customers ask.
INVITATIONS_PER_ADDRESS = 5
#: Wrong codes of the second factor for one account before it has to wait: whoever guesses
#: knows the password already.
TWO_FACTOR_FAILURES = 5
#: So many times that in a day and a night, so that patience gains nothing either. A new
#: password by link, and staff's reset of the second factor, begin anew.
TWO_FACTOR_WINDOWS_A_DAY = 6
TWO_FACTOR_TOLD = "two_factor_told"
_DAY = 86_400
_EXTENSION = "contacts_limiter"


def check_address(ip: str | None, cost: int = 1) -> None:
    """Count an attempt from a network address, or as many as ``cost`` says.

    Raises :class:`TooManyAttempts` once ``CONTACTS_REQUESTS_PER_ADDRESS`` is reached.
    """
    limiter = current_app.extensions.get(_EXTENSION)
    if limiter is None:
        storage = storage_from_string(setting("RATE_LIMIT_STORAGE"))
        limiter = current_app.extensions.setdefault(_EXTENSION, FixedWindowRateLimiter(storage))
    item = parse(setting("REQUESTS_PER_ADDRESS"))
    if not limiter.hit(item, "contacts", ip or "unknown", cost=cost):
        stats = limiter.get_window_stats(item, "contacts", ip or "unknown")
        raise TooManyAttempts(max(1, int(stats.reset_time - time.time()) + 1))


def take_sign_in_slot(session: Session, email: str) -> int:
    """Count an attempt to sign in before it is judged; its id, to be given back if it fits.

    Raises :class:`TooManyAttempts` when the window has no slot left; parallel attempts
    cannot share one, the database refuses it. The caller commits.
    """
    return _take_or_wait(session, SIGN_IN, email, int(setting("SIGN_IN_FAILURES")))


def take_two_factor_slot(session: Session, email: str) -> int:
    """The same for a code of the second factor, counted apart from passwords."""
    opens = _codes_open_at(session, email)
    if opens is not None:
        raise TooManyAttempts(max(1, int((opens - utc_now()).total_seconds()) + 1))
    return _take_or_wait(session, TWO_FACTOR, email, TWO_FACTOR_FAILURES)


def forget_codes(session: Session, email: str) -> None:
    """Begin anew with the codes of an account; the caller commits."""
    session.execute(delete(SignInAttempt).where(*_codes_of(email)))


def take_guess_notice(session: Session, email: str) -> bool:
    """Whether a person is to be told of wrong codes: the first time in a day that so many
    failed that the next has to wait. The caller commits."""
    if opens_at(session, TWO_FACTOR, email) is None:
        return False
    return _take_slot(session, TWO_FACTOR_TOLD, email, 1, _DAY) is not None


def give_back(session: Session, attempt_id: int) -> None:
    """Forget an attempt that fitted; the caller commits."""
    session.execute(delete(SignInAttempt).where(SignInAttempt.id == attempt_id))


def take_link_slot(session: Session, email: str) -> bool:
    """Whether an address may be mailed another link on request within this hour."""
    limit = int(setting("LINKS_PER_HOUR"))
    return _take_slot(session, FORGOT_PASSWORD, email, limit, 3600) is not None


def take_registration_slot(session: Session, email: str) -> bool:
    """The same for the link of a registration, counted apart.

    Who types a stranger's address here must not keep it from a new password.
    """
    limit = int(setting("LINKS_PER_HOUR"))
    return _take_slot(session, REGISTRATION, email, limit, 3600) is not None


def take_invitation_slots(session: Session, customer_id: object, email: str) -> None:
    """Count an invitation by a contact, for its customer and for whom it is mailed to.

    Raises :class:`TooManyAttempts`, the same for both: that an address is invited elsewhere
    is not told. The caller commits.
    """
    sender = f"customer {customer_id}"
    if (
        _take_slot(session, INVITATION, sender, INVITATIONS_PER_HOUR, 3600) is None
        or _take_slot(session, INVITED, email, INVITATIONS_PER_ADDRESS, 3600) is None
    ):
        raise TooManyAttempts(3600 - int(time.time()) % 3600)


def opens_at(session: Session, kind: str, email: str) -> datetime | None:
    """When (UTC) a person's next attempt is taken, where no slot of its kind is left; else None."""
    limit, window = {
        SIGN_IN: (int(setting("SIGN_IN_FAILURES")), int(setting("SIGN_IN_WINDOW_SECONDS"))),
        TWO_FACTOR: (TWO_FACTOR_FAILURES, int(setting("SIGN_IN_WINDOW_SECONDS"))),
        FORGOT_PASSWORD: (int(setting("LINKS_PER_HOUR")), 3600),
    }[kind]
    number = int(time.time()) // window
    taken = select(func.count()).where(
        SignInAttempt.kind == kind,
        SignInAttempt.email_hash == _hash(email),
        SignInAttempt.slot.startswith(f"{number}."),
    )
    if (session.scalar(taken) or 0) < limit:
        return _codes_open_at(session, email) if kind == TWO_FACTOR else None
    return datetime.fromtimestamp((number + 1) * window, timezone.utc).replace(tzinfo=None)


def forget(session: Session, email: str) -> None:
    """Delete what was noted of an address; the caller commits."""
    session.execute(delete(SignInAttempt).where(SignInAttempt.email_hash == _hash(email)))


def _codes_of(email: str) -> tuple[ColumnElement[bool], ...]:
    return SignInAttempt.kind == TWO_FACTOR, SignInAttempt.email_hash == _hash(email)


def _codes_open_at(session: Session, email: str) -> datetime | None:
    """When the next code is taken where a whole day's guesses were wrong; else None."""
    day = timedelta(seconds=_DAY)
    query = select(func.count(), func.min(SignInAttempt.happened_at)).where(
        *_codes_of(email), SignInAttempt.happened_at > utc_now() - day
    )
    failed, first = session.execute(query).one()
    limit = TWO_FACTOR_WINDOWS_A_DAY * TWO_FACTOR_FAILURES
    return first + day if failed >= limit else None


def _take_or_wait(session: Session, kind: str, email: str, limit: int) -> int:
    window = int(setting("SIGN_IN_WINDOW_SECONDS"))
    attempt = _take_slot(session, kind, email, limit, window)
    if attempt is None:
        raise TooManyAttempts(window - int(time.time()) % window)
    return attempt.id


def _take_slot(
    session: Session, kind: str, email: str, limit: int, window: int
) -> SignInAttempt | None:
    """The first free slot of this window; of racing requests each gets another, or none."""
    number, email_hash = int(time.time()) // window, _hash(email)
    taken = set(
        session.scalars(
            select(SignInAttempt.slot).where(
                SignInAttempt.kind == kind,
                SignInAttempt.email_hash == email_hash,
                SignInAttempt.slot.startswith(f"{number}."),
            )
        )
    )
    free = (f"{number}.{count}" for count in range(limit) if f"{number}.{count}" not in taken)
    slot = next(free, None)
    if slot is None:
        return None
    attempt = SignInAttempt(kind=kind, email_hash=email_hash, slot=slot)
    session.add(attempt)
    session.flush()
    return attempt


def _hash(email: str) -> str:
    try:
        key = canonical_email(email).key
    except InvalidInput:
        key = email[:1000]
    return hashlib.sha256(key.encode("utf-8", "surrogatepass")).hexdigest()
