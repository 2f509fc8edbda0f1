"""The records of the host's under a contact's page: read, linked, unlinked (BEHAVIOUR S6).

``shown`` is always a query of the model's rows that the asking staff member may see.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from sqlalchemy import func, inspect, select
from sqlalchemy.orm import Session, selectinload

from ...actors import SYSTEM, Actor
from ...errors import ConfigError, InvalidInput
from ...i18n import _l
from ...models import Contact
from ...models.related import RelatedRecords
from ..contacts import activity, primary
from ..contacts.saved import find_contact
from ..transaction import in_transaction

PAGE_SIZE = 25
#: Nothing is counted any further.
MOST_COUNTED = 1000


@dataclass(frozen=True)
class RelatedPage:
    """Rows, the newest key first; ``after`` asks for the next page, None: the last one.

    ``total`` counts all pages, up to 1,001 for more than 1,000.
    """

    rows: list[Any]
    total: int
    after: Any


def model_of(related: RelatedRecords, contact: Contact) -> Any:
    """The model that a list is of; :class:`ConfigError` for a query that is of no one model."""
    entities = [one.get("entity") for one in related.query(contact).column_descriptions]
    if len(entities) != 1 or entities[0] is None or len(inspect(entities[0]).primary_key) != 1:
        raise ConfigError(
            "contacts.C112",
            f"The query of the related list {related.name!r} selects no one model.",
            "Select one model with a primary key of one column.",
        )
    return entities[0]


def key_of(model: Any) -> Any:
    """The mapped attribute that is the model's primary key."""
    mapper = inspect(model)
    return getattr(model, mapper.get_property_by_column(mapper.primary_key[0]).key)


def related_page(
    session: Session, related: RelatedRecords, contact: Contact, shown: Any, after: Any = None
) -> RelatedPage:
    """A page by key, so that the last one is as quick as the first."""
    model = model_of(related, contact)
    key = key_of(model)
    mine = shown.filter(key.in_(_keys(related, contact)))
    page = mine if after is None else mine.filter(key < after)
    page = page.options(*_together(related, model)).order_by(None).order_by(key.desc())
    found = list(page.limit(PAGE_SIZE + 1))
    rows, more = found[:PAGE_SIZE], len(found) > PAGE_SIZE
    total = len(rows)
    if more or after is not None:
        some = mine.order_by(None).with_entities(key).limit(MOST_COUNTED + 1).subquery()
        total = session.scalar(select(func.count()).select_from(some)) or 0
    return RelatedPage(rows, total, getattr(rows[-1], key.key) if more else None)


def linked(related: RelatedRecords, contact: Contact, shown: Any, key: Any) -> Any:
    """The record of that key if it is among those of the contact, else None."""
    column = key_of(model_of(related, contact))
    return shown.filter(column == key, column.in_(_keys(related, contact))).first()


def link_record(
    session: Session,
    customer_id: Any,
    contact_id: int,
    related: RelatedRecords,
    key: Any,
    label: str,
    actor: Actor = SYSTEM,
) -> bool:
    """Link a record, seen by the caller under ``label``; whether it was not linked before.

    Raises :class:`NotFound`, and :class:`InvalidInput` for an archived contact and what the
    host refuses.
    """
    return _change(
        session, customer_id, contact_id, related, key, (related.link, "linked", label), actor
    )


def unlink_record(
    session: Session,
    customer_id: Any,
    contact_id: int,
    related: RelatedRecords,
    key: Any,
    label: str,
    actor: Actor = SYSTEM,
) -> bool:
    """Part a record from the contact; whether it was linked. Errors as for linking."""
    return _change(
        session, customer_id, contact_id, related, key, (related.unlink, "unlinked", label), actor
    )


def _change(
    session: Session,
    customer_id: Any,
    contact_id: int,
    related: RelatedRecords,
    key: Any,
    how: tuple[Callable[..., object] | None, str, str],
    actor: Actor,
) -> bool:
    do, verb, label = how

    def work() -> bool:
        primary.lock_one(session, contact_id)
        contact = find_contact(session, customer_id, contact_id)
        if do is None or contact.archived_at is not None:
            text = _l("This contact is archived. Restore it first.")
            raise InvalidInput({"record": [text]})
        column = key_of(model_of(related, contact))
        is_linked = _keys(related, contact).where(column == key)
        if (session.execute(is_linked).first() is not None) == (verb == "linked"):
            return False
        do(session, contact, key)
        session.flush()
        words = f"{related.label}: {label}"[:300]
        pair = [None, words] if verb == "linked" else [words, None]
        activity.record(session, actor, contact, verb, {"related": pair})
        return True

    return in_transaction(session, work)


def _together(related: RelatedRecords, model: Any) -> list[Any]:
    """Other records that the columns show are read at once, not for each row."""
    relations = inspect(model).relationships
    return [selectinload(getattr(model, name)) for name in related.columns if name in relations]


def _keys(related: RelatedRecords, contact: Contact) -> Any:
    key = key_of(model_of(related, contact))
    return related.query(contact).order_by(None).with_only_columns(key)
