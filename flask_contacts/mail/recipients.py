"""Who gets mail about a topic, and why or why not: the one answer to that question (N1).

It is given twice, for one contact in Python and for many in SQL; a test holds the two
together.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from typing import Any, NamedTuple

from sqlalchemy import and_, case, false, func, or_, select, true
from sqlalchemy.orm import Session, object_session, selectinload
from sqlalchemy.sql.elements import ColumnElement

from ..errors import ConfigError
from ..i18n import _l
from ..models import Contact, ContactPermission, ContactTopic, Setting
from ..registry import Topic
from ..state import current_contacts

#: The setting that lists the topics with a fallback to the primary contact.
FALLBACK_TOPICS = "fallback_topics"
#: The reasons, each with its sentence for staff; ``no_permission`` names the module.
REASONS = {
    "topic_on": _l("Topic is on"),
    "fallback": _l("Falls back to the primary contact"),
    "topic_off": _l("Topic is off"),
    "no_permission": _l("No permission for %(module)s"),
    "inactive": _l("Not active"),
    "no_email": _l("No e-mail address"),
    "do_not_send_emails": _l("Do not send emails is ticked"),
}


class Recipient(NamedTuple):
    """Whether a contact is mailed about a topic, and why or why not.

    ``reason`` is a stable word, a key of :data:`REASONS`; ``is_on`` tells whether the
    topic itself is on, whatever else is in the way.
    """

    contact: Contact
    topic: Topic
    reason: str
    is_on: bool

    @property
    def gets(self) -> bool:
        """Whether automatic mail about the topic goes to the contact."""
        return self.reason in {"topic_on", "fallback"}

    @property
    def as_switched(self) -> bool:
        """Whether the switch of the topic tells it all: on and mailed, or off and not."""
        return self.gets == self.is_on

    @property
    def sentence(self) -> str:
        """The reason for staff, in the language of this request."""
        module = current_contacts.registry.modules.get(self.topic.module or "")
        return str(REASONS[self.reason]) % {"module": module.label if module else ""}


class Reach(NamedTuple):
    """How far each topic goes at one customer.

    ``counts``: how many get it because it is on, without those that nobody gets.
    ``fallbacks``: the topics that go to the primary contact because nobody has them on.
    """

    counts: Mapping[str, int]
    fallbacks: frozenset[str]

    @property
    def topics(self) -> frozenset[str]:
        """The topics whose automatic mail goes to somebody."""
        return self.fallbacks.union(self.counts)


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
    The primary contact that the topic falls back to at this moment is mailed.
    """
    found = answer(contact, topic, fallbacks=())
    session = object_session(contact)
    if not found.gets and contact.primary_of is not None and session is not None:
        found = answer(contact, topic, reach(session, contact.customer_id).fallbacks)
    return None if found.gets else found.reason


def cannot_be_mailed(contact: Contact) -> str | None:
    """What keeps all mail but links and security notices from a contact, or None."""
    if not contact.active:
        return "inactive"
    if contact.email_key is None:
        return "no_email"
    return "do_not_send_emails" if contact.do_not_send_emails else None


def answer(contact: Contact, topic: Topic, fallbacks: Collection[str]) -> Recipient:
    """The answer for one contact; ``fallbacks`` are those of its customer's :class:`Reach`."""
    reason = cannot_be_mailed(contact) or _own_answer(contact, topic)
    falls_here = topic.name in fallbacks and contact.primary_of is not None
    if falls_here and reason in {"topic_off", "no_permission"}:
        reason = "fallback"
    return Recipient(contact, topic, reason, topic.name in contact.topic_names)


def recipients(session: Session, customer_id: Any, topic_name: str) -> list[Contact]:
    """The contacts of a customer that automatic mail about a topic goes to, by name.

    Nobody where none has the topic on, also when there is only one contact; unless the
    topic falls back to the primary contact (a setting, off by default).
    """
    topic = find_topic(topic_name)
    query = (
        select(Contact)
        .where(Contact.customer_id == customer_id, is_recipient(topic))
        .order_by(Contact.lastname, Contact.firstname, Contact.id)
    )
    found = list(session.scalars(query))
    if found or topic.name not in fallback_topics(session):
        return found
    return list(
        session.scalars(select(Contact).where(Contact.primary_of == customer_id, is_mailable()))
    )


def explain(
    session: Session,
    customer_id: Any,
    topic_name: str,
    limit: int = 50,
    contact_ids: Collection[int] | None = None,
) -> list[Recipient]:
    """The contacts of a customer with the answer for a topic, at most ``limit``.

    Those who get its mail come first, then the active ones, by name; archived ones are
    left out. ``contact_ids`` narrows it to some, wherever they stand.
    """
    topic, fallbacks = find_topic(topic_name), reach(session, customer_id).fallbacks
    if topic.name in fallbacks:
        gets = and_(Contact.primary_of.is_not(None), is_mailable())
    else:
        gets = is_recipient(topic)
    query = (
        select(Contact)
        .where(Contact.customer_id == customer_id, Contact.archived_at.is_(None))
        .order_by(case((gets, 0), (Contact.active, 1), else_=2))
        .order_by(Contact.lastname, Contact.firstname, Contact.id)
        .options(selectinload(Contact.topics))
        .limit(limit)
    )
    if contact_ids is not None:
        query = query.where(Contact.id.in_(list(contact_ids)))
    return [answer(contact, topic, fallbacks) for contact in session.scalars(query)]


def reach(session: Session, customer_id: Any) -> Reach:
    """How far each topic goes at a customer, in at most three statements; nowhere without one."""
    if customer_id is None:
        return Reach({}, frozenset())
    counts = count_recipients(session, customer_id)
    lacking = fallback_topics(session) - set(counts)
    primary = select(Contact.id).where(Contact.primary_of == customer_id, is_mailable())
    if not lacking or session.scalar(primary) is None:
        lacking = frozenset()
    return Reach(counts, lacking)


def count_recipients(
    session: Session, customer_id: Any, *, without: int | None = None
) -> dict[str, int]:
    """How many contacts get each topic because it is on; one that nobody gets is missing.

    ``without`` is the id of a contact that is not counted.
    """
    query = (
        select(ContactTopic.name, func.count())
        .join(Contact, ContactTopic.contact_id == Contact.id)
        .where(
            Contact.customer_id == customer_id,
            is_reached(current_contacts.registry.topics.values()),
        )
        .group_by(ContactTopic.name)
    )
    if without is not None:
        query = query.where(Contact.id != without)
    return dict(session.execute(query).all())


def is_mailable() -> ColumnElement[bool]:
    """:func:`cannot_be_mailed` in SQL, the other way round."""
    return and_(
        Contact.active, Contact.email_key.is_not(None), Contact.do_not_send_emails.is_(False)
    )


def is_recipient(topic: Topic) -> ColumnElement[bool]:
    """In SQL: whether a contact gets a topic because it is on."""
    is_on = Contact.topics.any(ContactTopic.name == topic.name)
    return and_(is_mailable(), is_on, _permits(topic))


def is_reached(topics: Iterable[Topic]) -> ColumnElement[bool]:
    """In SQL, for a contact joined with its topics: whether it gets that one of ``topics``."""
    each = (and_(ContactTopic.name == topic.name, _permits(topic)) for topic in topics)
    return and_(is_mailable(), or_(false(), *each))


def fallback_topics(session: Session) -> frozenset[str]:
    """The registered topics that go to the primary contact where nobody has them on."""
    row = session.get(Setting, FALLBACK_TOPICS)
    names = row.value if row is not None else ()
    return frozenset(name for name in names if name in current_contacts.registry.topics)


def _own_answer(contact: Contact, topic: Topic) -> str:
    if topic.module is not None and topic.module not in contact.permission_names:
        return "no_permission"
    return "topic_on" if topic.name in contact.topic_names else "topic_off"


def _permits(topic: Topic) -> ColumnElement[bool]:
    if topic.module is None:
        return true()
    return Contact.permissions.any(ContactPermission.name == topic.module)
