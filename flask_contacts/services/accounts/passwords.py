"""Passwords: which are taken, how they are kept, how they are compared.

Argon2id at OWASP's parameters; rules after NIST SP 800-63B: length counts, no rules of
composition, common ones refused, nothing trimmed.
"""

from __future__ import annotations

import itertools
from functools import cache
from importlib import import_module
from typing import Any

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from ...config import setting
from ...i18n import _l

MAX_BYTES = 1024
_SHORTEST_COMMON = 5
_hasher = PasswordHasher(time_cost=2, memory_cost=19_456, parallelism=1)


def problems(password: str, *personal: str | None) -> list[Any]:
    """What is wrong with a new password, in lazy words; an empty list when it is fine.

    ``personal`` are the holder's e-mail address and names: none may be the password.
    """
    minimum = int(setting("PASSWORD_MIN_LENGTH"))
    if not storable(password):
        return [_l("This password cannot be used: it is too long or holds a NUL character.")]
    if len(password) < minimum:
        return [_l("Use at least %(count)s characters.", count=minimum)]
    folded = password.casefold()
    if _is_common(folded):
        return [_l("This password is too common. Use a sentence or several unrelated words.")]
    words = {part.casefold() for text in personal if text for part in (text, *text.split("@"))}
    if folded in words:
        return [_l("Do not use your name or e-mail address as the password.")]
    return []


def _is_common(folded: str) -> bool:
    """A listed password, also repeated or with figures and signs after it, or a row of
    neighbouring characters."""
    if len(set(folded)) <= 2 or _is_sequence(folded):
        return True
    repeated = (folded + folded).find(folded, 1)  # the length of what is repeated, if it is
    core = folded[:repeated].rstrip("0123456789!?.,;:#*$%&@+-_ ") or folded[:repeated]
    return not _common().isdisjoint({folded, folded[:repeated], core})


def _is_sequence(folded: str) -> bool:
    steps = {ord(after) - ord(before) for before, after in itertools.pairwise(folded)}
    return steps <= {1, -9} or steps <= {-1, 9}


def storable(password: str) -> bool:
    """Whether a password can be hashed: no NUL, no lone surrogate, at most 1 KiB."""
    try:
        size = len(password.encode())
    except UnicodeEncodeError:
        return False
    return "\0" not in password and size <= MAX_BYTES


def hash_password(password: str) -> str:
    """The hash to keep; a moment of work, so call it outside of any transaction."""
    return _hasher.hash(password)


def matches(password_hash: str | None, password: str) -> bool:
    """Whether the password fits; takes as long for a login that has none (6.3.8)."""
    try:
        if not storable(password):
            _hasher.verify(_dummy(), "x")
            return False
        _hasher.verify(password_hash or _dummy(), password)
    except (VerificationError, InvalidHashError):
        return False
    return password_hash is not None


def needs_rehash(password_hash: str) -> bool:
    """Whether the hash was made with weaker parameters than today's."""
    return _hasher.check_needs_rehash(password_hash)


@cache
def _dummy() -> str:
    return _hasher.hash("nobody has this password")


@cache
def _common() -> frozenset[str]:
    # Imported at the first password that is set: the lists cost 11 MiB, and most
    # processes (staff, workers) never need them.
    lists = import_module("zxcvbn.frequency_lists").FREQUENCY_LISTS
    return frozenset(word for word in lists["passwords"] if len(word) >= _SHORTEST_COMMON)
