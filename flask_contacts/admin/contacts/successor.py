"""Who follows the primary contact: the field of the pages on which one leaves (BEHAVIOUR C4)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from flask import request
from sqlalchemy import Integer, select

from ...email_address import canonical_email
from ...models import Contact
from ...record_keys import typed_key
from ...services.contacts.lists import successors
from ...state import current_contacts

#: The names that a form may post for it.
FIELDS = frozenset({"successor", "successor_email"})
#: More candidates than this are not a select any more: the address is typed.
MOST = 50


@dataclass(frozen=True)
class SuccessorField:
    """The field as the page shows it: ``candidates`` is empty where nobody has to follow."""

    candidates: list[Contact]
    chosen: str = ""
    typed: str = ""

    @property
    def too_many(self) -> bool:
        """Whether the address is typed, because a select would be too long."""
        return len(self.candidates) > MOST


def field_for(key: Any, contact: Contact) -> SuccessorField:
    """The field for a contact that leaves, with what this request posted."""
    if not (contact.active and contact.is_primary):
        return SuccessorField([])
    candidates = successors(current_contacts.session, key, contact.id, MOST + 1)
    chosen, typed = request.form.get("successor", ""), request.form.get("successor_email", "")
    return SuccessorField(candidates, chosen, typed)


def posted(key: Any) -> int | None:
    """The successor that was chosen or typed; the service says whether it can be one.

    Raises :class:`InvalidInput` at ``successor`` for what is no address.
    """
    chosen = request.form.get("successor", "")
    if chosen:
        successor: int | None = typed_key(chosen, Integer())
        return -1 if successor is None else successor
    typed = request.form.get("successor_email", "")
    if not typed:
        return None
    address = canonical_email(typed, "successor")
    query = select(Contact.id).where(
        Contact.customer_id == key, Contact.email_key == address.key, Contact.active
    )
    return current_contacts.session.scalar(query) or -1
