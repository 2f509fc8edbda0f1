"""The link in mail to a marketing list: leave it, without signing in.

It names the contact and the list by uuid, is signed with a salt of its own and works for a
year; it opens the page of that one list and nothing else. The address that the mail went to goes
with it, encrypted: who leaves, leaves with the address, whatever became of the contact meanwhile.
"""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING, NamedTuple

from itsdangerous import BadData, SignatureExpired, URLSafeTimedSerializer

from ..config import base_url, secret_keys, setting
from ..errors import LinkExpired, LinkInvalid
from ..later import later

if TYPE_CHECKING:
    from . import sealed_address
else:
    sealed_address = later("mail.sealed_address")

#: The portal's page of it, below its prefix.
PATH = "marketing-list"
_YEAR = 365 * 24 * 3600
_MARK = "leave"
_PURPOSE = "marketing"


class MarketingLink(NamedTuple):
    """Whose membership of which list the link opens.

    ``email_key`` is the canonical address of its mail; None in links of before it was kept.
    """

    contact_uuid: str
    list_uuid: str
    email_key: str | None = None


def marketing_url(contact_uuid: str, list_uuid: str, email_key: str | None = None) -> str:
    """The address for the mail's foot and its ``List-Unsubscribe`` header."""
    payload = [_MARK, contact_uuid, list_uuid]
    if email_key is not None:
        payload.append(sealed_address.seal(email_key, _PURPOSE))
    token = _serializer().dumps(payload)
    return f"{base_url()}{setting('PORTAL_PREFIX')}/{PATH}/{token}"


def read_marketing_token(token: str) -> MarketingLink:
    """Whom a token speaks of; raises :class:`LinkInvalid` or :class:`LinkExpired`."""
    try:
        payload = _serializer().loads(token, max_age=_YEAR)
    except SignatureExpired as error:
        raise LinkExpired(error.date_signed) from None
    except (BadData, UnicodeError):
        raise LinkInvalid("the signature does not hold") from None
    if not (isinstance(payload, list) and all(isinstance(one, str) for one in payload)):
        raise LinkInvalid("not a link of this kind")
    if len(payload) not in (3, 4) or payload[0] != _MARK:
        raise LinkInvalid("not a link of this kind")
    sealed = payload[3:]
    email_key = sealed_address.open_sealed(sealed[0], _PURPOSE) if sealed else None
    return MarketingLink(payload[1], payload[2], email_key)


def _serializer() -> URLSafeTimedSerializer:
    return URLSafeTimedSerializer(
        secret_keys(),
        salt="flask-contacts.marketing",
        signer_kwargs={"digest_method": hashlib.sha256, "key_derivation": "hmac"},
    )
