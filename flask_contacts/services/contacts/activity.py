"""The history of a contact: every change through the services leaves a row (S5).

Old and new values of fields, never a secret: passwords, hashes, tokens and links are
not fields, so they cannot get here.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any

from sqlalchemy import insert
from sqlalchemy.orm import Session

from ...actors import Actor
from ...models import Activity, Contact
from ...models.together import write_values
from .primary import Settled

#: The columns whose changes are kept.
FIELDS = (
    "firstname", "lastname", "middle_name", "position", "email", "phone", "birthday",
    "do_not_send_emails", "do_not_call", "contact_preference", "notes", "manager_id",
    "account_manager_id", "certificate", "timezone", "language", "mobile_phone",
    "mobile_phone2", "email2", "other_contacts",
)  # fmt: skip
Values = Mapping[str, Any]


def snapshot(contact: Contact) -> dict[str, Any]:
    """The contact's values by field, as JSON can hold them."""
    values = {name: getattr(contact, name) for name in FIELDS}
    values["permissions"] = sorted(contact.permission_names)
    values["topics"] = sorted(contact.topic_names)
    return {name: _plain(value) for name, value in values.items()}


def difference(before: Values, after: Values) -> dict[str, list[Any]]:
    """The fields that differ, each with its old and new value."""
    return {
        name: [before.get(name), value]
        for name, value in after.items()
        if (before.get(name) or None) != (value or None)
    }


def record(
    session: Session,
    actor: Actor,
    contact: Contact | int,
    verb: str,
    changes: Mapping[str, list[Any]] | None = None,
) -> None:
    """Note that ``actor`` did ``verb`` to ``contact`` (or its id); the caller commits."""
    pk = contact if isinstance(contact, int) else contact.id
    write_values(session, Activity, row_of(actor, pk, verb, changes))


def record_many(
    session: Session,
    actor: Actor,
    verb: str,
    changes: Mapping[int, Mapping[str, list[Any]] | None],
) -> None:
    """Note the same of many contacts, by their ids, in one statement; the caller commits."""
    if changes:
        rows = [row_of(actor, pk, verb, change) for pk, change in changes.items()]
        session.execute(insert(Activity), rows)


def record_primary(session: Session, actor: Actor, settled: Settled) -> None:
    """Note who became primary and who was it before."""
    if settled.demoted is not None:
        record(session, actor, settled.demoted, "no_longer_primary")
    if settled.promoted is not None:
        record(session, actor, settled.promoted, "made_primary")


def row_of(
    actor: Actor, contact_id: int, verb: str, changes: Mapping[str, list[Any]] | None = None
) -> dict[str, Any]:
    """The columns of a row that says so."""
    return {
        "contact_id": contact_id,
        "verb": verb,
        "changes": dict(changes or {}),
        "actor_kind": actor.kind,
        "actor_staff_id": actor.staff_id,
        "actor_contact_id": actor.contact_id,
        "actor_name": actor.name[:210],
        "address": actor.address[:45] if actor.address else None,
    }


def _plain(value: Any) -> Any:
    return value.isoformat() if isinstance(value, date) else value
