"""Who gets mail about a topic, and why or why not: the one answer to that question (N1)."""

from __future__ import annotations

from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from ..errors import ConfigError
from ..models import Contact, ContactTopic, Setting
from ..registry import Topic
from ..state import current_contacts

#: The setting that lists the topics with a fallback to the primary contact.
FALLBACK_TOPICS = "fallback_topics"


def find_topic(name: str) -> Topic:
    """The registered topic; :class:`ConfigError` for a name that nobody registered."""
    topic = current_contacts.registry.topics.get(name)
    if topic is None:
        raise ConfigError(
            "contacts.C040", f"There is no topic {name!r}.", "Register it with add_topic()."
        )
    return topic


def why_not(contact: Contact, topic: Topic) -> str | None:
    """Why a contact is not mailed about a topic, as a stable word; None: it is (N2, N7).

    ``inactive``, ``no_email``, ``do_not_send_emails``, ``no_permission`` or ``topic_off``.
    """
    obstacle = cannot_be_mailed(contact)
    if obstacle is not None:
        return obstacle
    if topic.module is not None and topic.module not in contact.permission_names:
        return "no_permission"
    return None if topic.name in contact.topic_names else "topic_off"


def cannot_be_mailed(contact: Contact) -> str | None:
    """What keeps all mail but links and security notices from a contact, or None."""
    if not contact.active:
        return "inactive"
    if contact.email_key is None:
        return "no_email"
    return "do_not_send_emails" if contact.do_not_send_emails else None


def recipients(session: Session, customer_id: Any, topic_name: str) -> list[Contact]:
    """The contacts of a customer that automatic mail about a topic goes to, by name.

    Nobody where none has the topic on, also when there is only one contact; unless the
    topic falls back to the primary contact (a setting, off by default).
    """
    topic = find_topic(topic_name)
    query = (
        select(Contact)
        .join(ContactTopic, ContactTopic.contact_id == Contact.id)
        .where(Contact.customer_id == customer_id, Contact.active, ContactTopic.name == topic.name)
        .order_by(Contact.lastname, Contact.firstname, Contact.id)
    )
    found = [contact for contact in session.scalars(query) if why_not(contact, topic) is None]
    if found or not falls_back(session, topic.name):
        return found
    primary = session.scalars(select(Contact).where(Contact.primary_of == customer_id)).first()
    return [primary] if primary is not None and cannot_be_mailed(primary) is None else []


def falls_back(session: Session, topic_name: str) -> bool:
    """Whether a topic that nobody has on goes to the primary contact."""
    row = session.get(Setting, FALLBACK_TOPICS)
    return row is not None and topic_name in row.value
