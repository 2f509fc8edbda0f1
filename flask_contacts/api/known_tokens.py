"""Tokens that were found valid: verified anew at each request, without being taken apart again.

Flask-JWT-Extended takes a token apart four times a request, which costs far more than to verify
it. Of a token that it has found valid we keep, by the token's digest, whose it is, what it says,
when it is good, and the settings that it was judged by. While these settings are the same, the
next request checks what can have changed: the signature under the key of now, the time, whether
it was revoked, what else the host asks of tokens, and the user. All others (signed in another
way, with a key that a function chooses, not good now) are left to Flask-JWT-Extended.
"""

from __future__ import annotations

import hmac
import json
import math
import time
from base64 import urlsafe_b64encode
from copy import deepcopy
from hashlib import sha256
from typing import Any, NamedTuple

from flask import current_app, g
from flask_jwt_extended import get_jwt, get_jwt_header
from flask_jwt_extended.config import config
from flask_jwt_extended.default_callbacks import default_decode_key_callback
from flask_jwt_extended.internal_utils import (
    custom_verification_for_token,
    get_jwt_manager,
    user_lookup,
    verify_token_not_blocklisted,
)

_MOST = 1_000
_HASHES = {"HS256": "sha256", "HS384": "sha384", "HS512": "sha512"}
_PREFIX = "Bearer "
#: What a token is judged by, apart from the host's functions that are asked each time.
_SETTINGS = (
    "JWT_TOKEN_LOCATION", "JWT_HEADER_NAME", "JWT_HEADER_TYPE", "JWT_ALGORITHM",
    "JWT_DECODE_ALGORITHMS", "JWT_DECODE_AUDIENCE", "JWT_DECODE_ISSUER", "JWT_DECODE_LEEWAY",
    "JWT_VERIFY_SUB", "JWT_IDENTITY_CLAIM",
)  # fmt: skip


class Known(NamedTuple):
    """A token that was valid: ``parsed`` are its header and its claims as JSON; it is good from
    ``begins`` until before ``ends``, in seconds since 1970."""

    user_id: int
    parsed: str
    begins: float
    ends: float
    hash_name: str
    settings: list[Any]


_known: dict[bytes, Known] = {}


def find(sent: str) -> Known | None:
    """What is known of the token that a header ``Authorization`` holds."""
    return _known.get(_digest(sent))


def verify(known: Known, sent: str) -> bool:
    """Whether the token is valid now, which Flask-JWT-Extended then knows too; else ask that.

    Raises what Flask-JWT-Extended raises for a token that was revoked.
    """
    now = time.time()
    if not known.begins <= now < known.ends or known.settings != _settings():
        return False
    signed, _point, signature = sent.removeprefix(_PREFIX).encode().rpartition(b".")
    made = hmac.digest(_key(), signed, known.hash_name)
    if not hmac.compare_digest(urlsafe_b64encode(made).rstrip(b"="), signature):
        return False
    header, claims = json.loads(known.parsed)
    verify_token_not_blocklisted(header, claims)
    custom_verification_for_token(header, claims)
    user = user_lookup(header, claims)
    if user is None:
        return False
    g._jwt_extended_jwt_user = {"loaded_user": user}
    g._jwt_extended_jwt_header = header
    g._jwt_extended_jwt = claims
    g._jwt_extended_jwt_location = "headers"
    return True


def remember(sent: str, user_id: int) -> None:
    """Keep what Flask-JWT-Extended has just found of the token in a header, where it is plain."""
    header, claims, leeway = get_jwt_header(), get_jwt(), config.leeway
    hash_name = _HASHES.get(header["alg"])
    if hash_name is None or not _is_plain():
        return
    begins = max(
        (int(claims[name]) for name in ("nbf", "iat") if name in claims), default=-math.inf
    )
    if len(_known) >= _MOST:
        _known.clear()
    _known[_digest(sent)] = Known(
        user_id=user_id,
        parsed=json.dumps([header, claims]),
        begins=begins - leeway,
        ends=(int(claims["exp"]) if "exp" in claims else math.inf) + leeway,
        hash_name=hash_name,
        settings=deepcopy(_settings()),
    )


def _is_plain() -> bool:
    """Whether the token is that of ``Authorization: Bearer …``, under the configuration's key."""
    return (
        next(iter(config.token_location)) == "headers"
        and (config.header_name, config.header_type) == ("Authorization", _PREFIX.strip())
        and isinstance(config.leeway, int | float)
        and config.algorithm in _HASHES
        and get_jwt_manager()._decode_key_callback is default_decode_key_callback
    )


def _settings() -> list[Any]:
    found = current_app.config
    return [get_jwt_manager()._decode_key_callback, *(found[name] for name in _SETTINGS)]


def _key() -> bytes:
    key: Any = config.decode_key
    return key if isinstance(key, bytes) else str(key).encode()


def _digest(sent: str) -> bytes:
    return sha256(sent.encode()).digest()
