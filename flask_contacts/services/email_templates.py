"""Setup → Email Templates: what staff may change about the mails (BEHAVIOUR M1)."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

from flask import current_app
from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from ..errors import InvalidInput, NotFound, UnknownMergeField
from ..i18n import _l, available_languages
from ..mail import merge_fields as fields
from ..mail import messages, outbox
from ..mail.plain_text import html_to_text
from ..mail.templates import all_templates, find_template
from ..mail.templates import merge_fields as merge_fields_of
from ..models import EmailTemplate, EmailTemplateText
from ..registry import MailTemplate, MergeField
from .transaction import in_transaction

_LONGEST_SUBJECT = 200
_LONGEST_BODY = 50_000


@dataclass(frozen=True)
class TemplateState:
    """A template as the list shows it; a ``required`` one cannot be switched off."""

    name: str
    label: Any
    enabled: bool
    required: bool
    changed: bool


@dataclass(frozen=True)
class TemplateText:
    """A template's words in one language; ``changed`` when they are the staff's."""

    subject: str
    body: str
    changed: bool


def list_templates(session: Session) -> list[TemplateState]:
    """Every template with its state, in order."""
    enabled = {row.name: row.enabled for row in session.scalars(select(EmailTemplate))}
    changed = set(session.scalars(select(EmailTemplateText.name).distinct()))
    return [
        TemplateState(
            name=template.name,
            label=template.label,
            enabled=template.required or enabled.get(template.name, True),
            required=template.required,
            changed=template.name in changed,
        )
        for template in all_templates().values()
    ]


def template_enabled(session: Session, name: str) -> bool:
    """Whether this mail is written at all; :class:`NotFound` for an unknown name."""
    return outbox.template_enabled(session, find_template(name))


def set_template_enabled(session: Session, name: str, enabled: bool) -> None:
    """Switch a template on or off.

    Raises :class:`InvalidInput` for one that carries links or security notices: these
    always go to their person (BEHAVIOUR N7).
    """
    if find_template(name).required and not enabled:
        raise InvalidInput({"enabled": [_l("This e-mail is about security and is always sent.")]})
    in_transaction(session, lambda: session.merge(EmailTemplate(name=name, enabled=enabled)))


def template_text(session: Session, name: str, language: str) -> TemplateText:
    """The words of a template in a language that the host offers, else :class:`NotFound`."""
    words = messages.template_words(session, find_template(name), _language(language))
    return TemplateText(words.subject, words.body, words.changed)


def merge_fields(name: str) -> tuple[MergeField, ...]:
    """The merge fields that a template may hold."""
    return merge_fields_of(find_template(name))


def save_template(session: Session, name: str, language: str, subject: str, body: str) -> None:
    """Keep the staff's words for a template in one language.

    Raises :class:`InvalidInput` at ``subject`` or ``body``: empty, too long, control
    characters, an unknown merge field (named), or a body that lost its link.
    """
    words = check_words(find_template(name), language, subject, body)
    row = EmailTemplateText(name=name, language=language, subject=words.subject, body=words.body)
    in_transaction(session, lambda: session.merge(row))


def check_words(template: MailTemplate, language: str, subject: str, body: str) -> messages.Words:
    """The words, trimmed, if they can be a template's; errors as for :func:`save_template`."""
    _language(language)
    subject, body = subject.strip(), body.replace("\r\n", "\n").strip()
    errors: dict[str, list[object]] = {}
    for at, text, longest, allowed in (
        ("subject", subject, _LONGEST_SUBJECT, ""),
        ("body", body, _LONGEST_BODY, "\n\t"),
    ):
        message = _problem(text, longest, allowed, template)
        if message is not None:
            errors[at] = [message]
    link = template.link_field
    if link and "body" not in errors and not _shows_link(body, link):
        errors["body"] = [_l("Keep {%(name)s} in the text: the mail is about it.", name=link)]
    if errors:
        raise InvalidInput(errors)
    return messages.Words(subject, body)


def reset_template(session: Session, name: str, language: str) -> None:
    """Forget the staff's words: the template is back to ours in this language."""
    template, language = find_template(name), _language(language)
    statement = delete(EmailTemplateText).where(
        EmailTemplateText.name == template.name, EmailTemplateText.language == language
    )
    in_transaction(session, lambda: session.execute(statement))


def _shows_link(body: str, name: str) -> bool:
    """Whether the reader of the sanitised mail can see or press the link."""
    url = "https://link.example/"
    html = messages.sanitize(fields.fill_html(body, {name: url}))
    pressed = re.search(rf'<a [^>]*href="{url}"[^>]*>(.*?)</a>', html, re.DOTALL)
    return bool(pressed and html_to_text(pressed[1]).strip()) or url in re.sub("<[^>]*>", "", html)


def _problem(text: str, longest: int, allowed: str, template: MailTemplate) -> Any:
    if not text:
        return _l("This field is required.")
    if len(text) > longest:
        return _l("Use at most %(count)s characters.", count=longest)
    if messages.has_control_character("".join(char for char in text if char not in allowed)):
        return _l("This holds characters that cannot be shown. Type it again.")
    try:
        fields.check(text, {field.name for field in merge_fields_of(template)})
    except UnknownMergeField as error:
        return _l("There is no merge field {%(name)s} in this template.", name=error.name)
    return None


def _language(language: str) -> str:
    if language not in available_languages(current_app):
        raise NotFound("no such language")
    return language
