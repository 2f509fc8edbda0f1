"""Which contacts, and which mails, a staff member may see across the customers (S7)."""

from __future__ import annotations

from sqlalchemy import and_, or_, select, true
from sqlalchemy.sql.elements import ColumnElement

from ..models import Contact
from ..services.outgoing_mail import MailFilter
from .current_staff import current_staff_id, may_view_all
from .customers import (
    key_attribute,
    may_know_of_logins,
    sees_every_customer,
    visible_customers,
)


def visible() -> ColumnElement[bool]:
    """The contacts of visible customers, and those without a customer that one created.

    A condition for queries on :class:`Contact`; asks the customers' base filters.
    """
    if sees_every_customer():
        return true()
    customers = visible_customers().with_entities(key_attribute()).statement
    alone: ColumnElement[bool] = Contact.customer_id.is_(None)
    if not may_view_all():
        alone = and_(alone, Contact.created_by_id == current_staff_id())
    return or_(Contact.customer_id.in_(customers), alone)


def visible_mail() -> MailFilter:
    """The mails to contacts of visible customers; to some staff without those about logins."""
    if sees_every_customer():
        return MailFilter()
    mine = visible_customers().with_entities(key_attribute()).subquery()
    return MailFilter(customers=select(mine.c[0]), about_logins=may_know_of_logins())
