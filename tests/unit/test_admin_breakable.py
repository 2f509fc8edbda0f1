"""E-mail addresses as links: the same on every page."""

from __future__ import annotations

import pytest

from flask_contacts.admin.breakable import mail_to


@pytest.mark.parametrize(
    ("address", "url"),
    [
        ("ada@example.com", "mailto:ada@example.com"),
        ("a.b_c~d-e@sub.example.com", "mailto:a.b_c~d-e@sub.example.com"),
        ("ada+crm@example.com", "mailto:ada%2Bcrm@example.com"),
        ("a/b?cc=eve@example.com", "mailto:a%2Fb%3Fcc%3Deve@example.com"),
        ('a%&#"@example.com', "mailto:a%25%26%23%22@example.com"),
        ("o'neil@example.com", "mailto:o%27neil@example.com"),
        ("ada@müller.example", "mailto:ada@m%C3%BCller.example"),
    ],
)
def test_mail_to(address: str, url: str) -> None:
    """The @ stays, and nothing in an address becomes a header of the mail or ends the link."""
    assert mail_to(address) == url
