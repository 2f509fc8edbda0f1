"""Contacts that hold permissions and topics in any mixture, and what is wrong with each."""

from __future__ import annotations

from random import Random
from typing import Any

from sqlalchemy.orm import Session

from flask_contacts.models import Contact, ContactPermission, ContactTopic, Mail
from flask_contacts.services.agent.filters import Filters
from flask_contacts.services.agent.listing import (
    ListQuery,
    Scope,
    contact_page,
    count_matching,
    matching_ids,
)
from flask_contacts.services.quality.problems import NO_PERMISSION, NO_TOPIC
from flask_contacts.state import current_contacts

PERMISSIONS = ["invoices", "support", "projects", "proposals", "email_notifications"]
TOPICS = ["invoice", "credit_note", "tickets", "project", "task"]


def add(session: Session, permissions: Any = (), topics: Any = (), **columns: Any) -> Contact:
    """A contact straight into the table."""
    values = {"firstname": "Ada", "lastname": "Number", "email_scope": "x", **columns}
    contact = Contact(
        **values,
        permissions=[ContactPermission(name=name) for name in permissions],
        topics=[ContactTopic(name=name) for name in topics],
    )
    session.add(contact)
    session.flush()
    return contact


def add_mixture(session: Session, seed: int, count: int = 60) -> dict[str, set[int]]:
    """Contacts at random; the ids of the active ones that have each problem."""
    chance = Random(seed)
    modules = {one.name: one.module for one in current_contacts.registry.topics.values()}
    wanted: dict[str, set[int]] = {NO_TOPIC: set(), NO_PERMISSION: set()}
    for _number in range(count):
        held = {name for name in PERMISSIONS if chance.random() < 0.4}
        topics = {name for name in TOPICS if chance.random() < 0.5}
        contact = add(session, held, topics, active=chance.random() < 0.9)
        if not contact.active:
            continue
        told = {modules[name] for name in topics}
        if (held & set(modules.values())) - told:
            wanted[NO_TOPIC].add(contact.id)
        if told - held:
            wanted[NO_PERMISSION].add(contact.id)
    return wanted


def found(session: Session, problem: str, scope: Scope | None = None, **more: Any) -> set[int]:
    """The ids in the list of a problem; its page, its number and its ids for bulk agree."""
    query = ListQuery(filters=Filters(problem=problem, **more), size=1000)
    scope = scope or Scope()
    page = contact_page(session, scope, query)
    ids = {one.id for one in page.contacts}
    assert count_matching(session, scope, query) in {len(ids), None}
    assert set(matching_ids(session, scope, query)[0]) == ids
    return ids


def add_mail(
    session: Session, contact: Contact, state: str, error: str | None, to: str | None = None
) -> None:
    """A mail to a contact that ended so."""
    number = session.query(Mail).count()
    session.add(
        Mail(
            message_id=f"<{number}@x>", template="welcome", language="en", subject="Hi",
            recipient=to or contact.email_key, contact_id=contact.id, state=state, error=error,
        )
    )  # fmt: skip
    session.flush()
