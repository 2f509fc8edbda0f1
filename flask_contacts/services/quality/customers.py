"""Customers that nobody can be reached at, counted and in a list.

``customers`` is always a query of the customers that the asker may see (BEHAVIOUR S7). Every
customer with an active contact has a primary one (C3), so the unique index of the primary
contacts finds those without either; the few that are left are looked at closely.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import and_, case, func, select
from sqlalchemy.orm import Session
from sqlalchemy.sql.elements import ColumnElement

from ...i18n import _l
from ...models import Contact
from ...models.customer import customer_key

NO_ACTIVE, NO_PRIMARY = "no_active_contact", "no_primary_contact"
#: What may be wrong with a customer, with labels.
PROBLEMS = {
    NO_ACTIVE: _l("Customers without an active contact"),
    NO_PRIMARY: _l("Customers with active contacts and no primary one"),
}


@dataclass(frozen=True)
class Row:
    """A customer, and how many contacts it has by their state."""

    customer: Any
    active: int = 0
    inactive: int = 0
    archived: int = 0


@dataclass(frozen=True)
class CustomerPage:
    """Customers in the order of their keys; ``after`` asks for the next page, None: the last."""

    rows: list[Row]
    after: Any


def count_customers(session: Session, customers: Any) -> dict[str, int]:
    """How many customers have each problem: all of them, in one statement."""
    query = customers.filter(_no_primary()).with_entities(
        customer_key.label("customer"), _some_active().label("has_active")
    )
    found = query.subquery()
    has_active = func.coalesce(func.sum(case((found.c.has_active, 1), else_=0)), 0)
    total, broken = session.execute(select(func.count(), has_active).select_from(found)).one()
    return {NO_ACTIVE: int(total) - int(broken), NO_PRIMARY: int(broken)}


def customer_page(
    session: Session, customers: Any, problem: str, after: Any = None, size: int = 50
) -> CustomerPage:
    """A page of the customers with the problem, in two statements."""
    if after is not None:
        customers = customers.filter(customer_key > after)
    query = customers.add_columns(customer_key).filter(_has(problem))
    found = query.order_by(customer_key).limit(size + 1).all()
    shown = found[:size]
    numbers = _contacts_of(session, [key for _customer, key in shown])
    rows = [Row(customer, *numbers.get(key, (0, 0, 0))) for customer, key in shown]
    return CustomerPage(rows, shown[-1][1] if len(found) > size else None)


def _contacts_of(session: Session, keys: list[Any]) -> Mapping[Any, tuple[int, int, int]]:
    """By customer: the contacts that are active, inactive and archived."""
    if not keys:
        return {}
    archived = Contact.archived_at.is_not(None)
    query = (
        select(
            Contact.customer_id,
            func.sum(case((Contact.active.expression, 1), else_=0)),
            func.sum(case((and_(~Contact.active.expression, ~archived), 1), else_=0)),
            func.sum(case((archived, 1), else_=0)),
        )
        .where(Contact.customer_id.in_(keys))
        .group_by(Contact.customer_id)
    )
    return {
        key: (int(active), int(inactive), int(gone))
        for key, active, inactive, gone in session.execute(query)
    }


def _has(problem: str) -> ColumnElement[bool]:
    return and_(_no_primary(), _some_active() if problem == NO_PRIMARY else ~_some_active())


def _no_primary() -> ColumnElement[bool]:
    return ~_exists(Contact.primary_of == customer_key)


def _some_active() -> ColumnElement[bool]:
    return _exists(Contact.customer_id == customer_key, Contact.active.expression)


def _exists(*conditions: ColumnElement[bool]) -> ColumnElement[bool]:
    return select(Contact.id).where(*conditions).correlate(customer_key.table).exists()
