"""What a template will look like, with a real contact, before anybody gets it (M1)."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy.orm import Session

from ...config import base_url, setting
from ...email_address import canonical_email
from ...i18n import in_language
from ...mail import messages, outbox
from ...mail.templates import find_template, merge_fields
from ...models import Contact
from ...registry import MailTemplate, MergeField
from ..transaction import in_transaction
from .email_templates import check_words


@dataclass(frozen=True)
class Preview:
    """A mail as it would be sent: one line of subject, both parts."""

    subject: str
    html: str
    text: str


def preview(
    session: Session, name: str, language: str, subject: str, body: str, contact: Contact | None
) -> Preview:
    """Render words that may not be saved yet; what no contact tells shows its example.

    Raises :class:`InvalidInput` as saving does, :class:`NotFound` for an unknown template
    or language. Links lead to the portal's front page: a preview opens nothing. Words that
    readers of the language get already, from another language, are shown in that one.
    """
    template = find_template(name)
    words = check_words(template, language, subject, body)
    present = messages.template_words(session, template, language)
    if (words.subject, words.body) == (present.subject, present.body):
        words = present
    rendered = messages.render(words, _values(template, language, contact), language)
    return Preview(*rendered)


def send_test(
    session: Session,
    name: str,
    language: str,
    subject: str,
    body: str,
    contact: Contact | None,
    to: str,
) -> str:
    """Mail the preview to a staff member's own address, which is given back as it is used.

    Raises as :func:`preview`, and :class:`InvalidInput` at ``email`` for a bad address.
    """
    shown = preview(session, name, language, subject, body, contact)
    address = canonical_email(to).key
    contact_id = contact.id if contact is not None else None
    in_transaction(
        session,
        lambda: outbox.add_rendered(
            session, name, address, language, shown.subject, shown.html, shown.text, contact_id
        ),
    )
    return address


def example(field: MergeField, language: str) -> str:
    """What stands for a field whose value only a real mail has."""
    if field.example is None:
        return f"[{field.label}]"
    with in_language(language):
        return str(field.example)


def _values(template: MailTemplate, language: str, contact: Contact | None) -> dict[str, str]:
    values = {field.name: example(field, language) for field in merge_fields(template)}
    values["portal_url"] = f"{base_url()}{setting('PORTAL_PREFIX')}/"
    if contact is not None:
        values.update(outbox.contact_values(contact))
    if template.link_field is not None:
        values[template.link_field] = values["portal_url"]
    return values
