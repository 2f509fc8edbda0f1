"""Page numbers as people and robots type them."""

from __future__ import annotations

import pytest

from flask_contacts.admin.query_arguments import number


@pytest.mark.parametrize(("text", "value"), [("0", 0), ("1", 1), ("42", 42), ("1000000", 10**6)])
def test_takes_a_number(text: str, value: int) -> None:
    """Digits are a page number."""
    assert number(text) == value


@pytest.mark.parametrize("text", ["", "abc", "-1", "1.5", " 1", "1 ", "1e3", "١", "9" * 30])
def test_refuses_the_rest(text: str) -> None:
    """Anything else is no page number, and never an exception."""
    assert number(text) is None
