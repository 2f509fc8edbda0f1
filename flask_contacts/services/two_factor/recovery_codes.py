"""Recovery codes: ten that sign in once each, for the day on which the app is lost.

Only hashes are kept: Argon2id with one salt for a set, so that a typed code is hashed once
and not ten times (ASVS 6.5.2).
"""

from __future__ import annotations

import secrets
from collections.abc import Iterable

from argon2.low_level import Type, hash_secret_raw
from sqlalchemy import delete, func, select, update
from sqlalchemy.orm import Session
from sqlalchemy.sql.elements import ColumnElement

from ...clock import utc_now
from ...links import rows_changed
from ...models import RecoveryCode

COUNT = 10
#: No figure or letter that is taken for another one.
_LETTERS = "23456789ABCDEFGHJKMNPQRSTVWXYZ"
_LENGTH = 10
_SALT_BYTES = 16


def new_codes() -> list[str]:
    """A set of codes as people read them, such as ``7KQ2M-XW9DA``."""
    return [f"{_letters()}-{_letters()}" for _number in range(COUNT)]


def new_salt() -> str:
    """The salt of a set."""
    return secrets.token_hex(_SALT_BYTES)


def hashes(codes: Iterable[str], salt: str) -> list[str]:
    """What is kept of codes; some moments of work, so call it outside of any transaction."""
    return [_hash(normalised(code), salt) for code in codes]


def normalised(typed: str) -> str:
    """What was typed without spaces and dashes, in capitals; empty for what is no code."""
    code = "".join(char for char in typed[:100] if not char.isspace() and char not in "-–").upper()
    return code if len(code) == _LENGTH and set(code) <= set(_LETTERS) else ""


def replace(session: Session, login_id: int, code_hashes: Iterable[str]) -> None:
    """Keep these and forget those of before; the caller commits."""
    forget(session, login_id)
    session.add_all(RecoveryCode(login_id=login_id, code_hash=one) for one in code_hashes)
    session.flush()


def forget(session: Session, login_id: int) -> None:
    """Delete a login's codes; the caller commits."""
    session.execute(
        delete(RecoveryCode).where(RecoveryCode.login_id == login_id),
        execution_options={"synchronize_session": False},
    )


def is_unused(session: Session, login_id: int, code_hash: str) -> bool:
    """Whether a login has this code, and it was not used."""
    return session.scalar(select(RecoveryCode.id).where(*_unused(login_id, code_hash))) is not None


def use(session: Session, login_id: int, code_hash: str) -> bool:
    """Use a code up; False when it was used before: of racing requests one wins."""
    statement = update(RecoveryCode).where(*_unused(login_id, code_hash)).values(used_at=utc_now())
    quiet = {"synchronize_session": False}
    return rows_changed(session, statement.execution_options(**quiet)) == 1


def left(session: Session, login_id: int) -> int:
    """How many of a login's codes were not used yet."""
    query = select(func.count()).select_from(RecoveryCode).where(*_unused(login_id))
    return int(session.scalar(query) or 0)


def _unused(login_id: int, code_hash: str | None = None) -> list[ColumnElement[bool]]:
    found: list[ColumnElement[bool]] = [
        RecoveryCode.login_id == login_id,
        RecoveryCode.used_at.is_(None),
    ]
    if code_hash is not None:
        found.append(RecoveryCode.code_hash == code_hash)
    return found


def _letters() -> str:
    return "".join(secrets.choice(_LETTERS) for _place in range(_LENGTH // 2))


def _hash(code: str, salt: str) -> str:
    return hash_secret_raw(
        code.encode(),
        bytes.fromhex(salt),
        time_cost=2,
        memory_cost=19_456,
        parallelism=1,
        hash_len=32,
        type=Type.ID,
    ).hex()
