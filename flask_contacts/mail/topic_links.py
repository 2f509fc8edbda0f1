"""The link at the foot of topic mail: choose what you get, without signing in.

It names the contact by uuid and the topic, is signed with a salt of its own and works
for a year; it opens the choice of topics and nothing else.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass

from itsdangerous import BadData, SignatureExpired, URLSafeTimedSerializer

from ..config import base_url, secret_keys, setting
from ..errors import LinkExpired, LinkInvalid

_YEAR = 365 * 24 * 3600


@dataclass(frozen=True)
class TopicLink:
    """Whose choice the link opens, and the topic of the mail that it stood in."""

    contact_uuid: str
    topic: str


def topic_url(contact_uuid: str, topic: str) -> str:
    """The address for the mail's foot and its ``List-Unsubscribe`` header."""
    token = _serializer().dumps([contact_uuid, topic])
    return f"{base_url()}{setting('PORTAL_PREFIX')}/email-notifications/{token}"


def read_topic_token(token: str) -> TopicLink:
    """Whom a token speaks of; raises :class:`LinkInvalid` or :class:`LinkExpired`."""
    try:
        payload = _serializer().loads(token, max_age=_YEAR)
    except SignatureExpired as error:
        raise LinkExpired(error.date_signed) from None
    except (BadData, UnicodeError):
        raise LinkInvalid("the signature does not hold") from None
    if not (isinstance(payload, list) and len(payload) == 2):
        raise LinkInvalid("not a link of this kind")
    contact_uuid, topic = payload
    if not (isinstance(contact_uuid, str) and isinstance(topic, str)):
        raise LinkInvalid("not a link of this kind")
    return TopicLink(contact_uuid, topic)


def _serializer() -> URLSafeTimedSerializer:
    return URLSafeTimedSerializer(
        secret_keys(),
        salt="flask-contacts.topics",
        signer_kwargs={"digest_method": hashlib.sha256, "key_derivation": "hmac"},
    )
