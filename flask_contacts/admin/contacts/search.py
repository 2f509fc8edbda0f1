"""Finding a contact of a company by what was typed: the look-up of the field Manager."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Sequence
from typing import Any

from sqlalchemy import Select, or_, select
from sqlalchemy.orm import lazyload

from ...email_address import canonical_email
from ...errors import InvalidInput
from ...models import Contact
from ...models.letter_case import begins, equals
from ...models.search_keys import folded
from ...record_keys import typed_key
from ...state import current_contacts
from ..contact_visibility import visible

#: At most so many contacts are offered while typing.
MOST = 20
_LONGEST = 300
_NUMBERED = re.compile(r"(?s)(.*) \(#(.+)\)")
_ADDRESSED = re.compile(r"(?s)(.*) \((\S+@\S+)\)")


def is_label_of(contact: Contact, text: str) -> bool:
    """Whether a text is how this contact was written into a form."""
    name = contact.name
    return text in {name, name.strip(), f"{name} ({contact.email})", f"{name} (#{contact.id})"}


def colleagues_holding(text: str, customer_id: Any, but: int | None = None) -> list[str]:
    """Labels of a customer's contacts (None: those without one) whose name or address begins
    so, by name and at most :data:`MOST`: the address tells those of one name apart."""
    return people_holding(text, [customer_id], but)


def people_holding(text: str, customers: Iterable[Any], but: int | None = None) -> list[str]:
    """The same of several customers, one after the other."""
    text = text.strip()
    if len(text) > _LONGEST or "\x00" in text:
        return []
    found = [row for one in customers for row in _holding(text, one)]
    names = Counter(folded(f"{row.firstname} {row.lastname}") for row in found)
    return [
        _label(row, is_alone=names[folded(f"{row.firstname} {row.lastname}")] == 1)
        for row in found
        if row.id != but
    ]


def _label(row: Any, *, is_alone: bool) -> str:
    name = f"{row.firstname} {row.lastname}"
    if is_alone and "@" not in name and name == name.strip() and _NUMBERED.fullmatch(name) is None:
        return name
    return f"{name} ({row.email or f'#{row.id}'})"


def _holding(text: str, customer_id: Any) -> Sequence[Any]:
    query = (
        _colleagues(customer_id)
        .with_only_columns(Contact.firstname, Contact.lastname, Contact.email, Contact.id)
        .order_by(Contact.lastname, Contact.firstname, Contact.id)
        .limit(MOST)
    )
    if text:
        names = (Contact.lastname, Contact.firstname, _full_name(), Contact.email)
        query = query.where(or_(*(begins(one, text) for one in names)))
    return current_contacts.session.execute(query).all()


def typed_colleague(text: str, customer_id: Any) -> Contact | None:
    """The one visible contact of the customer that was typed, or None.

    ``Ada Lovelace (ada@example.com)`` or ``(#12)``, an address, or a name that only one has.
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
    addressed = _ADDRESSED.fullmatch(text)
    if addressed is not None:
        named = query.where(Contact.email_key == _address_key(addressed[2])).limit(2)
        return next((one for one in session.scalars(named) if is_label_of(one, text)), None)
    if "@" in text:
        query = query.where(Contact.email_key == _address_key(text))
    else:
        query = query.where(equals(_full_name(), text))
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
