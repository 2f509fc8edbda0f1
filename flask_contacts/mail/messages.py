"""From a template and its values to the words of a mail, in HTML and in plain text.

Whose words, and in which language, is decided by :func:`template_words`. The frame around
the body is a Jinja file of ours (see ``frame``); what staff type is never Jinja.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

import nh3
from flask import current_app
from markupsafe import escape
from sqlalchemy import Select, bindparam, select
from sqlalchemy.orm import Session

from ..i18n import _, in_language
from ..models import EmailTemplate, EmailTemplateText
from ..registry import MailTemplate
from . import frame, merge_fields
from .mime import has_control_character
from .plain_text import html_to_text

_TAGS = {
    "a", "b", "blockquote", "br", "code", "div", "em", "h1", "h2", "h3", "h4", "hr", "i", "li",
    "ol", "p", "span", "strong", "table", "tbody", "td", "th", "thead", "tr", "u", "ul",
}  # fmt: skip
_ATTRIBUTES = {"a": {"href", "title"}, "td": {"align", "colspan"}, "th": {"align", "colspan"}}
_CLEANER = nh3.Cleaner(
    tags=_TAGS, attributes=_ATTRIBUTES, url_schemes={"http", "https", "mailto"}, link_rel=None
)


@dataclass(frozen=True)
class Words:
    """A mail's subject and HTML body, with merge fields still in them.

    ``language`` is the one that they are written in, where that is known; ``changed``
    when they are the staff's.
    """

    subject: str
    body: str
    changed: bool = False
    language: str | None = None


def template_words(session: Session, template: MailTemplate, language: str) -> Words:
    """The words for a reader of ``language``; the first of these that there are (N8, M1).

    The staff's in this language, the staff's in its base (``pt`` for ``pt_BR``), the
    template's own in it; then, because nobody has written it in this language, the same
    three for the host's default language.
    """
    return choose_words(template, language, _written(session, template, language))


def template_enabled(session: Session, template: MailTemplate) -> bool:
    """Whether mail of this kind is written at all (BEHAVIOUR C8)."""
    if template.required:
        return True
    connection = session.connection(bind_arguments={"mapper": EmailTemplate})
    return connection.scalar(_switch(), {"name": template.name}) is not False


@cache
def _switch() -> Select[Any]:
    switch = EmailTemplate.__table__.c
    return select(switch.enabled).where(switch.name == bindparam("name"))


def _written(session: Session, template: MailTemplate, language: str) -> dict[str, Any]:
    """What staff have written, by language."""
    default = str(current_app.config["BABEL_DEFAULT_LOCALE"])
    asked = {"name": template.name, "languages": [*spoken_by(language), *spoken_by(default)]}
    connection = session.connection(bind_arguments={"mapper": EmailTemplateText})
    return {row.language: row for row in connection.execute(_texts(), asked)}


@cache
def _texts() -> Select[Any]:
    """Made once, because to make it takes longer than to ask."""
    text = EmailTemplateText.__table__.c
    languages: Any = bindparam("languages", expanding=True)
    query = select(text.language, text.subject, text.body)
    return query.where(text.name == bindparam("name"), text.language.in_(languages))


def choose_words(template: MailTemplate, language: str, written: Mapping[str, Any]) -> Words:
    """As :func:`template_words`, among what staff have ``written``, by language: rows with
    ``subject`` and ``body``."""
    default = str(current_app.config["BABEL_DEFAULT_LOCALE"])
    for wanted in (language, default):
        for name in spoken_by(wanted):
            if name in written:
                row = written[name]
                return Words(row.subject, row.body, changed=True, language=name)
        if _is_translated(template, wanted):
            return _own_words(template, wanted)
    return _own_words(template, default)


def _own_words(template: MailTemplate, language: str) -> Words:
    with in_language(language):
        body = str(template.body).replace("</p><p>", "</p>\n<p>")  # easier to edit
        return Words(str(template.subject), body, language=language)


def spoken_by(language: str) -> tuple[str, ...]:
    """A language and what its speakers read as well: ``pt_BR`` and ``pt``."""
    parts = language.split("_")
    return tuple("_".join(parts[:end]) for end in range(len(parts), 0, -1))


def _is_translated(template: MailTemplate, language: str) -> bool:
    """Whether the template's own body exists in ``language``.

    Lazy strings are English until a catalog translates them; a plain one is taken to be in
    the default language, which the host speaks.
    """
    if isinstance(template.body, str):
        return False
    if "en" in spoken_by(language):
        return True
    with in_language("en"):
        english = str(template.body)
    with in_language(language):
        return str(template.body) != english


def render(
    words: Words,
    values: Mapping[str, str],
    language: str,
    topic_url: str | None = None,
    *,
    to_contact: bool = True,
    copy_of: Sequence[str] = (),
) -> tuple[str, str, str]:
    """``(subject, html, text)`` with the values in their places, framed, safe to send.

    ``topic_url`` is where the reader of topic mail chooses what to get. The frame says why
    a contact gets this mail, and nothing of the kind to others. It speaks the language of
    the words where these are not in the reader's. A copy says above the body to whom the
    mail was written: ``copy_of``, their names.
    """
    if words.language is not None and words.language not in spoken_by(language):
        language = words.language
    subject = _one_line(merge_fields.fill_text(words.subject, values))
    html = merge_fields.fill_html(words.body, values)
    body = sanitize(_copy_note(copy_of, language) + html if copy_of else html)
    return subject, *frame.frame(body, subject, language, topic_url, to_contact=to_contact)


def _copy_note(names: Sequence[str], language: str) -> str:
    with in_language(language):
        note = _("Copy of a mail to %(names)s.", names=", ".join(names))
    return f"<p>{escape(note)}</p>\n"


def sanitize(html: str) -> str:
    """Only plain formatting and http(s) or mailto links are left (security 1.2.2, 1.3.1).

    Of HTML that is nested too deeply the bare words are left.
    """
    clean = _CLEANER.clean(html)
    return str(escape(html_to_text(clean))) if frame.nested_too_deeply(clean) else clean


def nested_too_deeply(html: str) -> bool:
    """Whether :func:`sanitize` would leave only the words of it."""
    return frame.nested_too_deeply(_CLEANER.clean(html))


def _one_line(text: str) -> str:
    kept = "".join(" " if has_control_character(char) else char for char in text)
    return " ".join(kept.split())[:255]
