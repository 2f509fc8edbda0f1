"""Topics that reach nobody: asked before staff cause it (N6), and found in a list."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from sqlalchemy import and_, distinct, false, func, or_, select
from sqlalchemy.orm import Session
from sqlalchemy.sql.elements import ColumnElement

from ...actors import Actor
from ...errors import SilencesTopics
from ...mail.recipients import count_recipients, fallback_topics, is_mailable, is_reached, reach
from ...models import Contact, ContactTopic
from ...models.customer import customer_key
from ...registry import Topic
from ...state import current_contacts

#: So many customers are looked at for one page: PostgreSQL takes a second for it.
LOOKED_AT = 10_000


@dataclass(frozen=True)
class SilentCustomer:
    """A customer with active contacts, and the topics that none of them gets."""

    customer: Any
    topics: list[Topic]


@dataclass(frozen=True)
class SilentPage:
    """Customers in the order of their keys; ``after`` asks for the next page, None: the last.

    There may be fewer than asked for, or none, and still a next page: a page looks at so
    many customers and no further.
    """

    items: list[SilentCustomer]
    after: Any


@contextmanager
def refuse_silence(
    session: Session,
    customer_id: Any,
    actor: Actor,
    silences: Collection[str],
    *,
    possible: bool = True,
) -> Iterator[None]:
    """Around a change of somebody else's: no topic loses its last recipient unnoticed (N6).

    ``silences`` are the topics of which the caller knows that nobody will get them. Raises
    :class:`SilencesTopics` with all that would fall silent when there are others among
    them; the transaction is rolled back with it. What was silent before stays so without a
    word, and what a contact chooses for itself asks nobody. ``possible`` is False for a change
    that can take no recipient, which asks nothing. Call it after ``primary.lock``.
    """
    if not possible or actor.kind not in {"staff", "contact"}:
        yield
        return
    before = reach(session, customer_id).topics
    yield
    session.flush()
    silenced = before - reach(session, customer_id).topics
    if silenced - set(silences):
        raise SilencesTopics([topic.name for topic in in_order(silenced)])


def silenced_by_leaving(session: Session, contact: Contact) -> list[Topic]:
    """The topics that would reach nobody if the contact left its customer now.

    Who follows a primary contact is not known yet: topics that fall back count as
    reaching somebody where any other contact can be mailed.
    """
    key = contact.customer_id
    if key is None:
        return []
    after = set(count_recipients(session, key, without=contact.id))
    fallbacks = fallback_topics(session) - after
    if fallbacks:
        others = select(Contact.id).where(
            Contact.customer_id == key, Contact.id != contact.id, is_mailable()
        )
        if contact.primary_of is None:
            others = others.where(Contact.primary_of == key)
        if session.scalar(others.limit(1)) is not None:
            after |= fallbacks
    return in_order(reach(session, key).topics - after)


def customers_with_silence(
    session: Session,
    customers: Any,
    topic: Topic | None = None,
    after: Any = None,
    size: int = 50,
    look_at: int = LOOKED_AT,
) -> SilentPage:
    """A page of the customers with active contacts where ``topic`` (or any) reaches nobody.

    ``customers`` is a query of the customers to look at: those that the caller may see.
    Two statements besides the settings', by key, so that no page is slower than the first;
    and at most ``look_at`` customers, so that none is slow where all is well.
    """
    fallbacks = fallback_topics(session)
    topics = list(current_contacts.registry.topics.values())
    wanted = _is_silent([topic] if topic is not None else topics, fallbacks)
    flags = [_is_silent([one], fallbacks) for one in topics]
    if after is not None:
        customers = customers.filter(customer_key > after)
    last = (
        customers.with_entities(customer_key).order_by(customer_key).offset(look_at - 1).limit(1)
    ).scalar()
    query = customers.add_columns(customer_key, *flags).filter(_at_customer(Contact.active), wanted)
    if last is not None:
        query = query.filter(customer_key <= last)
    found = query.order_by(customer_key).limit(size + 1).all()
    items = [
        SilentCustomer(customer, [one for one, silent in zip(topics, of_it, strict=True) if silent])
        for customer, _key, *of_it in found[:size]
    ]
    return SilentPage(items, found[size - 1][1] if len(found) > size else last)


def in_order(names: Iterable[str]) -> list[Topic]:
    """The topics of these names in the order in which they are registered."""
    wanted = set(names)
    return [topic for topic in current_contacts.registry.topics.values() if topic.name in wanted]


def _is_silent(topics: Sequence[Topic], fallbacks: Collection[str]) -> ColumnElement[bool]:
    """In SQL: whether one of the topics reaches nobody at a customer."""
    falling = [topic for topic in topics if topic.name in fallbacks]
    staying = [topic for topic in topics if topic.name not in fallbacks]
    no_primary = ~_at_customer(Contact.primary_of.is_not(None), is_mailable())
    return or_(_misses_some(staying), and_(no_primary, _misses_some(falling)))


def _misses_some(topics: Sequence[Topic]) -> ColumnElement[bool]:
    """Counted, not asked for each topic: a customer's contacts are read once that way."""
    if not topics:
        return false()
    reached = (
        select(func.count(distinct(ContactTopic.name)))
        .join(Contact, ContactTopic.contact_id == Contact.id)
        .where(Contact.customer_id == customer_key, is_reached(topics))
        .correlate(customer_key.table)
        .scalar_subquery()
    )
    return reached < len(topics)


def _at_customer(*conditions: Any) -> ColumnElement[bool]:
    at_customer = and_(Contact.customer_id == customer_key, *conditions)
    return select(Contact.id).where(at_customer).correlate(customer_key.table).exists()
