"""An e-mail address within a signed token: for us to read, and for nobody else.

Whoever sees the token, in a log or a forwarded mail, learns nothing of it: it is encrypted
with a key made of the application's newest secret key, and filled up to steps of 64 bytes, so
that all but long ones have one length. Each secret key opens, as each one's signatures hold.
"""

from __future__ import annotations

import base64
import os

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from ..derived_keys import derived_keys

_NONCE = 12  # bytes, as AES-GCM has it
_STEP = 64  # bytes


def seal(email_key: str, purpose: str) -> str:
    """The address, encrypted for one purpose; another text each time."""
    nonce, plain = os.urandom(_NONCE), email_key.encode()
    plain = plain.ljust(-(-len(plain) // _STEP) * _STEP)
    sealed = _ciphers(purpose)[0].encrypt(nonce, plain, None)
    return base64.urlsafe_b64encode(nonce + sealed).decode("ascii").rstrip("=")


def open_sealed(sealed: str, purpose: str) -> str | None:
    """The address; None where it was not sealed for this purpose by one of our keys."""
    try:
        content = base64.urlsafe_b64decode(sealed + "=" * (-len(sealed) % 4))
    except ValueError:
        return None
    for cipher in _ciphers(purpose):
        try:
            plain = cipher.decrypt(content[:_NONCE], content[_NONCE:], None)
        except (InvalidTag, ValueError):
            continue
        return plain.decode().rstrip(" ")
    return None


def _ciphers(purpose: str) -> list[AESGCM]:
    """One for each secret key, the newest first."""
    return [
        AESGCM(key) for key in derived_keys(f"flask-contacts.sealed-address.{purpose}".encode())
    ]
