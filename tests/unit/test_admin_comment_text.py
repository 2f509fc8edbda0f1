"""How the words of a comment become HTML: text, links, names, and nothing else."""

from __future__ import annotations

import re
from html import unescape

import pytest
from hypothesis import given, strategies as st

from flask_contacts.admin.comments.text import as_html

PIECES = ["http://", "https://a.example/", "javascript:", "<", ">", '"', "'", "&", "@ada", "@", "(",
          ")", "]", ".", " ", "\n", "a", "//", "%22", "\u202e", "é", "`", "\\"]  # fmt: skip


def links(text: str) -> list[str]:
    """The addresses that can be followed."""
    return [unescape(one) for one in re.findall(r'href="([^"]*)"', as_html(text))]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("see https://a.example/x.", ["https://a.example/x"]),
        ("(https://a.example/x)", ["https://a.example/x"]),
        ("https://a.example/x_(y)", ["https://a.example/x_(y)"]),
        ("[https://a.example/]!?", ["https://a.example/"]),
        ("HTTPS://A.example", ["HTTPS://A.example"]),
        ("http://a.example/?a=1&b=2#c", ["http://a.example/?a=1&b=2#c"]),
        ("two http://a.example http://b.example", ["http://a.example", "http://b.example"]),
        ("http://", []),
        ("http://...", []),
        ("javascript:alert(1)", []),
        ("ftp://a.example mailto:a@b.example //a.example", []),
        ("data:text/html,x", []),
        ("http://[", []),
    ],
)
def test_links(text: str, expected: list[str]) -> None:
    """Addresses of http and https alone, without what ends the sentence around them."""
    assert links(text) == expected


def test_names() -> None:
    """The names that the comment mentions are marked, in whatever case; no other word is."""
    html = as_html("@ada, @ADA.b @adam a@ada @sam", ["ada", "ada.b"])
    assert re.findall(r"<strong[^>]*>(.*?)</strong>", html) == ["@ada", "@ADA.b"]


@given(st.lists(st.sampled_from(PIECES)).map("".join))
def test_nothing_but_links_and_names(text: str) -> None:
    """Whatever is typed comes out as it was typed, in elements and attributes of ours alone."""
    html = str(as_html(text, ["ada"]))
    tag = r'<a href="(https?://[^"<>]*)" rel="noopener noreferrer nofollow">|</a>'
    bare = re.sub(rf'{tag}|<strong class="contacts-mention">|</strong>', "", html, flags=re.I)
    assert not re.search(r"[<>\"']", bare)
    assert unescape(bare) == text
