"""What a change of many contacts has to know of each."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session
from sqlalchemy.sql.elements import ColumnElement

from ...models import Contact, ContactPermission, ContactTopic
from ...state import current_contacts


@dataclass(frozen=True)
class Facts:
    """A contact as it is, or would be; ``can_mail``: it has an address and wants mail."""

    id: int
    name: str
    customer_id: Any
    active: bool
    archived: bool
    is_primary: bool
    can_mail: bool
    account_manager_id: int | None
    permissions: frozenset[str]
    topics: frozenset[str]

    @cached_property
    def gets(self) -> frozenset[str]:
        """The topics that it is mailed about because they are on (BEHAVIOUR N2)."""
        if not self.active or not self.can_mail or not self.topics:
            return frozenset()
        registered = current_contacts.registry.topics
        return frozenset(
            name
            for name in self.topics
            if name in registered and self._permits(registered[name].module)
        )

    @cached_property
    def waits(self) -> frozenset[str]:
        """The topics that are on without the permission of their module."""
        if not self.topics:
            return frozenset()
        registered = current_contacts.registry.topics
        return frozenset(
            name
            for name in self.topics
            if name in registered and not self._permits(registered[name].module)
        )

    def _permits(self, module: str | None) -> bool:
        return module is None or module in self.permissions


def facts_of(contact: Contact) -> Facts:
    """The facts of a contact that is loaded with its permissions and topics."""
    return Facts(
        contact.id,
        contact.name,
        contact.customer_id,
        contact.active,
        contact.archived_at is not None,
        contact.primary_of is not None,
        contact.email_key is not None and not contact.do_not_send_emails,
        contact.account_manager_id,
        contact.permission_names,
        contact.topic_names,
    )


def load_facts(
    session: Session, ids: Collection[int], visible: ColumnElement[bool], *, names: bool = True
) -> dict[int, Facts]:
    """The facts of those that are visible, by id, in three statements and without a model;
    without ``names`` in one, and nothing of permissions and topics."""
    query = select(
        Contact.id, Contact.firstname, Contact.lastname, Contact.customer_id, Contact.active,
        Contact.archived_at, Contact.primary_of, Contact.email_key, Contact.do_not_send_emails,
        Contact.account_manager_id,
    ).where(Contact.id.in_(ids), visible)  # fmt: skip
    rows = session.execute(query).all()
    found = [row.id for row in rows] if names else []
    permissions = _names(session, ContactPermission, found)
    topics = _names(session, ContactTopic, found)
    return {
        row.id: Facts(
            row.id,
            f"{row.firstname} {row.lastname}",
            row.customer_id,
            row.active,
            row.archived_at is not None,
            row.primary_of is not None,
            row.email_key is not None and not row.do_not_send_emails,
            row.account_manager_id,
            frozenset(permissions.get(row.id, ())),
            frozenset(topics.get(row.id, ())),
        )
        for row in rows
    }


def _names(session: Session, model: Any, ids: Collection[int]) -> dict[int, list[str]]:
    held: dict[int, list[str]] = defaultdict(list)
    if not ids:
        return held
    for contact_id, name in session.execute(
        select(model.contact_id, model.name).where(model.contact_id.in_(ids))
    ):
        held[contact_id].append(name)
    return held
