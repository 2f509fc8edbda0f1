"""A customer that contacts belong to is not deleted, nor given another key, by any session.

The database says so too (RESTRICT), but SQLite checks foreign keys only where the host
switched that on, and it gives a deleted row's id to the next customer: whoever signs in
as the old one's contact would be inside the new one. These are mapper events, so hosts'
views, actions and scripts are held as well. Bulk and raw statements pass them by.
"""

from __future__ import annotations

from typing import Any

from sqlalchemy import Connection, delete, event, func, inspect, select
from sqlalchemy.orm import Mapper

from ..errors import CustomerHasContacts, CustomerKeyInUse
from .activity import CustomerAdmin
from .contact import Contact
from .customer import Customer, CustomerNote

_OURS = (Contact, CustomerNote, CustomerAdmin)


def _before_delete(mapper: Mapper[Any], connection: Connection, customer: Any) -> None:
    """Refuse, or let the notes and admins go: the id may come back as another customer's. They
    go first: from then on SQLite lets nobody else write, as a contact of this customer."""
    key = _key(customer)
    for table in (CustomerNote, CustomerAdmin):
        connection.execute(delete(table).where(table.customer_id == key))
    count = connection.scalar(select(func.count()).where(Contact.customer_id == key)) or 0
    if count:
        raise CustomerHasContacts(count, key)


def _before_update(mapper: Mapper[Any], connection: Connection, customer: Any) -> None:
    refuse_new_key(connection, customer)


def refuse_new_key(connection: Connection, customer: Any) -> None:
    """Raise :class:`CustomerKeyInUse` for a changed key that rows of ours refer to."""
    key = _key(customer)
    if inspect(customer).mapper.primary_key_from_instance(customer)[0] == key:
        return
    for table in _OURS:
        row = select(table.customer_id).where(table.customer_id == key).limit(1)
        if connection.execute(row).first() is not None:
            raise CustomerKeyInUse(key)


def _key(customer: Any) -> Any:
    """The key that the database knows the customer by."""
    return inspect(customer).identity[0]


event.listen(Customer, "before_delete", _before_delete, propagate=True)
event.listen(Customer, "before_update", _before_update, propagate=True)
