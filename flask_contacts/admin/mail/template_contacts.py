"""The contact that a template is shown with: found by typing, among those that one may see."""

from __future__ import annotations

import re
from typing import Any

from sqlalchemy import Select, and_, false, or_, select
from sqlalchemy.orm import joinedload

from ...i18n import _
from ...models import Contact
from ...state import current_contacts
from ..current_staff import current_staff_id, may_view_all
from ..customers.contacts_tab import ContactsTab
from ..customers.sight import key_attribute, sees_every_customer, visible_customers

#: At most so many contacts are offered while typing.
MOST = 20
_LONGEST = 200
_MOST_WORDS = 4
_NUMBERED = re.compile(r"(?s).*\(#([0-9]{1,9})\)\s*")
_ADDRESSED = re.compile(r"(?s).*?, (\S+@[^\s,]+), .*")


def may_choose() -> bool:
    """Whether the staff user sees contacts at all."""
    name = ContactsTab.class_permission_name
    held: bool = current_contacts.appbuilder.sm.has_access("can_show", name)
    return held


def offered_contacts(text: str = "") -> list[Contact]:
    """Visible contacts in whose name or address every word of ``text`` stands, newest first."""
    words = text.split()
    if len(text) > _LONGEST or "\x00" in text or len(words) > _MOST_WORDS or not may_choose():
        return []
    query = _visible().where(*(_holds(word) for word in words))
    return list(current_contacts.session.scalars(query.order_by(Contact.id.desc()).limit(MOST)))


def typed_contact(text: str) -> Contact | None:
    """The one contact that was typed: as it was offered, or words that one contact holds."""
    numbered = _NUMBERED.fullmatch(text)
    if numbered is not None:
        return visible_contact(int(numbered[1]))
    addressed = _ADDRESSED.fullmatch(text.strip())
    if addressed is not None:
        return _labelled(text.strip(), addressed[1])
    found = offered_contacts(text) if text.strip() else []
    return found[0] if len(found) == 1 else None


def _labelled(text: str, address: str) -> Contact | None:
    """The contact with the address that is offered as this text; None where two are."""
    if len(text) > 3 * _LONGEST or "\x00" in text or not may_choose():
        return None
    query = _visible().where(Contact.email_key == address.casefold()).limit(MOST)
    found = [one for one in current_contacts.session.scalars(query) if label_of(one) == text]
    return found[0] if len(found) == 1 else None


def visible_contact(contact_id: int) -> Contact | None:
    """The contact of that id; None where it is unknown or hidden from this staff member."""
    if not may_choose():
        return None
    return current_contacts.session.scalars(_visible().where(Contact.id == contact_id)).first()


def label_of(contact: Contact) -> str:
    """A contact as it is offered: name, address and company tell namesakes apart, and the key
    does where one has no address."""
    company = str(contact.customer or _("No company yet"))
    if contact.email:
        return f"{contact.name}, {contact.email}, {company}"
    return f"{contact.name}, {company} (#{contact.id})"


def _visible() -> Select[Any]:
    """Contacts that are not archived, of visible customers, and those of none (BEHAVIOUR S7)."""
    query = select(Contact).where(Contact.archived_at.is_(None))
    query = query.options(joinedload(Contact.customer))
    if sees_every_customer():
        return query
    keys: Any = visible_customers().with_entities(key_attribute()).subquery()
    theirs = Contact.customer_id.in_(select(keys.c[0]))
    return query.where(or_(theirs, and_(Contact.customer_id.is_(None), _of_nobody_and_mine())))


def _of_nobody_and_mine() -> Any:
    if may_view_all():
        return Contact.customer_id.is_(None)
    me = current_staff_id()
    return false() if me is None else Contact.created_by_id == me


def _holds(word: str) -> Any:
    columns = (Contact.firstname, Contact.lastname, Contact.email)
    return or_(*(column.icontains(word, autoescape=True) for column in columns))
