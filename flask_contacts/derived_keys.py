"""Keys for encrypting, made of the application's secret keys, those that sign links too.

The newest encrypts, each of them opens: so a secret key can be replaced.
"""

from __future__ import annotations

from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from .config import secret_keys


def derived_keys(purpose: bytes) -> list[bytes]:
    """One of 32 bytes for each secret key, the newest first; others for each ``purpose``."""
    keys = [key.encode() if isinstance(key, str) else key for key in reversed(secret_keys())]
    return [
        HKDF(algorithm=SHA256(), length=32, salt=None, info=purpose).derive(key) for key in keys
    ]
