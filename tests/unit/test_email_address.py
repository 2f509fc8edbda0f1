"""One spelling for an address."""

import pytest

from flask_contacts.email_address import canonical_email
from flask_contacts.errors import InvalidInput


@pytest.mark.parametrize(
    ("typed", "key"),
    [
        (" Mara@Example.COM ", "mara@example.com"),
        ("MARA+shop@example.com", "mara+shop@example.com"),
        ("mara@Bücher.example", "mara@xn--bcher-kva.example"),
        ("mara@xn--bcher-kva.example", "mara@xn--bcher-kva.example"),
        ("mara@Bu\u0308cher.example", "mara@xn--bcher-kva.example"),
    ],
)
def test_one_key_for_every_spelling(typed: str, key: str) -> None:
    """Case, spaces, IDN and composed accents do not make another address."""
    assert canonical_email(typed).key == key


@pytest.mark.parametrize(
    "typed",
    ["", "mara", "mara@", "@example.com", "mıke@example.com", "é@example.com", "a b@example.com",
     "a@example.com\nBcc: x@example.com", "a\0@example.com", "a@exa\u2028mple.com",
     "a" * 250 + "@example.com", "a@localhost", "<a@example.com>", "a@example.com, b@example.com"],
)  # fmt: skip
def test_what_is_no_address_is_refused_at_its_field(typed: str) -> None:
    """Nothing that Flask-Mail could not send to, or that forges a header, gets through."""
    with pytest.raises(InvalidInput) as caught:
        canonical_email(typed, "email2")
    assert list(caught.value.errors) == ["email2"]


def test_a_look_alike_is_another_address() -> None:
    """A Cyrillic letter in the domain never compares equal to the Latin one."""
    assert canonical_email("a@ex\u0430mple.com").key != canonical_email("a@example.com").key
