"""What the use cases on contacts share: their result, their look-ups, their end."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict, dataclass, field, replace
from functools import cache
from typing import Any

from blinker import NamedSignal
from sqlalchemy import Select, bindparam, inspect, select
from sqlalchemy.orm import Session

from ...errors import NotFound
from ...mail import outbox
from ...models import Contact, Customer
from ...models.contact import is_contact_key
from ...models.customer import customer_key, is_customer_key
from ..announce import announce
from ..transaction import in_transaction
from .primary import Settled


@dataclass(frozen=True)
class LoginFacts:
    """What became of the login: made, joined, taken away, whether a typed password was not used
    because the login is its holder's, and whether one that staff had set was erased (C7)."""

    password_ignored: bool = False
    password_erased: bool = False
    joined_login: bool = False
    login_created: bool = False
    login_removed: bool = False


@dataclass(frozen=True)
class Saved(LoginFacts):
    """What a use case did, for the message that staff read (BEHAVIOUR C11).

    ``mails`` are the names of the templates that were promised; ``demoted`` and
    ``promoted`` are the former and the new primary contact where that changed;
    ``customer_name`` what the customer of a new contact is called.
    """

    contact: Contact = field(kw_only=True)
    mails: tuple[str, ...] = ()
    demoted: Contact | None = None
    promoted: Contact | None = None
    customer_name: str = ""


def saved(contact: Contact, settled: Settled, login: LoginFacts | None = None) -> Saved:
    """The result of a use case that settled the primary contact and maybe the login."""
    facts = asdict(login) if login is not None else {}
    return Saved(contact=contact, demoted=settled.demoted, promoted=settled.promoted, **facts)


def find_customer(session: Session, customer_id: Any) -> Any:
    """The customer; :class:`NotFound` when there is none, or this is no key of one.

    MariaDB finds ``abc`` by ``ABC`` too; what is stored beside a contact compares exactly, so
    another spelling is another key, as on the other engines.
    """
    customer = None
    if is_customer_key(customer_id):
        customer = session.scalars(_customer(), {"key": customer_id}).unique().first()
    if customer is None or inspect(customer).identity != (customer_id,):
        raise NotFound("no such customer")
    return customer


@cache
def _customer() -> Select[Any]:
    return select(Customer).where(customer_key == bindparam("key"))


def address_scope(customer_id: Any) -> str:
    """Among which contacts an address is unique: the customer's, or all without a customer.

    No customer's key is empty (BEHAVIOUR C6).
    """
    return "" if customer_id is None else str(customer_id)


def find_contact(session: Session, customer_id: Any, contact_id: int) -> Contact:
    """The contact, if it is one of this customer's (None: without one); else :class:`NotFound`."""
    if not is_contact_key(contact_id):
        raise NotFound("no such contact of this customer")
    query = (
        select(Contact)
        .where(Contact.id == contact_id, Contact.customer_id == customer_id)
        .execution_options(populate_existing=True)
    )
    contact = session.scalars(query).first()
    if contact is None or contact.customer_id != customer_id:
        raise NotFound("no such contact of this customer")
    return contact


def finish(
    session: Session,
    work: Callable[[], Saved],
    signal: NamedSignal,
    contact_id: int | None = None,
) -> Saved:
    """Run ``work`` as one transaction, then tell the signal's receivers."""

    def counted() -> tuple[Saved, list[_AsCommitted]]:
        outbox.start_counting(session)
        result = replace(work(), mails=outbox.promised(session))
        session.flush()
        touched = (result.contact, result.demoted, result.promoted)
        return result, [_as_committed(one) for one in touched if one is not None]

    result, contacts = in_transaction(session, counted)
    for contact, values in contacts:
        vars(contact).update(values)  # an attribute that is there is not read anew
    announce(session, signal, contact_id=contact_id or result.contact.id)
    return result


_AsCommitted = tuple[Contact, dict[str, Any]]


def _as_committed(contact: Contact) -> _AsCommitted:
    """A contact with its values, for the answer: after the commit somebody may delete it."""
    loaded = vars(contact)
    return contact, {
        name: loaded[name] if name in loaded else getattr(contact, name) for name in _column_names()
    }


@cache
def _column_names() -> tuple[str, ...]:
    columns = inspect(Contact).column_attrs
    return tuple(column.key for column in columns if not column.deferred)
