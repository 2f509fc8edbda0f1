"""Staff who look after a customer (BEHAVIOUR S7): assign, remove, list."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from sqlalchemy import Select, delete, select
from sqlalchemy.orm import Session

from ...errors import InvalidInput
from ...i18n import _l
from ...models import CustomerAdmin
from ..contacts.saved import find_customer
from ..staff import users as staff
from ..transaction import in_transaction

_MOST = 100


@dataclass(frozen=True)
class Assigned:
    """The staff user who is an admin of the customer now, and whether that is new."""

    staff_id: int
    is_new: bool


def assign(session: Session, customer_id: Any, name: str) -> Assigned:
    """Make a staff user an admin of a customer, by user name or full name. Twice is no error.

    Raises :class:`NotFound` for the customer and :class:`InvalidInput` at ``username``
    for a name that no active staff user has, and for a full name that several have.
    """
    found = _only_one(name.strip())

    def work() -> Assigned:
        find_customer(session, customer_id)
        if session.get(CustomerAdmin, (customer_id, found)) is not None:
            return Assigned(found, is_new=False)
        session.add(CustomerAdmin(customer_id=customer_id, staff_id=found))
        return Assigned(found, is_new=True)

    return in_transaction(session, work)


def _only_one(name: str) -> int:
    if name and name.isprintable():
        found = staff.staff_id(name)
        if found is not None:
            return found
        alike = staff.staff_ids_of_full_name(name)
        if len(alike) == 1:
            return alike[0]
        if alike:
            text = _l("Several staff users are called so. Type the user name.")
            raise InvalidInput({"username": [text]})
    raise InvalidInput({"username": [_l("There is no staff user of this name.")]})


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


def looks_after_any(session: Session, user_id: int) -> bool:
    """Whether a staff user looks after any customer."""
    return session.scalar(customers_of(user_id).limit(1)) is not None


def looks_after(session: Session, user_id: int, customer_id: Any) -> bool:
    """Whether a staff user looks after this customer."""
    found = customers_of(user_id).where(CustomerAdmin.customer_id == customer_id)
    return session.scalar(found) is not None


def customers_of(user_id: int) -> Select[Any]:
    """The customers' ids of a staff user, to be used inside another query."""
    return select(CustomerAdmin.customer_id).where(CustomerAdmin.staff_id == user_id)
