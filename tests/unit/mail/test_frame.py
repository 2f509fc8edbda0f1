"""The frame around a mail, and the style in its elements."""

from __future__ import annotations

import re
import threading

import pytest

from flask_contacts.mail.frame import direction, preheader
from flask_contacts.mail.messages import Words, nested_too_deeply, render, sanitize

pytestmark = pytest.mark.usefixtures("app_context")


def html_of(body: str, subject: str = "Hello", language: str = "en") -> str:
    """The HTML part of a mail."""
    return render(Words(subject, body), {}, language, "https://x.example/topics")[1]


def test_style_is_in_the_elements() -> None:
    """Headings, lists, tables and links carry their own style; the rules have gone."""
    html = html_of(
        "<h1>T</h1><p>x <a href='https://a.example/'>a</a></p><ul><li>x</li></ul>"
        "<table><tr><th>x</th><td>x</td></tr></table>"
    )
    body = html[html.index('class="body"') :].partition("<!--")[0]
    tags = re.findall(r"<(?:h1|p|ul|li|table|th|td|a)\b[^>]*>", body)
    assert len(tags) == 9  # the link of the foot is the ninth
    assert [tag for tag in tags if "style=" not in tag] == []
    assert html.count("<style>") == 1
    assert "data-css-inline" not in html


def test_what_only_a_style_sheet_can_say_stays_in_one() -> None:
    """Narrow screens and dark ones are told apart by the mail program."""
    head = html_of("<p>x</p>").split("<body")[0]
    assert re.findall(r"@media \((.*?)\)", head) == [
        "max-width: 480px", "prefers-color-scheme: dark"
    ]  # fmt: skip
    assert '<meta name="color-scheme" content="light dark">' in head


@pytest.mark.parametrize(
    ("body", "button"),
    [
        ('<p><a href="https://a.example/">Open</a></p>', True),
        ('<p>\n<a href="https://a.example/" title="a > b">Open <b>it</b></a>\n</p>', True),
        ('<p><a href="https://a.example/">Open</a> or not</p>', False),
        ('<p>See <a href="https://a.example/">this</a></p>', False),
        ('<p><a href="https://a.example/">a</a> <a href="https://b.example/">b</a></p>', False),
        ('<p><a href="javascript:alert(1)">Open</a></p>', False),
    ],
)
def test_a_link_alone_in_its_paragraph_is_a_button(body: str, button: bool) -> None:
    """Only a paragraph that is nothing but one link looks like a button."""
    assert ('class="button"' in html_of(body)) is button


def test_right_to_left() -> None:
    """An Arabic mail runs from right to left, in the page and in every table of the frame."""
    html = html_of("<ul><li>x</li></ul>", language="ar")
    assert '<html lang="ar" dir="rtl">' in html
    assert html.count('dir="rtl"') == 3
    assert "padding-right: 24px" in html
    assert (direction("pt_BR"), direction("he"), direction("zh_Hant_TW")) == ("ltr", "rtl", "ltr")


def test_no_pictures_and_nothing_from_elsewhere() -> None:
    """A mail asks no server for anything when it is read."""
    html = html_of('<p>x<img src="https://a.example/t.gif"></p>')
    assert not re.search(r"<(?:img|link|script|iframe)\b|url\(|@import|\bsrc=", html)


def test_the_subject_is_text() -> None:
    """1.2.1: what stands in the subject stays in the title."""
    html = html_of("<p>x</p>", subject="</title><script>alert(1)</script>")
    assert "<script" not in html


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        ("Dear Ann,\n\nYour invoice\nis here.\n\nKind regards", "Your invoice is here."),
        ("Dear Ann,\n\nOpen: https://a.example/\n\nIt works once.", "It works once."),
        ("Dear Ann,\n\n" + "word " * 60, "word " * 23 + "word …"),
        ("Only this", ""),
        ("", ""),
    ],
)
def test_preheader(words: str, expected: str) -> None:
    """Inboxes show a sentence after the subject: neither the greeting nor an address."""
    assert preheader(words) == expected


@pytest.mark.parametrize(
    "body",
    ["<b>" * 16_000, "<div>" * 9_000, "<table><tr><td>" * 3_000,
     "".join(f"<b id={number}><p>" for number in range(300)), "<svg><style>" + "<b>" * 16_000],
)  # fmt: skip
def test_deep_nesting_cannot_end_the_process(body: str) -> None:
    """Thousands of tags in one another leave their words; small stacks hold, too."""
    pages = []
    size = threading.stack_size(256 * 1024)
    try:
        thread = threading.Thread(target=lambda: pages.append(sanitize(body + "Hello")))
        thread.start()
        thread.join()
    finally:
        threading.stack_size(size)
    assert nested_too_deeply(body)
    assert "Hello" in html_of(body + "Hello")
    assert "<" not in pages[0]


def test_a_long_mail_is_not_a_deep_one() -> None:
    """Hundreds of paragraphs, rows and breaks are kept as they are."""
    body = "<p>x<br>y</p>" * 300 + "<table>" + "<tr><td><b>x</b></td></tr>" * 300 + "</table>"
    assert not nested_too_deeply(body)
    assert sanitize(body).count("<b>") == 300
