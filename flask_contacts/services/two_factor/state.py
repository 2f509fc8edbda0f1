"""Whether a login has a second factor, and whether staff require one."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ScalarSelect, SQLColumnExpression, func, select
from sqlalchemy.orm import Session
from sqlalchemy.sql.elements import ColumnElement

from ...errors import SecretUnreadable
from ...models import RecoveryCode, Setting, TwoFactor
from . import secrets

#: The name of the setting; its value is a list of rules, of which there is one.
RULES = "two_factor"
REQUIRED = "required"


@dataclass(frozen=True)
class TwoFactorState:
    """A login's second factor: since when it is on (None: off), how many recovery codes are
    left, and whether it must be on."""

    on_since: datetime | None
    codes_left: int
    is_required: bool

    @property
    def is_on(self) -> bool:
        """Whether a code is asked for at the sign-in."""
        return self.on_since is not None


def is_required(session: Session) -> bool:
    """Whether staff require a second factor of every contact (off until they do)."""
    return bool(session.scalar(select(required_column())))


def required_column() -> ScalarSelect[Any]:
    """The setting as a column of another query."""
    return select(Setting.value).where(Setting.name == RULES).scalar_subquery()


def on_column(login_id: SQLColumnExpression[int]) -> ColumnElement[bool]:
    """Whether the login of a row has a second factor, as a column of that query."""
    return select(TwoFactor.login_id).where(TwoFactor.login_id == login_id).exists()


def is_on(session: Session, login_id: int) -> bool:
    """Whether a login's sign-in asks for a code."""
    query = select(TwoFactor.login_id).where(TwoFactor.login_id == login_id)
    return session.scalar(query) is not None


def mark_of_codes(session: Session, login_id: int) -> str:
    """A mark of the present set of recovery codes, which says nothing of them; empty without."""
    query = select(TwoFactor.recovery_salt).where(TwoFactor.login_id == login_id)
    salt = session.scalar(query)
    return hashlib.sha256(repr(salt).encode()).hexdigest()[:16] if salt is not None else ""


def is_set_up_with(session: Session, login_id: int, secret: str) -> bool:
    """Whether the login's app is the one with this secret already."""
    sealed = session.scalar(select(TwoFactor.secret).where(TwoFactor.login_id == login_id))
    try:
        return sealed is not None and secrets.open_sealed(login_id, sealed).secret == secret
    except SecretUnreadable:
        return False


def state_of(session: Session, login_id: int) -> TwoFactorState:
    """What a person, or staff, may know of a login's second factor; one statement."""
    codes = (
        select(func.count())
        .where(RecoveryCode.login_id == login_id, RecoveryCode.used_at.is_(None))
        .scalar_subquery()
    )
    since = select(TwoFactor.on_since).where(TwoFactor.login_id == login_id).scalar_subquery()
    row = session.execute(select(since, codes, required_column())).one()
    return TwoFactorState(row[0], int(row[1] or 0), bool(row[2]))
