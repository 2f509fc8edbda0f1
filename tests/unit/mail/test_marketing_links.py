"""The token in mail to a marketing list: what it carries, and to whom it tells it."""

from __future__ import annotations

import base64
import zlib
from uuid import uuid4

import pytest
from flask import Flask
from hypothesis import HealthCheck, given, settings, strategies
from itsdangerous import URLSafeSerializer

from flask_contacts.errors import LinkInvalid
from flask_contacts.mail import sealed_address
from flask_contacts.mail.marketing_links import MarketingLink, marketing_url, read_marketing_token

pytestmark = pytest.mark.usefixtures("app_context")
PERSON, NEWS = str(uuid4()), str(uuid4())
_LETTERS = "abcdefghijklmnopqrstuvwxyz0123456789.+-é"
ADDRESSES = strategies.builds(
    "{}@{}.example".format,
    strategies.text(_LETTERS, min_size=1, max_size=64),
    strategies.text("abcdefghijklmnopqrstuvwxyz", min_size=1, max_size=150),
)


def token_of(email_key: str | None) -> str:
    """The token of a link."""
    return marketing_url(PERSON, NEWS, email_key).rpartition("/")[2]


def clear(token: str) -> bytes:
    """All that can be read of a token without a key."""
    payload = token.lstrip(".").partition(".")[0]
    content = base64.urlsafe_b64decode(payload + "=" * (-len(payload) % 4))
    return zlib.decompress(content) if token.startswith(".") else content


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(ADDRESSES)
def test_it_carries_the_address_for_us_alone(email_key: str) -> None:
    """Any address comes back as it was; nobody without the key reads it, or tells by two tokens
    whether they are for one address; the header fits on a line (998 bytes) with the longest."""
    token = token_of(email_key)
    assert read_marketing_token(token) == MarketingLink(PERSON, NEWS, email_key)
    readable = clear(token)
    sealed = readable.rpartition(b",")[2].strip(b'"]')
    for said in (readable, base64.urlsafe_b64decode(sealed + b"=" * (-len(sealed) % 4))):
        assert email_key.encode() not in said
        assert email_key.rpartition("@")[2].encode() not in said
    assert clear(token_of(email_key)) != readable
    assert len(token) < 800


def test_usual_addresses_have_one_length() -> None:
    """How long an address is, is not told either."""
    usual = ("a@b.example", "firstname.lastname-hyphen@sales.some-company.example")
    assert len({len(clear(token_of(one))) for one in usual}) == 1


def test_a_token_of_before() -> None:
    """One without an address opens as ever."""
    assert read_marketing_token(token_of(None)) == MarketingLink(PERSON, NEWS, None)


def test_another_newest_key(app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    """As long as the key of the mail is among the secret keys, its address is known."""
    former = app.secret_key
    token = token_of("mara@acme.example")
    monkeypatch.setitem(app.config, "CONTACTS_SECRET_KEYS", ["a new one" * 5, former])
    assert read_marketing_token(token).email_key == "mara@acme.example"
    monkeypatch.setitem(app.config, "CONTACTS_SECRET_KEYS", ["a new one" * 5])
    with pytest.raises(LinkInvalid):
        read_marketing_token(token)


@pytest.mark.parametrize("sealed", ["", "x", "é", "=", "A" * 16, "A" * 80])
def test_what_nobody_sealed(sealed: str) -> None:
    """It opens as nothing, and so does what was sealed for something else."""
    assert sealed_address.open_sealed(sealed, "marketing") is None
    other = sealed_address.seal("mara@acme.example", "other")
    assert sealed_address.open_sealed(other, "marketing") is None


@pytest.mark.parametrize("payload", [["leave", "a"], ["leave", 1, "b"], ["x", "a", "b"], "leave",
                                     ["leave", "a", "b", "c", "d"], {"leave": 1}])  # fmt: skip
def test_other_payloads(app: Flask, monkeypatch: pytest.MonkeyPatch, payload: object) -> None:
    """What is signed but has another shape is no link of this kind."""
    monkeypatch.setattr(
        "flask_contacts.mail.marketing_links.URLSafeTimedSerializer.loads",
        lambda *_args, **_more: URLSafeSerializer("k").loads(URLSafeSerializer("k").dumps(payload)),
    )
    with pytest.raises(LinkInvalid):
        read_marketing_token("x")
