"""A User-Agent header in words."""

from __future__ import annotations

import pytest
from flask import Flask

from flask_contacts.services.accounts.devices import device, looks_like

FIREFOX = "Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:127.0) Gecko/20100101 Firefox/127.0"
SAFARI = (
    "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 "
    "(KHTML, like Gecko) Version/17.5 Safari/605.1.15"
)


@pytest.mark.parametrize(
    ("header", "words"),
    [
        (FIREFOX, "Firefox on Windows"),
        (SAFARI, "Safari on Mac OS X"),
        ("curl/8.5.0", "curl"),
        ("", "Unknown device"),
        (None, "Unknown device"),
        ("\x00\ufffd (((((", "Unknown device"),
    ],
)
def test_in_words(app: Flask, header: str | None, words: str) -> None:
    """Browser and system, one of them, or that nothing is known."""
    with app.test_request_context():
        assert device(header) == words


def test_a_version_makes_no_other_device() -> None:
    """Browsers renew themselves every month; another browser or system is another device."""
    assert looks_like(FIREFOX, FIREFOX.replace("127.0", "140.0"))
    assert not looks_like(FIREFOX, SAFARI)
    assert not looks_like(FIREFOX, None)
    assert looks_like(None, "")
