"""Exactly one active contact of a customer that has any is primary (BEHAVIOUR C3, C4).

The database refuses a second one (``uq_contacts_contact_primary_of``); this keeps the
column, always in the same order: lock, demote, promote.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from functools import cache
from typing import Any

from sqlalchemy import Select, and_, bindparam, or_, select
from sqlalchemy.orm import Session

from ...errors import InvalidInput, NotFound, SuccessorRequired
from ...i18n import _l
from ...models import Contact
from ...models.contact import is_contact_key
from ...models.customer import is_customer_key

_TABLE: Any = Contact.__table__.c


@dataclass(frozen=True)
class Settled:
    """Who stopped being primary and who became it, if anybody."""

    demoted: Contact | None = None
    promoted: Contact | None = None


@dataclass(frozen=True)
class Locked:
    """What :func:`lock` has read, as it stays until this transaction says otherwise.

    ``has_primary``: there is a primary contact, as far as that is known. ``taken``: the addresses
    of the customer's contacts, or of those the one that was asked about; None: not known.
    """

    has_primary: bool = False
    taken: frozenset[str] | None = None


def lock(
    session: Session, customer_id: Any, contact_id: int | None = None, address: str | None = None
) -> Locked:
    """Make other transactions on this customer's contacts wait; the first statement.

    The rows are locked in the order of their ids, because two that lock them in another
    order wait for each other (PostgreSQL takes a second to see it); SQLite has locked the
    whole file already. The host's table stays untouched. Two first contacts lock nothing:
    there the unique key and a retry decide. Without a customer (None) only the row
    ``contact_id`` is locked, if there is one: such contacts have nothing to do with each other.
    ``address`` is one of which is to be known whether a contact has it. Raises :class:`NotFound`
    for what is no key.
    """
    if customer_id is None:
        if contact_id is not None:
            lock_one(session, contact_id)
        return Locked()
    if not is_customer_key(customer_id):
        raise NotFound("no such customer")
    asked, query = {"customer_id": customer_id}, _rows()
    connection = session.connection(bind_arguments={"mapper": Contact})
    if connection.dialect.name == "sqlite":
        if address is None:
            return Locked()
        asked |= {"scope": str(customer_id), "address": address}
        query = _present_or_of_address()
    rows = connection.execute(query, asked).all()
    taken = frozenset(row.email_key for row in rows)
    return Locked(any(row.primary_of is not None for row in rows), taken)


@cache
def _rows() -> Select[Any]:
    """The customer's contacts, locked; made once, as the other statements here."""
    rows = _columns().where(_TABLE.customer_id == bindparam("customer_id"))
    return rows.order_by(_TABLE.id).with_for_update(key_share=True)


@cache
def _present_or_of_address() -> Select[Any]:
    """The customer's primary contact, and the one that has an address."""
    has_address = and_(
        _TABLE.email_scope == bindparam("scope"), _TABLE.email_key == bindparam("address")
    )
    return _columns().where(or_(_TABLE.primary_of == bindparam("customer_id"), has_address))


def _columns() -> Select[Any]:
    return select(_TABLE.id, _TABLE.primary_of, _TABLE.email_key)


@cache
def _present() -> Select[Any]:
    """The customer's primary contact, locked. ``primary_of`` is set where a contact is primary
    and active, and nowhere else: a CHECK of the table holds that."""
    present = select(Contact.id).where(Contact.primary_of == bindparam("customer_id"))
    return present.with_for_update(key_share=True)


def _has_primary(session: Session, customer_id: Any) -> bool:
    return session.scalar(_present(), {"customer_id": customer_id}) is not None


def lock_customers_of(session: Session, contact_ids: Collection[int]) -> set[Any]:
    """:func:`lock` for the customers of some contacts, whose keys are given back; in one go,
    because who locks one customer after the other waits for who does it the other way round.
    """
    of_them = select(Contact.customer_id).where(
        Contact.id.in_(contact_ids), Contact.customer_id.is_not(None)
    )
    keys = set(session.scalars(of_them))
    if keys:
        rows = select(Contact.id).where(Contact.customer_id.in_(keys)).order_by(Contact.id)
        session.execute(rows.with_for_update(key_share=True)).all()
    return keys


def lock_one(session: Session, contact_id: int) -> None:
    """Make other transactions on this one contact wait."""
    if is_contact_key(contact_id):
        row = select(Contact.id).where(Contact.id == contact_id)
        session.execute(row.with_for_update(key_share=True)).all()


def settle(
    session: Session, customer_id: Any, wanted_id: int | None = None, *, has_one: bool = False
) -> Settled:
    """Bring the customer back to one primary contact.

    ``wanted_id`` becomes primary if it is active; else the present one stays; else the
    contact that has been there longest is promoted. Nobody is primary of no customer.
    Call it after :func:`lock`. Most often the present one stays, which one row tells, or
    ``has_one``: that :func:`lock` has seen it, and nothing was done to it since.
    """
    session.flush()
    if customer_id is None:
        return Settled()
    if wanted_id is None and (has_one or _has_primary(session, customer_id)):
        return Settled()
    return _choose(session, customer_id, wanted_id)


def _choose(session: Session, customer_id: Any, wanted_id: int | None) -> Settled:
    active = active_contacts(session, customer_id)
    by_id = {contact.id: contact for contact in active}
    present = next((contact for contact in active if contact.is_primary), None)
    target = by_id.get(wanted_id) if wanted_id is not None else None
    target = target or present or (active[0] if active else None)
    if target is present:
        return Settled()
    if present is not None:
        present.is_primary, present.primary_of = False, None
        session.flush()  # demotion first: in one flush it would depend on the ids' order
    if target is not None:
        target.is_primary, target.primary_of = True, customer_id
        session.flush()
    return Settled(demoted=present, promoted=target)


def leave(session: Session, contact: Contact, successor_id: int | None) -> Settled:
    """Take a contact out of the active ones and settle who follows it as primary.

    Errors as for :func:`step_down`. Call it after :func:`lock`.
    """
    successor = step_down(session, contact, successor_id)
    was_primary = contact.primary_of is not None
    contact.active = contact.is_primary = False
    contact.primary_of = None
    session.flush()
    if not was_primary:
        return settle(session, contact.customer_id)
    return _choose(session, contact.customer_id, successor.id if successor is not None else None)


def step_down(session: Session, contact: Contact, successor_id: int | None) -> Contact | None:
    """Before a contact leaves the active ones: find who follows it as primary.

    Gives the successor, or None where none is needed. Raises
    :class:`SuccessorRequired` when one must be named, :class:`InvalidInput` at
    ``successor`` when the one named cannot be it.
    """
    if not contact.is_primary or contact.customer_id is None:
        return None
    others = {
        other.id: other
        for other in active_contacts(session, contact.customer_id)
        if other.id != contact.id
    }
    if not others:
        return None
    if successor_id is None:
        raise SuccessorRequired(contact.id)
    if type(successor_id) is not int or successor_id not in others:
        raise InvalidInput({"successor": [_l("Choose another active contact of this customer.")]})
    return others[successor_id]


def without_primary(session: Session, customer_ids: Collection[Any]) -> list[Any]:
    """Those of the customers that have no primary contact, in the order of their keys."""
    has_one = select(Contact.primary_of).where(Contact.primary_of.in_(customer_ids))
    return sorted(set(customer_ids) - set(session.scalars(has_one)))


def active_contacts(session: Session, customer_id: Any) -> list[Contact]:
    """The customer's active contacts as they are now, the oldest first, locked."""
    query = (
        select(Contact)
        .where(Contact.customer_id == customer_id, Contact.active)
        .order_by(Contact.id)
        .with_for_update(key_share=True)  # rows that refer to them need not wait
        .execution_options(populate_existing=True)
    )
    return list(session.scalars(query))
