"""The link in mail to a marketing list: leave it, without signing in.

It names the contact and the list by uuid, is signed with a salt of its own and works for a
year; it opens the page of that one list and nothing else.
"""

from __future__ import annotations

import hashlib
from typing import NamedTuple

from itsdangerous import BadData, SignatureExpired, URLSafeTimedSerializer

from ..config import base_url, secret_keys, setting
from ..errors import LinkExpired, LinkInvalid

#: The portal's page of it, below its prefix.
PATH = "marketing-list"
_YEAR = 365 * 24 * 3600
_MARK = "leave"


class MarketingLink(NamedTuple):
    """Whose membership of which list the link opens."""

    contact_uuid: str
    list_uuid: str


def marketing_url(contact_uuid: str, list_uuid: str) -> str:
    """The address for the mail's foot and its ``List-Unsubscribe`` header."""
    token = _serializer().dumps([_MARK, contact_uuid, list_uuid])
    return f"{base_url()}{setting('PORTAL_PREFIX')}/{PATH}/{token}"


def read_marketing_token(token: str) -> MarketingLink:
    """Whom a token speaks of; raises :class:`LinkInvalid` or :class:`LinkExpired`."""
    try:
        payload = _serializer().loads(token, max_age=_YEAR)
    except SignatureExpired as error:
        raise LinkExpired(error.date_signed) from None
    except (BadData, UnicodeError):
        raise LinkInvalid("the signature does not hold") from None
    if not (isinstance(payload, list) and len(payload) == 3 and payload[0] == _MARK):
        raise LinkInvalid("not a link of this kind")
    _mark, contact_uuid, list_uuid = payload
    if not (isinstance(contact_uuid, str) and isinstance(list_uuid, str)):
        raise LinkInvalid("not a link of this kind")
    return MarketingLink(contact_uuid, list_uuid)


def _serializer() -> URLSafeTimedSerializer:
    return URLSafeTimedSerializer(
        secret_keys(),
        salt="flask-contacts.marketing",
        signer_kwargs={"digest_method": hashlib.sha256, "key_derivation": "hmac"},
    )
