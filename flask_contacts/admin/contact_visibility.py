"""Which contacts, and which mails, a staff member may see across the customers (S7)."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, Any

from flask import abort
from sqlalchemy import Select, and_, bindparam, or_, select, true
from sqlalchemy.orm import joinedload
from sqlalchemy.sql.elements import ColumnElement

from ..later import later
from ..models import Contact
from ..state import current_contacts
from .current_staff import current_staff_id, may_view_all
from .customers.sight import (
    key_attribute,
    may_know_of_logins,
    sees_every_customer,
    visible_customers,
)

if TYPE_CHECKING:
    from ..services.mailing import outgoing_mail
    from ..services.mailing.outgoing_mail import MailFilter
else:
    outgoing_mail = later("services.mailing.outgoing_mail")

#: So many customers are named by their keys.
_FEW = 500


def visible() -> ColumnElement[bool]:
    """The contacts of visible customers, and those without a customer that one created.

    A condition for queries on :class:`Contact`; asks the customers' base filters.
    """
    if sees_every_customer():
        return true()
    customers = visible_customers().with_entities(key_attribute()).statement
    return or_(Contact.customer_id.in_(customers), _alone())


def visible_in_list() -> ColumnElement[bool]:
    """The same for a search among all contacts: by the customers' keys where they are few.

    A subquery would be asked about each of a million contacts; keys are looked up.
    """
    if sees_every_customer():
        return true()
    keys = visible_customers().with_entities(key_attribute()).limit(_FEW + 1).all()
    if len(keys) > _FEW:
        return visible()
    return or_(Contact.customer_id.in_([one[0] for one in keys]), _alone())


def _alone() -> ColumnElement[bool]:
    alone: ColumnElement[bool] = Contact.customer_id.is_(None)
    if may_view_all():
        return alone
    return and_(alone, Contact.created_by_id == current_staff_id())


def sees_colleague(contact: Contact, colleague: Contact) -> bool:
    """Whether who sees ``contact`` sees the other as well: one of its company, or another one
    without a company (S7). As :func:`visible`, without a question to the database."""
    if colleague.customer_id is not None:
        return colleague.customer_id == contact.customer_id or sees_every_customer()
    mine = colleague.created_by_id == current_staff_id()
    return mine or may_view_all() or sees_every_customer()


def visible_contact(pk: int) -> Contact:
    """The contact of an address with its customer and login; 404 where unknown or hidden."""
    query = _of_address()
    if not sees_every_customer():
        query = query.where(visible())
    found = current_contacts.session.scalars(query, {"pk": pk}).unique()
    contact: Contact | None = found.one_or_none()
    if contact is None:
        abort(404)
    return contact


@cache
def _of_address() -> Select[Any]:
    """Made once: to make it takes longer than to ask."""
    together = (Contact.customer, Contact.login, Contact.permissions)
    query = select(Contact).where(Contact.id == bindparam("pk"))
    return query.options(*(joinedload(one) for one in together))


def visible_mail() -> MailFilter:
    """The mails to contacts of visible customers; to some staff without those about logins."""
    if sees_every_customer():
        return outgoing_mail.MailFilter()
    mine = visible_customers().with_entities(key_attribute()).subquery()
    return outgoing_mail.MailFilter(customers=select(mine.c[0]), about_logins=may_know_of_logins())
