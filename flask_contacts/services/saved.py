"""What the use cases on contacts share: their result, their look-ups, their end."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict, dataclass, field, replace
from typing import Any

from blinker import NamedSignal
from flask import current_app
from sqlalchemy import select
from sqlalchemy.orm import Session

from ..errors import NotFound
from ..mail import outbox
from ..models import Contact, Customer
from ..models.customer import is_customer_key
from .primary import Settled
from .transaction import in_transaction

_TOO_LARGE = 2**31  # for an integer column; a database would answer with an error


@dataclass(frozen=True)
class LoginFacts:
    """What became of the login: made, joined, and whether a typed password was not used
    because the login is its holder's (C7)."""

    password_ignored: bool = False
    joined_login: bool = False
    login_created: bool = False


@dataclass(frozen=True)
class Saved(LoginFacts):
    """What a use case did, for the message that staff read (BEHAVIOUR C11).

    ``mails`` are the names of the templates that were promised; ``demoted`` and
    ``promoted`` are the former and the new primary contact where that changed.
    """

    contact: Contact = field(kw_only=True)
    mails: tuple[str, ...] = ()
    demoted: Contact | None = None
    promoted: Contact | None = None


def saved(contact: Contact, settled: Settled, login: LoginFacts | None = None) -> Saved:
    """The result of a use case that settled the primary contact and maybe the login."""
    facts = asdict(login) if login is not None else {}
    return Saved(contact=contact, demoted=settled.demoted, promoted=settled.promoted, **facts)


def find_customer(session: Session, customer_id: Any) -> Any:
    """The customer; :class:`NotFound` when there is none, or this is no key of one."""
    customer = session.get(Customer, customer_id) if is_customer_key(customer_id) else None
    if customer is None:
        raise NotFound("no such customer")
    return customer


def find_contact(session: Session, customer_id: Any, contact_id: int) -> Contact:
    """The contact, if it is one of this customer's; else :class:`NotFound`."""
    if type(contact_id) is not int or not 0 < contact_id < _TOO_LARGE:
        raise NotFound("no such contact of this customer")
    query = (
        select(Contact)
        .where(Contact.id == contact_id, Contact.customer_id == customer_id)
        .execution_options(populate_existing=True)
    )
    contact = session.scalars(query).first()
    if contact is None:
        raise NotFound("no such contact of this customer")
    return contact


def finish(
    session: Session,
    work: Callable[[], Saved],
    signal: NamedSignal,
    contact_id: int | None = None,
) -> Saved:
    """Run ``work`` as one transaction, then tell the signal's receivers."""

    def counted() -> tuple[Saved, int]:
        outbox.start_counting(session)
        result = work()  # asked for its id now: after the commit somebody may delete it
        return replace(result, mails=outbox.promised(session)), result.contact.id

    result, changed_id = in_transaction(session, counted)
    app = current_app._get_current_object()  # type: ignore[attr-defined]
    signal.send(app, contact_id=contact_id or changed_id)
    return result
