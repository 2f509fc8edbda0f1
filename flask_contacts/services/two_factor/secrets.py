"""The secret that an authenticator app shares with us, encrypted wherever it is kept.

The keys are made of the application's secret keys, those that sign links too: the newest
encrypts, each of them opens. So a key can be replaced (see ``two_factor_rotation``).
"""

from __future__ import annotations

import base64
import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from cryptography.fernet import Fernet, InvalidToken

from ...config import company_name
from ...derived_keys import derived_keys
from ...errors import SecretUnreadable

_KEPT = b"flask-contacts.two-factor.secret"
_OFFERED = b"flask-contacts.two-factor.offer"
#: How long an app may take to be set up with an offered secret (seconds).
OFFER_SECONDS = 3600


@dataclass(frozen=True)
class Opened:
    """A secret in the clear; ``is_old``: an older key opened it, so it is to be sealed anew."""

    secret: str
    is_old: bool


@dataclass(frozen=True)
class Offer:
    """A secret that an app may be set up with; nothing of it is kept before its first code.

    ``token`` carries it, encrypted, from the page with the QR code to the form's post.
    """

    token: str
    secret: str
    uri: str

    @property
    def groups(self) -> list[str]:
        """The secret in groups of four characters, to be typed."""
        return [self.secret[start : start + 4] for start in range(0, len(self.secret), 4)]


def seal(login_id: int, secret: str) -> str:
    """A login's secret as its row keeps it; it opens for no other login."""
    return _sealed(_fernets(_KEPT)[0], [login_id, secret])


def open_sealed(login_id: int, sealed: str) -> Opened:
    """The secret of a row. Raises :class:`SecretUnreadable` when no key of ours opens it."""
    for age, fernet in enumerate(_fernets(_KEPT)):
        content = _content(fernet, sealed)
        if content is not None and content[0] == login_id:
            return Opened(content[1], is_old=age > 0)
    raise SecretUnreadable(f"no secret key opens the second factor of login {login_id}")


def make_offer(login_id: int, email: str) -> Offer:
    """A new secret for a login."""
    import pyotp  # noqa: PLC0415  not needed to start

    secret = pyotp.random_base32()
    token = _sealed(_fernets(_OFFERED)[0], [login_id, secret])
    return Offer(token, secret, _uri(secret, email))


def read_offer(login_id: int, email: str, token: str) -> Offer | None:
    """The offer of a posted form; None when it is too old, or was not made for this login."""
    for fernet in _fernets(_OFFERED):
        content = _content(fernet, token, OFFER_SECONDS)
        if content is not None and content[0] == login_id:
            return Offer(token, content[1], _uri(content[1], email))
    return None


def _uri(secret: str, email: str) -> str:
    import pyotp  # noqa: PLC0415  not needed to start

    return pyotp.TOTP(secret).provisioning_uri(name=email, issuer_name=company_name())


def _sealed(fernet: Fernet, content: Sequence[Any]) -> str:
    return fernet.encrypt(json.dumps(content).encode()).decode("ascii")


def _content(fernet: Fernet, sealed: str, seconds: int | None = None) -> Any:
    try:
        return json.loads(fernet.decrypt(sealed.encode("utf-8", "replace"), ttl=seconds))
    except InvalidToken:
        return None


def _fernets(purpose: bytes) -> list[Fernet]:
    """One for each secret key, the newest first."""
    return [Fernet(base64.urlsafe_b64encode(key)) for key in derived_keys(purpose)]
