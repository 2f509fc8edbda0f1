"""From a template and its values to the bytes of a mail.

Whose words, and in which language, is decided by :func:`template_words`. The frame around
the body is a Jinja file of ours (see ``frame``); what staff type is never Jinja.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timezone
from email.charset import QP, Charset
from email.encoders import encode_base64
from email.header import Header
from email.mime.multipart import MIMEMultipart
from email.mime.nonmultipart import MIMENonMultipart
from email.mime.text import MIMEText
from email.policy import compat32
from email.utils import format_datetime, formataddr

import nh3
from flask import current_app
from markupsafe import escape
from sqlalchemy import select
from sqlalchemy.orm import Session

from ..documents import Attachment
from ..errors import ContactsError
from ..i18n import _, in_language
from ..models import EmailTemplateText
from ..registry import MailTemplate
from . import frame, merge_fields
from .plain_text import html_to_text

_TAGS = {
    "a", "b", "blockquote", "br", "code", "div", "em", "h1", "h2", "h3", "h4", "hr", "i", "li",
    "ol", "p", "span", "strong", "table", "tbody", "td", "th", "thead", "tr", "u", "ul",
}  # fmt: skip
# Not policy.SMTP: that decodes encoded words in what it is given, line breaks in them too, and
# writes long addresses of List-Unsubscribe as encoded words, which no mail program reads.
_POLICY = compat32.clone(linesep="\r\n")
_QUOTED_PRINTABLE = Charset("utf-8")
_QUOTED_PRINTABLE.body_encoding = QP
_ATTRIBUTES = {"a": {"href", "title"}, "td": {"align", "colspan"}, "th": {"align", "colspan"}}


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


class BadHeader(ContactsError):
    """A header would hold a control character; such a mail is not written."""


def template_words(session: Session, template: MailTemplate, language: str) -> Words:
    """The words for a reader of ``language``; the first of these that there are (N8, M1).

    The staff's in this language, the staff's in its base (``pt`` for ``pt_BR``), the
    template's own in it; then, because nobody has written it in this language, the same
    three for the host's default language.
    """
    default = str(current_app.config["BABEL_DEFAULT_LOCALE"])
    names = {*spoken_by(language), *spoken_by(default)}
    query = select(EmailTemplateText).where(
        EmailTemplateText.name == template.name, EmailTemplateText.language.in_(names)
    )
    return choose_words(template, language, {row.language: row for row in session.scalars(query)})


def choose_words(
    template: MailTemplate, language: str, written: Mapping[str, EmailTemplateText]
) -> Words:
    """As :func:`template_words`, among what staff have ``written``, by language."""
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
    clean = _clean(html)
    return str(escape(html_to_text(clean))) if frame.nested_too_deeply(clean) else clean


def nested_too_deeply(html: str) -> bool:
    """Whether :func:`sanitize` would leave only the words of it."""
    return frame.nested_too_deeply(_clean(html))


def _clean(html: str) -> str:
    return nh3.clean(
        html,
        tags=_TAGS,
        attributes=_ATTRIBUTES,
        url_schemes={"http", "https", "mailto"},
        link_rel=None,
    )


def to_bytes(
    recipient: str,
    subject: str,
    html: str,
    text: str,
    message_id: str,
    headers: Mapping[str, str] | None = None,
    *,
    to: Sequence[str] = (),
    attachments: Sequence[Attachment] = (),
) -> bytes:
    """Serialise the mail, once; raises :class:`BadHeader` for a control character.

    ``to`` is whom a copy says that it was written to, in place of its recipient.
    """
    extra = {"Auto-Submitted": "auto-generated", **(headers or {})}
    shown = ", ".join(to) or recipient
    for value in (shown, subject, message_id, *extra, *extra.values()):
        if has_control_character(value):
            raise BadHeader("a header holds a control character")
    words = MIMEMultipart("alternative", None, [_part(text, "plain"), _part(html, "html")])
    message = MIMEMultipart("mixed", None, [words]) if attachments else words
    message["Subject"] = _literal(subject)  # type: ignore[assignment]
    message["From"] = _sender()
    message["To"] = shown
    message["Date"] = format_datetime(datetime.now(timezone.utc))
    message["Message-ID"] = message_id
    for name, value in extra.items():
        message[name] = value
    for file in attachments:
        message.attach(_attached(file))
    return message.as_bytes(policy=_POLICY)


def _part(text: str, subtype: str) -> MIMEText:
    """Quoted-printable: a paragraph may be longer than the 998 bytes that a line may have."""
    return MIMEText(text, subtype, _QUOTED_PRINTABLE)  # type: ignore[arg-type]


def _attached(file: Attachment) -> MIMENonMultipart:
    kind, _slash, subtype = file.media_type.partition("/")
    part = MIMENonMultipart(kind, subtype)
    part.set_payload(file.content)
    encode_base64(part)
    plain = file.filename.isascii() and "=?" not in file.filename
    name = file.filename if plain else ("utf-8", "", file.filename)
    part.add_header("Content-Disposition", "attachment", filename=name)
    return part


def _literal(text: str) -> Header:
    """A header that says what ``text`` says, also where that looks like an encoded word:
    decoded, it could hold a line break (security 1.3.11)."""
    if text.isascii() and "=?" not in text:
        return Header(text, "us-ascii", header_name="Subject")
    return Header(text, "utf-8", header_name="Subject")


def _sender() -> str:
    """``MAIL_DEFAULT_SENDER``, which may be an address or a pair of name and address."""
    sender = current_app.extensions["mail"].default_sender
    return formataddr(sender) if isinstance(sender, tuple) else str(sender)


def has_control_character(text: str) -> bool:
    """Whether C0, C1, U+2028 or U+2029 stands in ``text`` (security 1.3.11)."""
    return any(unicodedata.category(char) in {"Cc", "Zl", "Zp", "Cs"} for char in text)


def _one_line(text: str) -> str:
    kept = "".join(" " if has_control_character(char) else char for char in text)
    return " ".join(kept.split())[:255]
