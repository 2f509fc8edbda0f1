"""Finding a contact of a company by what was typed: the look-up of the field Manager."""

from __future__ import annotations

import re
from typing import Any

from sqlalchemy import Select, func, or_, select
from sqlalchemy.orm import lazyload

from ...email_address import canonical_email
from ...errors import InvalidInput
from ...models import Contact
from ...record_keys import typed_key
from ...state import current_contacts
from ..contact_visibility import visible

#: At most so many contacts are offered while typing.
MOST = 20
_LONGEST = 300
_NUMBERED = re.compile(r"(?s)(.*) \(#(.+)\)")


def label_of(contact: Contact) -> str:
    """A contact as it is offered: its name, and the key that tells it from others."""
    return f"{contact.name} (#{contact.id})"


def colleagues_holding(text: str, customer_id: Any, but: int | None = None) -> list[str]:
    """Labels of a customer's contacts (None: those without one) whose name or address begins
    so, by name and at most :data:`MOST`."""
    text = text.strip()
    if len(text) > _LONGEST or "\x00" in text:
        return []
    query = (
        _colleagues(customer_id)
        .with_only_columns(Contact.firstname, Contact.lastname, Contact.id)
        .order_by(Contact.lastname, Contact.firstname, Contact.id)
        .limit(MOST)
    )
    if text:
        names = (Contact.lastname, Contact.firstname, _full_name(), Contact.email)
        query = query.where(or_(*(one.istartswith(text, autoescape=True) for one in names)))
    if but is not None:
        query = query.where(Contact.id != but)
    found = current_contacts.session.execute(query)
    return [f"{firstname} {lastname} (#{pk})" for firstname, lastname, pk in found]


def typed_colleague(text: str, customer_id: Any) -> Contact | None:
    """The one visible contact of the customer that was typed, or None.

    ``Ada Lovelace (#12)`` as it was offered, an address, or a name that only one has.
    """
    text = text.strip()
    if not text or len(text) > _LONGEST or "\x00" in text:
        return None
    session = current_contacts.session
    numbered = _NUMBERED.fullmatch(text)
    if numbered is not None:
        key = typed_key(numbered[2], Contact.__table__.c.id.type)
        found = session.scalars(_colleagues(customer_id, archived=True).where(Contact.id == key))
        contact = found.first() if key is not None else None
        return contact if contact is not None and contact.name == numbered[1] else None
    query = _colleagues(customer_id)
    if "@" in text:
        query = query.where(Contact.email_key == _address_key(text))
    else:
        query = query.where(func.lower(_full_name()) == func.lower(text))
    alike = list(session.scalars(query.limit(2)))
    return alike[0] if len(alike) == 1 else None


def _colleagues(customer_id: Any, *, archived: bool = False) -> Select[Any]:
    query = (
        select(Contact)
        .where(Contact.customer_id == customer_id, visible())
        .options(lazyload(Contact.permissions))
    )
    return query if archived else query.where(Contact.archived_at.is_(None))


def _full_name() -> Any:
    return Contact.firstname + " " + Contact.lastname


def _address_key(text: str) -> str | None:
    try:
        return canonical_email(text, "manager").key
    except InvalidInput:
        return None
