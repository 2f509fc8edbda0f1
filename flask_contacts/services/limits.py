"""Limits: per account from our own rows, per network address by the ``limits`` package.

Nobody is locked out for good: every limit is a window that passes. Known and unknown
addresses are counted alike, by a hash of what was typed.
"""

from __future__ import annotations

import hashlib
import time
from datetime import timedelta

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

SIGN_IN_FAILED = "sign_in_failed"
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


def check_sign_in(session: Session, email: str) -> None:
    """Raises :class:`TooManyAttempts` while an address has had too many failures."""
    window = int(setting("SIGN_IN_WINDOW_SECONDS"))
    since = utc_now() - timedelta(seconds=window)
    count, oldest = session.execute(
        select(func.count(), func.min(SignInAttempt.happened_at)).where(
            *_attempts(SIGN_IN_FAILED, email), SignInAttempt.happened_at > since
        )
    ).one()
    if count >= int(setting("SIGN_IN_FAILURES")):
        opens = oldest + timedelta(seconds=window)
        raise TooManyAttempts(max(1, int((opens - utc_now()).total_seconds()) + 1))


def may_ask_for_link(session: Session, email: str) -> bool:
    """Whether an address may be mailed another link on request within this hour."""
    since = utc_now() - timedelta(hours=1)
    count = session.scalar(
        select(func.count()).where(
            *_attempts(FORGOT_PASSWORD, email), SignInAttempt.happened_at > since
        )
    )
    return (count or 0) < int(setting("LINKS_PER_HOUR"))


def note(session: Session, kind: str, email: str) -> None:
    """Write one attempt down; the caller commits."""
    session.add(SignInAttempt(kind=kind, email_hash=_hash(email)))


def forget(session: Session, email: str) -> None:
    """Delete what was noted of an address; the caller commits."""
    session.execute(delete(SignInAttempt).where(SignInAttempt.email_hash == _hash(email)))


def _attempts(kind: str, email: str) -> tuple[ColumnElement[bool], ...]:
    return (SignInAttempt.kind == kind, SignInAttempt.email_hash == _hash(email))


def _hash(email: str) -> str:
    try:
        key = canonical_email(email).key
    except InvalidInput:
        key = email[:1000]
    return hashlib.sha256(key.encode("utf-8", "surrogatepass")).hexdigest()
