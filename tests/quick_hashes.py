"""Hashes of passwords and recovery codes that cost nothing: most tests sign somebody in, few
are about the hash."""

from __future__ import annotations

from typing import Any

from argon2 import PasswordHasher
from argon2.low_level import hash_secret_raw

from flask_contacts.services.accounts import passwords
from flask_contacts.services.two_factor import recovery_codes

#: Argon2id at its smallest, for the passwords of contacts.
QUICK = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)
#: What Flask-AppBuilder hashes the passwords of staff with.
QUICK_STAFF = "pbkdf2:sha256:1"
PRODUCTION = passwords._hasher


def use(hasher: PasswordHasher) -> None:
    """Hash contacts' passwords with ``hasher`` from now on, and recovery codes as quickly."""
    passwords._hasher = hasher
    passwords._dummy.cache_clear()
    recovery_codes.hash_secret_raw = hash_secret_raw if hasher is PRODUCTION else _quickly


def _quickly(*values: Any, **parameters: Any) -> bytes:
    smallest = {"time_cost": QUICK.time_cost, "memory_cost": QUICK.memory_cost}
    return hash_secret_raw(*values, **parameters | smallest)
