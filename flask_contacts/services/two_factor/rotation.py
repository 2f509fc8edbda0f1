"""After another secret key: the secrets of all second factors, encrypted with the newest one.

Who signs in has it done in passing; this does it for everybody, so that the former key can go.
"""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from ...errors import SecretUnreadable
from ...links import rows_changed
from ...models import TwoFactor
from ..transaction import in_transaction
from . import secrets as two_factor_secrets

_BATCH = 500


@dataclass(frozen=True)
class Rotated:
    """How many secrets were encrypted anew, and the logins whose secret no key opens."""

    renewed: int
    unreadable: list[int]


def renew_secrets(session: Session) -> Rotated:
    """Encrypt with the newest key what an older one opens, some hundreds at a time."""
    renewed, after = 0, 0
    unreadable: list[int] = []
    while True:
        query = select(TwoFactor.login_id, TwoFactor.secret).order_by(TwoFactor.login_id)
        rows = session.execute(query.where(TwoFactor.login_id > after).limit(_BATCH)).all()
        if not rows:
            session.rollback()
            return Rotated(renewed, unreadable)
        anew: dict[int, tuple[str, str]] = {}
        for login_id, sealed in rows:
            try:
                opened = two_factor_secrets.open_sealed(login_id, sealed)
            except SecretUnreadable:
                unreadable.append(login_id)
                continue
            if opened.is_old:
                anew[login_id] = sealed, two_factor_secrets.seal(login_id, opened.secret)
        renewed += _write(session, anew)
        after = rows[-1].login_id


def _write(session: Session, anew: dict[int, tuple[str, str]]) -> int:
    """Those that are still what they were; whoever set up another app meanwhile is not undone."""

    def work() -> int:
        return sum(
            rows_changed(
                session,
                update(TwoFactor)
                .where(TwoFactor.login_id == login_id, TwoFactor.secret == former)
                .values(secret=sealed)
                .execution_options(synchronize_session=False),
            )
            for login_id, (former, sealed) in anew.items()
        )

    return in_transaction(session, work) if anew else 0
