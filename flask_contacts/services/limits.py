"""Limits: per account from our own rows, per network address by the ``limits`` package.

Nobody is locked out for good: every limit is a window that passes. Known and unknown
addresses are counted alike, by a hash of what was typed.
"""

from __future__ import annotations

import hashlib
import time

from flask import current_app
from limits import parse
from limits.storage import storage_from_string
from limits.strategies import FixedWindowRateLimiter
from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from ..config import setting
from ..email_address import canonical_email
from ..errors import InvalidInput, TooManyAttempts
from ..models import SignInAttempt

SIGN_IN = "sign_in"
FORGOT_PASSWORD = "forgot_password"
_EXTENSION = "contacts_limiter"


def check_address(ip: str | None) -> None:
    """Count one attempt from a network address.

    Raises :class:`TooManyAttempts` once ``CONTACTS_REQUESTS_PER_ADDRESS`` is reached.
    """
    limiter = current_app.extensions.get(_EXTENSION)
    if limiter is None:
        storage = storage_from_string(setting("RATE_LIMIT_STORAGE"))
        limiter = current_app.extensions.setdefault(_EXTENSION, FixedWindowRateLimiter(storage))
    item = parse(setting("REQUESTS_PER_ADDRESS"))
    if not limiter.hit(item, "contacts", ip or "unknown"):
        stats = limiter.get_window_stats(item, "contacts", ip or "unknown")
        raise TooManyAttempts(max(1, int(stats.reset_time - time.time()) + 1))


def take_sign_in_slot(session: Session, email: str) -> int:
    """Count an attempt to sign in before it is judged; its id, to be given back if it fits.

    Raises :class:`TooManyAttempts` when the window has no slot left; parallel attempts
    cannot share one, the database refuses it. The caller commits.
    """
    window = int(setting("SIGN_IN_WINDOW_SECONDS"))
    attempt = _take_slot(session, SIGN_IN, email, int(setting("SIGN_IN_FAILURES")), window)
    if attempt is None:
        raise TooManyAttempts(window - int(time.time()) % window)
    return attempt.id


def give_back(session: Session, attempt_id: int) -> None:
    """Forget an attempt that fitted; the caller commits."""
    session.execute(delete(SignInAttempt).where(SignInAttempt.id == attempt_id))


def take_link_slot(session: Session, email: str) -> bool:
    """Whether an address may be mailed another link on request within this hour."""
    limit = int(setting("LINKS_PER_HOUR"))
    return _take_slot(session, FORGOT_PASSWORD, email, limit, 3600) is not None


def forget(session: Session, email: str) -> None:
    """Delete what was noted of an address; the caller commits."""
    session.execute(delete(SignInAttempt).where(SignInAttempt.email_hash == _hash(email)))


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
