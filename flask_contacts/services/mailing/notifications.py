"""Automatic mail about something of the host's (BEHAVIOUR N2 to N4, N8)."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from typing import Any

from sqlalchemy import select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from ...errors import ConfigError
from ...i18n import in_language
from ...mail import messages, outbox
from ...mail.merge_fields import as_texts
from ...mail.recipients import recipients
from ...mail.templates import find_template, merge_fields
from ...models import Contact, Mail
from ...registry import MailTemplate


def notify(
    session: Session,
    topic: str,
    customer_id: Any,
    template_name: str,
    values: Mapping[str, object],
    *,
    dedupe_key: str | None = None,
    except_contact_id: int | None = None,
) -> list[Contact]:
    """Promise mail about ``topic`` to the customer's contacts who want it; gives them.

    Part of the caller's transaction: the mail leaves if and when that commits. Values are
    the template's own merge fields, as text; a lazy one is written in each reader's language
    (N8). With a ``dedupe_key`` the same contact is
    never written to twice for that key, also when the caller runs twice.
    ``except_contact_id`` is who caused it and need not be told. Raises
    :class:`ConfigError` for an unknown topic or a missing value, :class:`NotFound` for an
    unknown template. A template that is switched off sends nothing.
    """
    template = find_template(template_name)
    missing = {field.name for field in merge_fields(template)} - set(values) - outbox.PERSON_NAMES
    if missing:
        raise ConfigError(
            "contacts.C041",
            f"The template {template_name!r} needs {', '.join(sorted(missing))}.",
            "Give every merge field of the template a value.",
        )
    if not messages.template_enabled(session, template):
        return []
    told = []
    for contact in recipients(session, customer_id, topic):
        if contact.id == except_contact_id:
            continue
        key = _dedupe_key(dedupe_key, contact)
        if key is not None and _was_promised(session, key):
            continue
        with in_language(outbox.language_of(contact)):
            texts = as_texts(values)
        if _promise(session, template, contact, topic, texts, key):
            told.append(contact)
    return told


def _promise(
    session: Session,
    template: MailTemplate,
    contact: Contact,
    topic: str,
    texts: Mapping[str, str],
    key: str | None,
) -> bool:
    """Write the mail; False when another process has promised it at this very moment."""
    # SQLite begins a transaction at the first change only; a savepoint alone would be
    # committed by its release. MariaDB would lock the gap, and two callers each other out.
    if session.get_bind(Mail).dialect.name == "sqlite":
        session.execute(update(Mail).where(Mail.id < 0).values(topic=topic))
    try:
        with session.begin_nested():
            outbox.add_topic_mail(session, template, contact, topic, texts, dedupe_key=key)
    except IntegrityError:
        if key is None or not _was_promised(session, key, now=True):
            raise
        return False
    return True


def _dedupe_key(dedupe_key: str | None, contact: Contact) -> str | None:
    if dedupe_key is None:
        return None
    return hashlib.sha256(
        f"{contact.uuid}:{dedupe_key}".encode("utf-8", "surrogatepass")
    ).hexdigest()


def _was_promised(session: Session, key: str, *, now: bool = False) -> bool:
    """``now``: also after the moment that the caller's transaction sees (MariaDB)."""
    query = select(Mail.id).where(Mail.dedupe_key == key)
    return session.scalar(query.with_for_update(read=True) if now else query) is not None
