"""The frame around every mail, with its style put where mail programs read it.

``flask_contacts/email/frame.html`` is an ordinary page with a style sheet; css-inline
copies each rule to the elements that it is about, those of the body included. What only
a style sheet can say (phones, dark screens) stays in one.
"""

from __future__ import annotations

import re
from functools import lru_cache
from html.parser import HTMLParser

from babel import Locale
from css_inline import CSSInliner
from flask import render_template
from markupsafe import Markup

from ..config import company_name
from ..i18n import in_language
from .plain_text import html_to_text

_DEEPEST = 50
_INLINER = CSSInliner(load_remote_stylesheets=False)
_KEPT = ' data-css-inline="keep"'
_ATTRIBUTES = r'((?:[^>"]|"[^"]*")*)'
_LONE_LINK = re.compile(rf"<p>(\s*<a href{_ATTRIBUTES}>(?:(?!</?a\b).)*</a>\s*)</p>", re.DOTALL)
_BUTTON = r'<p class="button">\1</p>'
_LONGEST_PREHEADER = 120


def frame(
    body: str, subject: str, language: str, topic_url: str | None, *, to_contact: bool
) -> tuple[str, str]:
    """``(html, text)`` of a mail around a body that is sanitised already.

    A paragraph that holds a link and nothing else becomes a button. The line that inboxes
    show after the subject is the first paragraph that says something.
    """
    words = html_to_text(body)
    context = {"company_name": company_name(), "topic_url": topic_url, "to_contact": to_contact}
    with in_language(language):
        html = render_template(
            "flask_contacts/email/frame.html",
            subject=subject,
            body=Markup(_LONE_LINK.sub(_BUTTON, body)),  # noqa: S704  the caller sanitised it
            preheader=preheader(words),
            language=language.replace("_", "-"),
            direction=direction(language),
            **context,
        )
        text = render_template("flask_contacts/email/frame.txt", body=words, **context)
    return _INLINER.inline(html).replace(_KEPT, ""), text


def preheader(words: str) -> str:
    """The first paragraph after the greeting that is no link, shortened at a word."""
    paragraphs = [" ".join(part.split()) for part in words.split("\n\n")]
    telling = [part for part in paragraphs[1:] if "://" not in part]
    first = (telling or [""])[0]
    if len(first) <= _LONGEST_PREHEADER:
        return first
    return first[:_LONGEST_PREHEADER].rpartition(" ")[0] + " …"


@lru_cache(maxsize=64)
def direction(language: str) -> str:
    """``"rtl"`` for a language that is written from right to left, else ``"ltr"``."""
    return Locale.parse(language).text_direction


def nested_too_deeply(html: str) -> bool:
    """Whether more than 50 elements of sanitised HTML stand in one another.

    The parser in css-inline calls itself for each: thousands would end the process.
    """
    if html.count("<") <= _DEEPEST:
        return False
    reader = _Depth()
    try:
        reader.feed(html)
    except _TooDeepError:
        return True
    return False


class _TooDeepError(Exception):
    """Enough has been read."""


class _Depth(HTMLParser):
    """Follows the depth of HTML in which every element is closed."""

    def __init__(self) -> None:
        super().__init__()
        self._depth = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag not in {"br", "hr"}:
            self._depth += 1
        if self._depth > _DEEPEST:
            raise _TooDeepError

    def handle_endtag(self, tag: str) -> None:
        self._depth -= 1
