"""The bundled customers: create, change, delete; what of ours goes with any customer."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from sqlalchemy import delete, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from ...errors import ContactsError, CustomerHasContacts, InvalidInput
from ...i18n import _l
from ...later import later
from ...models import Customer, CustomerAdmin, CustomerNote
from ...models.customer import customer_key
from ..field_checks import FieldChecks, is_web_address
from ..meanwhile import Marks, merged
from ..transaction import in_transaction

if TYPE_CHECKING:
    from ..contacts import host_references, lists, saved
    from ..contacts.host_references import HostReference
else:
    host_references = later("services.contacts.host_references")
    lists = later("services.contacts.lists")
    saved = later("services.contacts.saved")


#: What may be written of a bundled customer.
COLUMNS = (
    "company", "vat_number", "phone", "website", "address", "city", "state", "zip_code",
    "country",
)  # fmt: skip


class CustomerInUse(ContactsError):
    """Rows of the host belong to the customer, and their foreign keys forbid its deletion.

    ``tables`` as in :class:`ContactInUse`.
    """

    def __init__(self, tables: Mapping[str, int]) -> None:
        super().__init__("other records belong to the customer")
        self.tables = dict(tables)


def checked(raw: Mapping[str, object]) -> dict[str, str]:
    """The columns that ``raw`` names, as they may be written; the company is not left empty.

    Raises :class:`InvalidInput` with the problems at their columns.
    """
    checks = FieldChecks(raw)
    values = {
        name: checks.text(name, Customer.__table__.c[name].type.length) or ""
        for name in COLUMNS
        if name in raw
    }
    if "company" in raw:
        checks.require("company")
    if values.get("website") and not is_web_address(values["website"]):
        text = _l("Type an address that starts with https:// or http://.")
        checks.fail("website", text)
    if checks.errors:
        raise InvalidInput(checks.errors)
    return values


def create_customer(
    session: Session, values: Mapping[str, str], admin_id: int | None = None
) -> Any:
    """Create a bundled customer; ``values`` by column, empty ones are stored as NULL.

    ``admin_id`` is a staff user who becomes its customer admin in the same transaction:
    somebody who sees only own customers would lose it otherwise (BEHAVIOUR S7).
    """

    def work() -> Any:
        customer = Customer()
        _write(customer, values)
        session.add(customer)
        session.flush()
        if admin_id is not None:
            session.add(CustomerAdmin(customer_id=customer.id, staff_id=admin_id))
        return customer

    return in_transaction(session, work)


def edit_customer(
    session: Session, customer_id: Any, values: Mapping[str, str], *, opened: Marks | None = None
) -> Any:
    """Change a bundled customer.

    ``opened`` are the marks of what its form said when it was opened (``services.meanwhile``).
    Raises :class:`NotFound`, and :class:`Overtaken` for what others have changed as well.
    """

    def work() -> Any:
        if opened is not None:
            key = select(customer_key).where(customer_key == customer_id)
            session.execute(key.with_for_update())
        customer = saved.find_customer(session, customer_id)
        now = {name: getattr(customer, name) for name in COLUMNS}
        _write(customer, merged(values, now, opened))
        return customer

    return in_transaction(session, work)


def delete_customer(session: Session, customer_id: Any) -> None:
    """Delete a customer with its notes and its admins. The database has the last word.

    Raises :class:`NotFound`, :class:`CustomerHasContacts` and :class:`CustomerInUse`.
    """

    def work() -> None:
        # First, because SQLite locks at the first change: no contact comes in between.
        session.execute(delete(CustomerNote).where(CustomerNote.customer_id == customer_id))
        release(session, customer_id)
        saved.find_customer(session, customer_id)
        in_the_way = host_references.release(session, customer_key, customer_id)
        if in_the_way:
            raise CustomerInUse(in_the_way)
        try:  # past the mappers, so that the host's foreign keys decide and not a relationship
            session.execute(delete(customer_key.table).where(customer_key == customer_id))
        except IntegrityError as error:
            raise CustomerInUse({}) from error

    in_transaction(session, work)


def references(session: Session, customer_id: Any) -> list[HostReference]:
    """The host's rows that belong to a customer, and what its deletion does to them."""
    return host_references.host_references(session, customer_key, customer_id)


def release(session: Session, customer_id: Any) -> None:
    """Before any customer's deletion, a host's too: refuse, or let its admins go.

    Part of the caller's transaction. An id that the database uses again must not come
    with the admins of its former customer. Raises :class:`CustomerHasContacts`.
    """
    session.execute(delete(CustomerAdmin).where(CustomerAdmin.customer_id == customer_id))
    count = count_all_contacts(session, customer_id)
    if count:
        raise CustomerHasContacts(count)


def count_all_contacts(session: Session, customer_id: Any) -> int:
    """How many contacts keep a customer from being deleted: archived ones are among them."""
    present = lists.count_contacts(session, customer_id)
    return present + lists.count_contacts(session, customer_id, archived=True)


def _write(customer: Any, values: Mapping[str, str]) -> None:
    for name in COLUMNS:
        if name in values:
            setattr(customer, name, values[name] or None)
