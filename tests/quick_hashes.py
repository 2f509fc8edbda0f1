"""Password hashes that cost nothing: most tests sign somebody in, few are about the hash."""

from __future__ import annotations

from argon2 import PasswordHasher

from flask_contacts.services.accounts import passwords

#: Argon2id at its smallest, for the passwords of contacts.
QUICK = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)
#: What Flask-AppBuilder hashes the passwords of staff with.
QUICK_STAFF = "pbkdf2:sha256:1"
PRODUCTION = passwords._hasher


def use(hasher: PasswordHasher) -> None:
    """Hash contacts' passwords with ``hasher`` from now on."""
    passwords._hasher = hasher
    passwords._dummy.cache_clear()
