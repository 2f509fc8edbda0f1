"""Who gets what: a customer's contacts by topics, read and changed by staff."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session, selectinload

from ... import signals
from ...actors import SYSTEM, Actor
from ...errors import InvalidInput
from ...i18n import _l
from ...mail.recipients import Reach, Recipient, answer, reach
from ...models import Contact, ContactTopic
from ...registry import Topic
from ...state import current_contacts
from ..announce import announce
from ..contacts import activity, primary
from ..contacts.lists import list_contacts
from ..transaction import in_transaction
from . import silent_topics

#: A contact's id and a topic's name.
Cell = tuple[int, str]


@dataclass(frozen=True)
class MatrixRow:
    """A contact with the answer for each topic, in the order of the topics."""

    contact: Contact
    answers: list[Recipient]


@dataclass(frozen=True)
class TopicMatrix:
    """Some of a customer's contacts by all topics.

    ``reach`` speaks of the whole customer, ``total`` counts its rows.
    """

    topics: list[Topic]
    rows: list[MatrixRow]
    reach: Reach
    total: int

    @property
    def silent(self) -> list[Topic]:
        """The topics that reach nobody at this customer."""
        return [topic for topic in self.topics if topic.name not in self.reach.topics]


@dataclass(frozen=True)
class TopicsSaved:
    """Who was changed; and which cells somebody else had changed since they were shown."""

    changed: list[Contact]
    meanwhile: list[tuple[Contact, Topic]]


def matrix_page(session: Session, customer_id: Any, number: int = 1, size: int = 25) -> TopicMatrix:
    """A page of the customer's contacts that are not archived: primary, active, by name."""
    page = list_contacts(session, customer_id, number, size)
    return matrix_of(session, customer_id, [one.id for one in page.items], page.total)


def matrix_of(
    session: Session, customer_id: Any, contact_ids: Collection[int], total: int = 1
) -> TopicMatrix:
    """The rows of these contacts of the customer, in this order; others are left out."""
    topics = list(current_contacts.registry.topics.values())
    reached = reach(session, customer_id)
    contacts = _contacts(session, customer_id, contact_ids)
    rows = [
        MatrixRow(
            contacts[one], [answer(contacts[one], topic, reached.fallbacks) for topic in topics]
        )
        for one in contact_ids
        if one in contacts
    ]
    return TopicMatrix(topics, rows, reached, total)


def save_topics(
    session: Session,
    customer_id: Any,
    shown: Mapping[Cell, bool],
    wanted: Mapping[Cell, bool],
    actor: Actor = SYSTEM,
    *,
    silences: Collection[str] = (),
) -> TopicsSaved:
    """Switch the topics that differ between what was ``shown`` and what is ``wanted``.

    A cell that nobody touched here stays as it is now, also where somebody else has changed
    it since. Raises :class:`InvalidInput` at ``contacts`` or ``topics`` for a change to what
    is not (any more) the customer's, :class:`SilencesTopics` where staff take the last
    recipient of a topic that ``silences`` does not name (N6); then nothing is saved.
    """
    _require_known_topics(shown)
    switched = {cell: on for cell, on in wanted.items() if on != shown[cell]}

    def work() -> tuple[TopicsSaved, list[int]]:
        primary.lock(session, customer_id)
        contacts = _contacts(session, customer_id, {one for one, _topic in shown})
        if not {one for one, _topic in switched} <= set(contacts):
            text = _l("One of these contacts is not there any more. Look at the list again.")
            raise InvalidInput({"contacts": [text]})
        meanwhile = _changed_since(contacts, shown, switched)
        with silent_topics.refuse_silence(session, customer_id, actor, silences):
            changed = [
                contact
                for contact in contacts.values()
                if _switch(session, contact, switched, actor)
            ]
        return TopicsSaved(changed, meanwhile), [contact.id for contact in changed]

    result, ids = in_transaction(session, work)
    for one in ids:
        announce(session, signals.contact_changed, contact_id=one)
    return result


def _contacts(
    session: Session, customer_id: Any, contact_ids: Collection[int]
) -> dict[int, Contact]:
    query = (
        select(Contact)
        .where(
            Contact.customer_id == customer_id,
            Contact.id.in_(list(contact_ids)),
            Contact.archived_at.is_(None),
        )
        .order_by(Contact.id)
        .options(selectinload(Contact.topics))
        .execution_options(populate_existing=True)
    )
    return {contact.id: contact for contact in session.scalars(query)}


def _require_known_topics(cells: Collection[Cell]) -> None:
    if not {topic for _contact, topic in cells} <= set(current_contacts.registry.topics):
        text = _l("This holds a choice that does not exist. Choose again.")
        raise InvalidInput({"topics": [text]})


def _changed_since(
    contacts: Mapping[int, Contact], shown: Mapping[Cell, bool], switched: Collection[Cell]
) -> list[tuple[Contact, Topic]]:
    """The untouched cells that are not as shown; where both switched alike, nothing is lost."""
    topics = current_contacts.registry.topics
    return [
        (contacts[one], topics[name])
        for (one, name), on in shown.items()
        if one in contacts
        and (one, name) not in switched
        and on != (name in contacts[one].topic_names)
    ]


def _switch(
    session: Session, contact: Contact, switched: Mapping[Cell, bool], actor: Actor
) -> bool:
    """Switch the contact's cells; whether that changed anything."""
    before = contact.topic_names
    off = {name for (one, name), on in switched.items() if one == contact.id and not on}
    after = before - off | {
        name for (one, name), on in switched.items() if one == contact.id and on
    }
    if after == before:
        return False
    present = {row.name: row for row in contact.topics}
    contact.topics = [present.get(name) or ContactTopic(name=name) for name in sorted(after)]
    changes = {"topics": [sorted(before), sorted(after)]}
    activity.record(session, actor, contact, "edited", changes)
    return True
