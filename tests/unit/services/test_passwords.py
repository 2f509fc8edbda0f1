"""Passwords: which are taken and how they are compared."""

import pytest

from flask_contacts.services.accounts import passwords

pytestmark = pytest.mark.usefixtures("app_context")


@pytest.mark.parametrize(
    "password",
    ["correct horse battery", "pässwörter sind schön", " leading and trailing ",
     "日本語のパスワードは長い文",
     "x" * 60 + "yz", "🙂🙃😀😁😂🤣😃😄😅😆😉😊"],
)  # fmt: skip
def test_a_good_password_round_trips(password: str) -> None:
    """Length counts; Unicode and spaces are kept to the letter."""
    assert passwords.problems(password) == []
    hashed = passwords.hash_password(password)
    assert passwords.matches(hashed, password)
    assert not passwords.matches(hashed, password + " ")
    assert not passwords.matches(hashed, password.strip() + "!")


@pytest.mark.parametrize(
    ("password", "reason"),
    [
        ("short", "12"),
        ("q1w2e3r4t5y6", "common"),
        ("Q1W2E3R4T5Y6", "common"),
        ("aaaaaaaaaaaaa", "common"),
        ("123456789012", "common"),
        ("1234567890123456", "common"),
        ("abcdefghijkl", "common"),
        ("passwordpassword", "common"),
        ("adminadminadmin", "common"),
        ("Password123!", "common"),
        ("mara.oneil@example.com", "e-mail"),
        ("a good password\0", "NUL"),
        ("x" * 1025, "long"),
        ("a good password \ud800", "cannot be used"),
    ],
)
def test_a_bad_password_is_refused_with_the_reason(password: str, reason: str) -> None:
    """Too short, common, personal, or not storable: the words say which."""
    problems = passwords.problems(password, "mara.oneil@example.com", "Mara")
    assert len(problems) == 1
    assert reason in str(problems[0])


def test_nothing_matches_a_login_without_password() -> None:
    """No hash, a broken hash and unstorable passwords compare false, never raise."""
    assert not passwords.matches(None, "nobody has this password")
    assert not passwords.matches("not a hash", "x")
    assert not passwords.matches(passwords.hash_password("a\ufffd"), "a\ud800")
    assert not passwords.matches(passwords.hash_password("abc"), "abc\0def")


@pytest.mark.usefixtures("real_hashes")
def test_hashes_are_argon2id_at_owasp_parameters() -> None:
    """OWASP's m=19 MiB, t=2, p=1 (security 11.4.2); weaker hashes are made anew."""
    hashed = passwords.hash_password("correct horse battery")
    assert hashed.startswith("$argon2id$v=19$m=19456,t=2,p=1$")
    assert not passwords.needs_rehash(hashed)
    assert passwords.needs_rehash(hashed.replace("m=19456", "m=1024"))
