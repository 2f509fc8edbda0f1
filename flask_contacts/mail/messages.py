"""From a template and its values to the bytes of a mail.

The words come from the staff's version in the recipient's language, else from ours.
The frame around the body is a Jinja file of ours; what staff type is never Jinja.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timezone
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime, formataddr

import nh3
from flask import current_app, render_template
from markupsafe import Markup
from sqlalchemy import select
from sqlalchemy.orm import Session

from ..config import company_name
from ..errors import ContactsError
from ..i18n import in_language
from ..models import EmailTemplateText
from ..registry import MailTemplate
from . import merge_fields
from .plain_text import html_to_text

_TAGS = {
    "a", "b", "blockquote", "br", "code", "div", "em", "h1", "h2", "h3", "h4", "hr", "i", "li",
    "ol", "p", "span", "strong", "table", "tbody", "td", "th", "thead", "tr", "u", "ul",
}  # fmt: skip
_ATTRIBUTES = {"a": {"href", "title"}, "td": {"colspan"}, "th": {"colspan"}}


@dataclass(frozen=True)
class Words:
    """A mail's subject and HTML body, with merge fields still in them."""

    subject: str
    body: str
    changed: bool = False


class BadHeader(ContactsError):
    """A header would hold a control character; such a mail is not written."""


def template_words(session: Session, template: MailTemplate, language: str) -> Words:
    """The staff's words in ``language`` if there are any, else ours translated to it."""
    query = select(EmailTemplateText).where(
        EmailTemplateText.name == template.name, EmailTemplateText.language == language
    )
    stored = session.scalars(query).first()
    if stored is not None:
        return Words(stored.subject, stored.body, changed=True)
    with in_language(language):
        body = str(template.body).replace("</p><p>", "</p>\n<p>")  # easier to edit
        return Words(str(template.subject), body)


def render(
    words: Words, values: Mapping[str, str], language: str, topic_url: str | None = None
) -> tuple[str, str, str]:
    """``(subject, html, text)`` with the values in their places, framed, safe to send.

    ``topic_url`` is where the reader of topic mail chooses what to get.
    """
    subject = _one_line(merge_fields.fill_text(words.subject, values))
    body = sanitize(merge_fields.fill_html(words.body, values))
    with in_language(language):
        html = render_template(
            "flask_contacts/email/frame.html",
            subject=subject,
            body=Markup(body),  # noqa: S704  sanitised in the line above
            language=language.replace("_", "-"),
            company_name=company_name(),
            topic_url=topic_url,
        )
        text = render_template(
            "flask_contacts/email/frame.txt",
            body=html_to_text(body),
            company_name=company_name(),
            topic_url=topic_url,
        )
    return subject, html, text


def sanitize(html: str) -> str:
    """Only plain formatting and http(s) or mailto links are left (security 1.2.2, 1.3.1)."""
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
) -> bytes:
    """Serialise the mail, once; raises :class:`BadHeader` for a control character."""
    extra = {"Auto-Submitted": "auto-generated", **(headers or {})}
    for value in (recipient, subject, message_id, *extra, *extra.values()):
        if has_control_character(value):
            raise BadHeader("a header holds a control character")
    message = EmailMessage(policy=SMTP)
    message["Subject"] = subject
    message["From"] = _sender()
    message["To"] = recipient
    message["Date"] = format_datetime(datetime.now(timezone.utc))
    message["Message-ID"] = message_id
    for name, value in extra.items():
        message[name] = value
    # Quoted-printable: a paragraph may be longer than the 998 bytes that a line may have.
    message.set_content(text, cte="quoted-printable")
    message.add_alternative(html, subtype="html", cte="quoted-printable")
    return message.as_bytes()


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
