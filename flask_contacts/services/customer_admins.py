"""Staff who look after a customer (BEHAVIOUR S7): assign, remove, list."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Select, delete, select
from sqlalchemy.orm import Session

from ..errors import InvalidInput
from ..i18n import _l
from ..models import CustomerAdmin
from . import staff
from .saved import find_customer
from .transaction import in_transaction

_MOST = 100


def assign(session: Session, customer_id: Any, username: str) -> int:
    """Make a staff user an admin of a customer; the user's id. Twice is no error.

    Raises :class:`NotFound` for the customer and :class:`InvalidInput` at ``username``
    for a name that no active staff user has.
    """
    name = username.strip()
    found = staff.staff_id(name) if name and name.isprintable() else None
    if found is None:
        raise InvalidInput({"username": [_l("There is no staff user of this name.")]})

    def work() -> None:
        find_customer(session, customer_id)
        session.merge(CustomerAdmin(customer_id=customer_id, staff_id=found))

    in_transaction(session, work)
    return found


def remove(session: Session, customer_id: Any, user_id: int) -> None:
    """Take a staff user off a customer; somebody who is not on it is no error."""
    statement = delete(CustomerAdmin).where(
        CustomerAdmin.customer_id == customer_id, CustomerAdmin.staff_id == user_id
    )
    in_transaction(session, lambda: session.execute(statement))


def admins_of(session: Session, customer_id: Any) -> list[int]:
    """The ids of the staff users who look after a customer, at most 100."""
    query = (
        select(CustomerAdmin.staff_id)
        .where(CustomerAdmin.customer_id == customer_id)
        .order_by(CustomerAdmin.created_at, CustomerAdmin.staff_id)
        .limit(_MOST)
    )
    return list(session.scalars(query))


def customers_of(user_id: int) -> Select[Any]:
    """The customers' ids of a staff user, to be used inside another query."""
    return select(CustomerAdmin.customer_id).where(CustomerAdmin.staff_id == user_id)
