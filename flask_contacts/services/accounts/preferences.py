"""A contact's own choice of topics: in the portal, and by the link in topic mail."""

from __future__ import annotations

from collections.abc import Iterable

from sqlalchemy import select
from sqlalchemy.orm import Session

from ... import signals
from ...actors import Actor
from ...errors import InvalidInput, LinkVoid
from ...i18n import _l
from ...mail.topic_links import TopicLink
from ...models import Contact, ContactTopic
from ...registry import EMAIL_NOTIFICATIONS, Topic
from ...state import current_contacts
from ..contacts import activity
from ..contacts.saved import Saved, finish
from ..merging import trail


def choosable_topics(contact: Contact) -> list[Topic]:
    """The topics that a contact may switch: those of permitted modules, and those of none.

    Without the permission Email Notifications (BEHAVIOUR P9) only those that are on, to
    switch them off.
    """
    held = contact.permission_names
    topics = current_contacts.registry.topics.values()
    permitted = [topic for topic in topics if topic.module is None or topic.module in held]
    if EMAIL_NOTIFICATIONS in held:
        return permitted
    return [topic for topic in permitted if topic.name in contact.topic_names]


def contact_of_link(session: Session, link: TopicLink) -> Contact:
    """The active contact of a link in topic mail; raises :class:`LinkVoid` when it has left."""
    query = select(Contact).where(trail.has_uuid(link.contact_uuid), Contact.active)
    contact = session.scalars(query).first()
    if contact is None:
        raise LinkVoid("no_active_contact")
    return contact


def choose_topics(
    session: Session, contact_id: int, names: Iterable[str], address: str | None
) -> Saved:
    """Set which of the choosable topics are on; the others stay as they are.

    Raises :class:`InvalidInput` at ``topics`` for one that is not the contact's to choose,
    :class:`LinkVoid` for a contact that has left.
    """
    wanted = set(names)

    def work() -> Saved:
        contact = _active(session, contact_id)
        may = {topic.name for topic in choosable_topics(contact)}
        if not wanted <= may:
            raise InvalidInput(
                {"topics": [_l("This holds a choice that does not exist. Choose again.")]}
            )
        _write(session, contact, (contact.topic_names - may) | wanted, address)
        return Saved(contact=contact)

    return finish(session, work, signals.contact_changed)


def stop_topic(session: Session, contact_id: int, topic: str, address: str | None) -> Saved:
    """One click in a mail program: this topic is off, the others stay (RFC 8058).

    Where the contact was merged a moment ago, it is off for what it is now.
    """

    def work() -> Saved:
        contact = _active_or_successor(session, contact_id)
        _write(session, contact, contact.topic_names - {topic}, address)
        return Saved(contact=contact)

    return finish(session, work, signals.contact_changed)


def _active(session: Session, contact_id: int) -> Contact:
    query = (
        select(Contact)
        .where(Contact.id == contact_id, Contact.active)
        .execution_options(populate_existing=True)
        .with_for_update()
    )
    contact = session.scalars(query).first()
    if contact is None:
        raise LinkVoid("no_active_contact")
    return contact


def _active_or_successor(session: Session, contact_id: int) -> Contact:
    """Asked once the lock is held: a merge that this waited for may have ended the contact."""
    try:
        return _active(session, contact_id)
    except LinkVoid:
        present = trail.survivor_of(session, contact_id)
        if present is None:
            raise
        return _active(session, present)


def _write(session: Session, contact: Contact, names: Iterable[str], address: str | None) -> None:
    before, after = sorted(contact.topic_names), sorted(names)
    if before == after:
        return
    on = {row.name: row for row in contact.topics}
    contact.topics = [on.get(name) or ContactTopic(name=name) for name in after]
    holder = Actor("contact", contact.name, contact_id=contact.id, address=address)
    activity.record(session, holder, contact, "edited", {"topics": [before, after]})
