"""Setup → Email Templates: what staff may change about the mails (BEHAVIOUR M1)."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

from flask import current_app
from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from ...errors import InvalidInput, NotFound, UnknownMergeField
from ...i18n import _l, _lp, available_languages
from ...mail import merge_fields as fields, messages, mime
from ...mail.plain_text import html_to_text
from ...mail.templates import all_templates, find_template, merge_fields as merge_fields_of
from ...models import EmailTemplate, EmailTemplateText
from ...registry import MailTemplate, MergeField
from ...state import current_contacts
from ..transaction import in_transaction

_LONGEST_SUBJECT = 200
_LONGEST_BODY = 50_000
_LANGUAGE = EmailTemplateText.language


@dataclass(frozen=True)
class TemplateState:
    """A template as the list shows it; a ``required`` one cannot be switched off.

    ``languages`` are those that staff have written it in. ``of_host``: the host added it.
    """

    name: str
    label: Any
    enabled: bool
    required: bool
    languages: tuple[str, ...]
    of_host: bool

    @property
    def changed(self) -> bool:
        """Whether any of its words are the staff's."""
        return bool(self.languages)


@dataclass(frozen=True)
class TemplateText:
    """The words that a reader of one language gets.

    ``changed`` when staff wrote them in this very language. Else they are the template's
    own (``default``), or the staff's in ``language``, which stands in for it.
    """

    subject: str
    body: str
    changed: bool
    language: str
    default: bool


def list_templates(session: Session) -> list[TemplateState]:
    """Every template with its state: the package's in order, then the host's."""
    enabled = {row.name: row.enabled for row in session.scalars(select(EmailTemplate))}
    written: dict[str, list[str]] = {}
    for name, language in session.execute(select(EmailTemplateText.name, _LANGUAGE)):
        written.setdefault(name, []).append(language)
    return [
        TemplateState(
            name=template.name,
            label=template.label,
            enabled=template.required or enabled.get(template.name, True),
            required=template.required,
            languages=_in_order(written.get(template.name, [])),
            of_host=template.name in current_contacts.registry.mail_templates,
        )
        for template in all_templates().values()
    ]


def _in_order(languages: list[str]) -> tuple[str, ...]:
    return tuple(name for name in available_languages(current_app) if name in languages)


def template_enabled(session: Session, name: str) -> bool:
    """Whether this mail is written at all; :class:`NotFound` for an unknown name."""
    return messages.template_enabled(session, find_template(name))


def set_template_enabled(session: Session, name: str, enabled: bool) -> None:
    """Switch a template on or off.

    Raises :class:`InvalidInput` for one that carries links or security notices: these
    always go to their person (BEHAVIOUR N7).
    """
    if find_template(name).required and not enabled:
        raise InvalidInput({"enabled": [_l("This e-mail is about security and is always sent.")]})
    in_transaction(session, lambda: session.merge(EmailTemplate(name=name, enabled=enabled)))


def template_text(session: Session, name: str, language: str) -> TemplateText:
    """What readers of a language get; it must be one that the host offers, else :class:`NotFound`.

    Whose words these are: see :func:`flask_contacts.mail.messages.template_words`.
    """
    template = find_template(name)
    return _text(messages.template_words(session, template, _language(language)), language)


def text_after_reset(session: Session, name: str, language: str) -> TemplateText:
    """What readers of a language get once :func:`reset_template` has been called."""
    template = find_template(name)
    query = select(EmailTemplateText).where(EmailTemplateText.name == name)
    written = {row.language: row for row in session.scalars(query)}
    written.pop(_language(language), None)
    return _text(messages.choose_words(template, language, written), language)


def _text(words: messages.Words, language: str) -> TemplateText:
    spoken = words.language or language
    changed = words.changed and spoken == language
    return TemplateText(words.subject, words.body, changed, spoken, not words.changed)


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
    if "body" not in errors and messages.nested_too_deeply(body):
        errors["body"] = [_l("Too many tags stand in one another here. Take some away.")]
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
        return _lp("form", "This field is required.")
    cut = fields.cut_in_two(text[: longest + 1])
    if cut is not None:
        return _l("A format begins or ends within {%(name)s}. Put the field in again.", name=cut)
    if len(text) > longest:
        return _l("Use at most %(count)s characters.", count=longest)
    if mime.has_control_character("".join(char for char in text if char not in allowed)):
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
