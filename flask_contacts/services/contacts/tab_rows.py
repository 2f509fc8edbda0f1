"""The contacts of a customer as the tab on its page lists them: with what they may open, and how
many are on the other list, in one statement."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

from sqlalchemy import Select, bindparam, func, select
from sqlalchemy.orm import Session

from ...models import Contact, ContactPermission
from ..agent.listed_rows import Listed
from .lists import count_contacts

_ALWAYS = ("id", "firstname", "lastname", "is_primary", "active")


@dataclass(frozen=True)
class TabRows:
    """A page of contacts, no objects of the session; ``number`` counts from 1, ``total`` counts
    all pages' rows and ``others`` those of the other list, of archived ones or of the rest."""

    items: list[Listed]
    number: int
    size: int
    total: int
    others: int

    @property
    def has_next(self) -> bool:
        """Whether rows come after this page."""
        return self.number * self.size < self.total


def tab_rows(
    session: Session,
    customer_id: Any,
    number: int,
    size: int,
    *,
    archived: bool = False,
    columns: Sequence[str] = (),
) -> TabRows:
    """The customer's contacts in the order of :func:`lists.list_contacts`, each with ``columns``
    and with ``held``, the names of its permissions."""
    asked = {"customer_id": customer_id, "size": size, "skipped": (number - 1) * size}
    names = tuple(dict.fromkeys((*_ALWAYS, *columns)))
    by_id: dict[int, Listed] = {}
    others: int | None = None
    for row in session.execute(_statement(archived, names), asked):
        contact = by_id.get(row[0])
        if contact is None:
            contact = Listed(**dict(zip(names, row, strict=False)), held=set())
            by_id[row[0]], others = contact, row[-2]
        if row[-1] is not None:
            contact.held.add(row[-1])
    if others is None:
        others = count_contacts(session, customer_id, archived=not archived)
    items, total = list(by_id.values()), len(by_id)
    if number > 1 or total == size:
        total = count_contacts(session, customer_id, archived=archived)
    return TabRows(items, number, size, total, others)


@cache
def _statement(archived: bool, names: Sequence[str]) -> Select[Any]:
    """Made once: to make it takes longer than to ask. The permissions are looked up for the few
    rows of a page, after it was cut."""
    contact: Any = Contact.__table__
    held: Any = ContactPermission.__table__
    is_theirs = contact.c.customer_id == bindparam("customer_id")
    is_archived = contact.c.archived_at.is_not(None)
    here, there = (is_archived, ~is_archived) if archived else (~is_archived, is_archived)
    others = select(func.count()).where(is_theirs, there).scalar_subquery()
    page = (
        select(*(contact.c[name] for name in names))
        .where(is_theirs, here)
        .order_by(*_order(contact))
        .limit(bindparam("size"))
        .offset(bindparam("skipped"))
        .subquery("page")
    )
    return (
        select(*page.c, others.label("others"), held.c.name.label("held"))
        .select_from(page.outerjoin(held, held.c.contact_id == page.c.id))
        .order_by(*_order(page))
    )


def _order(rows: Any) -> tuple[Any, ...]:
    columns = rows.c
    first = columns.is_primary.desc(), columns.active.desc()
    return (*first, columns.lastname, columns.firstname, columns.id)
