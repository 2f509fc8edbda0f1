"""Addresses are judged by the validator, though a domain is looked at once."""

from __future__ import annotations

import pytest
from email_validator import EmailNotValidError, validate_email
from hypothesis import given, strategies as st

from flask_contacts.email_address import canonical_email
from flask_contacts.errors import InvalidInput

_LOCALS = st.from_regex(r"[a-zA-Z0-9._+\-!#%&'*/=?^`{|}~\" ()<>,;:\[\]@]{0,70}", fullmatch=True)
_DOMAINS = st.one_of(
    st.sampled_from(
        ["example.com", "x.example.com", "example", "example.com.", "-x.com", "a..b.com", "x.local",
         "[127.0.0.1]", "münchen.example", "xn--mnchen-3ya.example", "localhost", "x.test",
         "ex ample.com", "EXAMPLE.COM", "münchen.example ",
         "com", "", " example.com", "example.com>", "a@example.com", "1.2.3.4"]
    ),
    st.from_regex(r"[a-zA-Z0-9.\-]{1,30}\.[a-z]{1,4}", fullmatch=True),
)  # fmt: skip


def judged(text: str) -> str | None:
    """The key by the validator alone, or None."""
    try:
        found = validate_email(text, check_deliverability=False, allow_smtputf8=False)
    except (EmailNotValidError, UnicodeError):
        return None
    key = f"{found.ascii_local_part}@{found.ascii_domain}".lower()
    return None if "=?" in key or len(key) > 254 else key


def ours(text: str) -> str | None:
    """The key, or None."""
    try:
        return canonical_email(text).key
    except InvalidInput:
        return None


@given(_LOCALS, _DOMAINS)
def test_as_the_validator_does(local: str, domain: str) -> None:
    """The same addresses are taken, with the same key."""
    text = f"{local}@{domain}".strip(" \t")
    assert ours(text) == judged(text)


@pytest.mark.parametrize("length", [63, 64, 65, 242, 243])
def test_a_long_local_part(length: int) -> None:
    """It is as long as the validator lets it be, whichever way is taken."""
    text = "a" * length + "@example.com"
    assert ours(text) == judged(text)


def test_a_long_address() -> None:
    """254 characters are the most."""
    for length in (60, 61, 62, 63):
        text = f"{'a' * 50}@{'.'.join(['b' * length] * 3)}.{'c' * 20}.com"
        assert ours(text) == judged(text)
