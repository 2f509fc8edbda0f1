"""What MariaDB's full-text index takes for words, and what a text says besides for it."""

from __future__ import annotations

import pytest

from flask_contacts.models.search_keys import TEXT_LENGTH, contact_keys
from flask_contacts.models.search_tokens import LONGEST, are_known, beginnings, tokens


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("o'zorn a_b-c 49", ["o", "zorn", "a_b", "c", "49"]), ("", []), ("zörn²½", ["zörn²½"]),
        ("田太郎 किरपाल", ["田太郎", "किरपाल"]), ("𠮷野家", ["野家"]), ("a\u0620b", ["a", "b"]),
    ],
)  # fmt: skip
def test_words(text: str, words: list[str]) -> None:
    """Letters, digits, marks and ``_``; a letter past U+FFFF is none to the server."""
    assert tokens(text) == words


@pytest.mark.parametrize(("text", "known"), [("zorn", True), ("田𠮷", True), ("\u0620", False)])
def test_letters_that_servers_read_in_two_ways(text: str, known: bool) -> None:
    """A newer letter is one to some servers only; one past U+FFFF is none to any."""
    assert are_known(text) is known


def test_a_long_word_is_said_once_more() -> None:
    """As much of it as is kept, and nothing of others."""
    longest = "x" * LONGEST
    assert list(beginnings([longest, f"a-{longest}yy zorn", "zorn"])) == [longest]
    text = contact_keys({"lastname": f"{longest}yy", "email": "a@b.cc"})["search_text"]
    assert text.split() == [f"{longest}yy", "a@b.cc", longest]


def test_what_begins_with_a_word_is_never_cut() -> None:
    """However long names and addresses are once they are folded, the text has them as their own
    keys have them, and the beginnings of their long words."""
    grown = "ﷺ" * 100
    names = {"lastname": grown, "firstname": "y" * 100, "middle_name": "z" * 100}
    addresses = {"email": f"{'w' * 100}@{'v' * 150}.cc", "email2": f"{'u' * 240}@b.cc"}
    keys = contact_keys({**names, **addresses, "phone": "1" * 40})
    text = keys["search_text"]
    assert len(text) == TEXT_LENGTH
    for name in ("lastname_key", "firstname_key", "email_search"):
        assert keys[name] in text
    for one in ("y", "z", "w", "v"):
        assert one * LONGEST in text.split()
