"""Page numbers as people and robots type them."""

from __future__ import annotations

import pytest

from flask_contacts.admin.query_arguments import can_be_searched, number


@pytest.mark.parametrize(("text", "value"), [("0", 0), ("1", 1), ("42", 42), ("1000000", 10**6)])
def test_takes_a_number(text: str, value: int) -> None:
    """Digits are a page number."""
    assert number(text) == value


@pytest.mark.parametrize("text", ["", "abc", "-1", "1.5", " 1", "1 ", "1e3", "١", "9" * 30])
def test_refuses_the_rest(text: str) -> None:
    """Anything else is no page number, and never an exception."""
    assert number(text) is None


@pytest.mark.parametrize("text", ["", "Acme", "50%", "a_b", "\\a", "a\\\\", "x" * 1000])
def test_what_can_be_searched(text: str) -> None:
    """Words with any character, as long as no escape is left open at their end."""
    assert can_be_searched(text)


@pytest.mark.parametrize("text", ["\\", "a\\", "a\\\\\\", "x" * 1001])
def test_what_a_database_would_refuse(text: str) -> None:
    """PostgreSQL refuses a LIKE that ends with its escape, SQLite one that is too long."""
    assert not can_be_searched(text)
