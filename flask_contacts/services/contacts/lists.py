"""Reading a customer's contacts, and what a form shows when it opens."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cache
from typing import Any

from sqlalchemy import Select, bindparam, func, select
from sqlalchemy.orm import Session
from sqlalchemy.sql.elements import ColumnElement

from ...models import Contact
from ...state import current_contacts
from ..agent.listed_rows import Listed
from ..settings import default_permissions_column, permissions_chosen
from ..staff import users as staff
from .saved import find_contact
from .values import FLAGS, LONG_TEXTS, TEXTS

_NAMED = ("id", "firstname", "lastname", "email")


@dataclass(frozen=True)
class Page:
    """One page of contacts; ``number`` counts from 1, ``total`` counts all pages' rows."""

    items: list[Contact]
    number: int
    size: int
    total: int

    @property
    def has_next(self) -> bool:
        """Whether rows come after this page."""
        return self.number * self.size < self.total


@dataclass(frozen=True)
class ContactForm:
    """What the form shows when it opens: ``values`` by field name.

    ``primary_locked``: Primary contact is not to be chosen, because this is the first
    contact of the customer or the primary one (BEHAVIOUR C3, C4).
    """

    values: dict[str, Any] = field(default_factory=dict)
    contact: Contact | None = None
    primary_locked: bool = False


def list_contacts(
    session: Session,
    customer_id: Any,
    number: int = 1,
    size: int = 25,
    *,
    archived: bool = False,
) -> Page:
    """A page of the customer's contacts: primary first, then active ones, by name.

    Archived ones have a list of their own.
    """
    asked = {"customer_id": customer_id, "size": size, "skipped": (number - 1) * size}
    items = list(session.scalars(_page_of(archived), asked))
    if number == 1 and len(items) < size:
        return Page(items, number, size, len(items))
    total = count_contacts(session, customer_id, archived=archived)
    return Page(items, number, size, total)


def count_contacts(session: Session, customer_id: Any, *, archived: bool = False) -> int:
    """How many contacts the customer has, active or not; archived ones apart."""
    return int(session.scalar(_count_of(archived), {"customer_id": customer_id}) or 0)


@cache
def _page_of(archived: bool) -> Select[Any]:
    """Made once, as the other statements here: to make it takes longer than to ask."""
    return (
        select(Contact)
        .where(*_listed(archived))
        .order_by(
            Contact.is_primary.desc(),
            Contact.active.desc(),
            Contact.lastname,
            Contact.firstname,
            Contact.id,
        )
        .limit(bindparam("size"))
        .offset(bindparam("skipped"))
    )


@cache
def _count_of(archived: bool) -> Select[Any]:
    return select(func.count()).select_from(Contact).where(*_listed(archived))


def _listed(archived: bool) -> tuple[ColumnElement[bool], ...]:
    state = Contact.archived_at.is_not(None) if archived else Contact.archived_at.is_(None)
    return (Contact.customer_id == bindparam("customer_id"), state)


def successors(
    session: Session, customer_id: Any, contact_id: int, limit: int = 50
) -> list[Contact]:
    """Who could follow a contact as primary: other active ones, by name, at most ``limit``."""
    asked = {"customer_id": customer_id, "but": contact_id, "size": limit}
    return list(session.scalars(_others(), asked))


def named_colleagues(
    session: Session, customer_id: Any, contact_id: int | None, limit: int
) -> list[Listed]:
    """The same by their names and addresses alone; all active ones for a new contact."""
    asked = {"customer_id": customer_id, "but": contact_id or 0, "size": limit}
    rows = session.execute(_others(named=True), asked)
    return [Listed(**dict(zip(_NAMED, row, strict=True))) for row in rows]


@cache
def _others(*, named: bool = False) -> Select[Any]:
    contact = Contact.__table__.c
    shown = [contact[name] for name in _NAMED] if named else [Contact]
    return (
        select(*shown)
        .where(contact.customer_id == bindparam("customer_id"), contact.active)
        .where(contact.id != bindparam("but"))
        .order_by(contact.lastname, contact.firstname, contact.id)
        .limit(bindparam("size"))
    )


def blank_contact(session: Session, customer_id: Any) -> ContactForm:
    """The New Contact form of a customer (BEHAVIOUR C3, C5)."""
    has_others, chosen = session.execute(_opening(), {"customer_id": customer_id}).one()
    first, permissions = not has_others, permissions_chosen(chosen)
    values: dict[str, Any] = {
        "is_user": True,
        "is_primary": first,
        "contact_preference": "any",
        "permissions": sorted(permissions),
        "topics": sorted(current_contacts.registry.topics_of(permissions)),
    }
    return ContactForm(values=values, primary_locked=first)


@cache
def _opening() -> Select[Any]:
    """Whether the customer has an active contact, and what staff chose for new ones."""
    is_of_it = Contact.customer_id == bindparam("customer_id")
    others = select(Contact.id).where(is_of_it, Contact.active).exists()
    return select(others, default_permissions_column())


def contact_form(session: Session, customer_id: Any, contact_id: int) -> ContactForm:
    """The edit form of a contact; :class:`NotFound` when it is not this customer's."""
    contact = find_contact(session, customer_id, contact_id)
    names = [*TEXTS, *LONG_TEXTS, *(flag for flag in FLAGS if hasattr(contact, flag))]
    values = {name: getattr(contact, name) for name in names}
    values.update(
        email=contact.email,
        email2=contact.email2,
        contact_preference=contact.contact_preference,
        birthday=contact.birthday.isoformat() if contact.birthday else None,
        manager=contact.manager.email if contact.manager else None,
        account_manager=staff.username_of(contact.account_manager_id),
        is_user=contact.login_id is not None,
        permissions=sorted(contact.permission_names),
        topics=sorted(contact.topic_names),
    )
    return ContactForm(values=values, contact=contact, primary_locked=contact.is_primary)
