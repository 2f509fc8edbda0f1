"""Reading a customer's contacts, and what a form shows when it opens."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cache
from typing import Any

from sqlalchemy import Select, bindparam, func, select
from sqlalchemy.orm import Session, lazyload, load_only
from sqlalchemy.sql.elements import ColumnElement

from ...models import Contact, ContactPermission
from ...state import current_contacts
from ..settings import default_permissions
from ..staff import users as staff
from .saved import find_contact
from .values import FLAGS, LONG_TEXTS, TEXTS


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
    columns: Sequence[str] = (),
) -> Page:
    """A page of the customer's contacts: primary first, then active ones, by name.

    Archived ones have a list of their own. ``columns`` are those that are read, where few are
    wanted and no permissions.
    """
    asked = {"customer_id": customer_id, "size": size, "skipped": (number - 1) * size}
    items = list(session.scalars(_page_of(archived, tuple(columns)), asked))
    if number == 1 and len(items) < size:
        return Page(items, number, size, len(items))
    total = count_contacts(session, customer_id, archived=archived)
    return Page(items, number, size, total)


def count_contacts(session: Session, customer_id: Any, *, archived: bool = False) -> int:
    """How many contacts the customer has, active or not; archived ones apart."""
    return int(session.scalar(_count_of(archived), {"customer_id": customer_id}) or 0)


@cache
def _page_of(archived: bool, columns: Sequence[str]) -> Select[Any]:
    """Made once, as the other statements here: to make it takes longer than to ask."""
    query = (
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
    return _narrowed(query, columns)


@cache
def _count_of(archived: bool) -> Select[Any]:
    return select(func.count()).select_from(Contact).where(*_listed(archived))


def _listed(archived: bool) -> tuple[ColumnElement[bool], ...]:
    state = Contact.archived_at.is_not(None) if archived else Contact.archived_at.is_(None)
    return (Contact.customer_id == bindparam("customer_id"), state)


def successors(
    session: Session,
    customer_id: Any,
    contact_id: int,
    limit: int = 50,
    *,
    columns: Sequence[str] = (),
) -> list[Contact]:
    """Who could follow a contact as primary: other active ones, by name, at most ``limit``.

    ``columns`` are those that are read, where few are wanted and no permissions.
    """
    asked = {"customer_id": customer_id, "but": contact_id, "size": limit}
    return list(session.scalars(_successors(tuple(columns)), asked))


@cache
def _successors(columns: Sequence[str]) -> Select[Any]:
    is_of_it = Contact.customer_id == bindparam("customer_id")
    query = (
        select(Contact)
        .where(is_of_it, Contact.active, Contact.id != bindparam("but"))
        .order_by(Contact.lastname, Contact.firstname, Contact.id)
        .limit(bindparam("size"))
    )
    return _narrowed(query, columns)


def permissions_held(session: Session, contacts: Sequence[Contact]) -> dict[int, set[str]]:
    """The names of what each contact may open, by its id."""
    held: dict[int, set[str]] = {contact.id: set() for contact in contacts}
    for key, name in session.execute(_names_held(), {"ids": list(held)}) if held else ():
        held[key].add(name)
    return held


@cache
def _names_held() -> Any:
    contact_id = ContactPermission.contact_id
    ids: Any = bindparam("ids", expanding=True)
    return select(contact_id, ContactPermission.name).where(contact_id.in_(ids))


def _narrowed(query: Select[Any], columns: Sequence[str]) -> Select[Any]:
    if not columns:
        return query
    few = load_only(*(getattr(Contact, name) for name in columns))
    return query.options(few, lazyload(Contact.permissions))


def blank_contact(session: Session, customer_id: Any) -> ContactForm:
    """The New Contact form of a customer (BEHAVIOUR C3, C5)."""
    query = select(Contact.id).where(Contact.customer_id == customer_id, Contact.active).limit(1)
    first = session.scalar(query) is None
    permissions = default_permissions(session)
    values: dict[str, Any] = {
        "is_user": True,
        "is_primary": first,
        "contact_preference": "any",
        "permissions": sorted(permissions),
        "topics": sorted(current_contacts.registry.topics_of(permissions)),
    }
    return ContactForm(values=values, primary_locked=first)


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
