"""A document as mail: its words in a language, its merge fields, its files."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import replace
from functools import cache
from typing import Any

from sqlalchemy.orm import Session

from ...documents import Attachment, Document
from ...errors import ConfigError, InvalidInput
from ...i18n import _l, in_language
from ...mail import merge_fields as fields, messages, mime, outbox
from ...mail.messages import Words
from ...mail.outbox import Letter
from ...mail.templates import find_template, merge_fields as merge_fields_of
from ...registry import MailTemplate, MergeField
from .document_recipients import Candidate

#: The most that the files of one mail may have together, in bytes. In a mail they grow by
#: a third; this stays below what mail servers take and what MariaDB takes in a statement.
LARGEST_FILES = 10 * 1024 * 1024
#: The same for all mails of one sending.
LARGEST_SENDING = 200 * 1024 * 1024
_MEGABYTE = 1024 * 1024


def template_of(document: Document) -> MailTemplate:
    """The document's template, when it has all that the template needs.

    Raises :class:`ConfigError` for a missing value and a template that carries a link,
    :class:`NotFound` for an unknown one.
    """
    template = find_template(document.template)
    missing = {field.name for field in template.fields} - set(document.values)
    if missing or template.link_field is not None:
        raise ConfigError(
            "contacts.C056",
            f"{document.name} cannot be sent with the template {template.name!r}"
            + (f": {', '.join(sorted(missing))} is missing." if missing else ": it needs a link."),
            "Give every merge field of the template a value, and use one without a link.",
        )
    return template


def is_switched_off(session: Session, document: Document) -> bool:
    """Whether mail of this kind is switched off under Setup → Email Templates."""
    return not messages.template_enabled(session, template_of(document))


def words(session: Session, document: Document, language: str) -> Words:
    """What the template says in a language, with the document's own values in their places.

    The merge fields of the person stay, for each recipient's own. So does a value with
    braces or control characters: it must not be taken for a merge field afterwards.
    """
    template = template_of(document)
    found = messages.template_words(session, template, language)
    own = _own_values(document, language)
    values = {
        field.name: own[field.name]
        for field in template.fields
        if not mime.has_control_character(own[field.name]) and not set(own[field.name]) & {*"{}"}
    }
    subject = fields.fill_text(found.subject, values).strip()
    body = fields.fill_html(found.body, values).replace("\r\n", "\n").strip()
    return replace(found, subject=subject, body=body)


def merge_fields(
    document: Document, candidate: Candidate | None, language: str
) -> list[tuple[MergeField, str]]:
    """The merge fields that the text may hold, each with its value for ``candidate``."""
    values = values_of(document, candidate, language)
    return [(field, values.get(field.name, "")) for field in merge_fields_of(template_of(document))]


def values_of(document: Document, candidate: Candidate | None, language: str) -> dict[str, str]:
    """The merge fields' values in a mail to ``candidate``; without one, the document's own.

    What a document to an address says of the person goes before the address's own name.
    """
    own = _own_values(document, language)
    if candidate is None:
        return own
    if candidate.contact is not None:
        return {**own, **outbox.contact_values(candidate.contact)}
    return {**outbox.address_values(candidate.name, candidate.email), **own}


def _own_values(document: Document, language: str) -> dict[str, str]:
    """The document's values as text; lazy ones (a date, an amount) in the mail's language."""
    with in_language(language):
        return fields.as_texts(document.values)


def files(document: Document, language: str) -> list[Attachment]:
    """The document's files in a language.

    Raises :class:`InvalidInput` at ``attachments`` where the host refuses to make them.
    """
    if document.attachments is None:
        return []
    with in_language(language):
        return list(document.attachments(language))


def making_files_once(document: Document) -> Document:
    """The same document, which makes its files once for each language."""
    if document.attachments is None:
        return document
    make = document.attachments
    return replace(document, attachments=cache(lambda language: list(make(language))))


def chosen_files(
    document: Document, language: str, positions: Collection[int] | None, mails: int
) -> list[Attachment]:
    """The files at ``positions`` (None: all), if ``mails`` mails can carry them.

    Raises :class:`InvalidInput` at ``attachments`` where they are too large.
    """
    found = files(document, language)
    if positions is not None:
        found = [one for position, one in enumerate(found) if position in positions]
    size = sum(len(one.content) for one in found)
    if size > LARGEST_FILES:
        text: Any = _l(
            "The files have %(size)s MB together, and a mail takes %(most)s MB. "
            "Leave one out.", size=_megabytes(size), most=_megabytes(LARGEST_FILES),
        )  # fmt: skip
        raise InvalidInput({"attachments": [text]})
    if size * mails > LARGEST_SENDING:
        text = _l(
            "Files of %(size)s MB are too much for %(count)s mails at once. "
            "Select fewer people, or leave a file out.", size=_megabytes(size), count=mails,
        )  # fmt: skip
        raise InvalidInput({"attachments": [text]})
    return found


def letter(
    document: Document,
    candidate: Candidate,
    language: str,
    words: Words,
    attachments: Sequence[Attachment] = (),
    copy_of: Sequence[str] = (),
) -> Letter:
    """The finished mail to ``candidate``, or a copy of it: to whom, by name, it was written."""
    values = values_of(document, candidate, language)
    is_contact = candidate.contact is not None and not copy_of
    subject, html, text = messages.render(
        words, values, language, to_contact=is_contact, copy_of=copy_of
    )
    return Letter(language, subject, html, text, attachments)


def _megabytes(size: int) -> str:
    return f"{size / _MEGABYTE:.1f}".removesuffix(".0")
