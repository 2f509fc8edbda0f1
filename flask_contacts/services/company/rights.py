"""What only the primary contact may do for its customer in the portal (BEHAVIOUR P5).

To edit the company's details, and where staff allow it to look after colleagues, never
after itself. It is asked anew inside each transaction, with the customer's contacts locked:
what was so when the page was opened does not count.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from sqlalchemy.orm import Session

from ...actors import Actor
from ...errors import ContactsError, NotFound
from ...models import Contact
from ..contacts.saved import find_contact
from ..settings import COLLEAGUES, primary_may


class NotPermitted(ContactsError):
    """The contact may not do this (any more), or not to this one."""


@dataclass(frozen=True)
class Asker:
    """The contact that asks in the portal, and from which network address."""

    customer_id: Any
    contact_id: int
    name: str
    address: str | None = None

    @classmethod
    def of(cls, contact: Contact, address: str | None = None) -> Asker:
        """The signed-in contact."""
        return cls(contact.customer_id, contact.id, contact.name, address)

    @property
    def actor(self) -> Actor:
        """For the activity."""
        return Actor("contact", self.name, contact_id=self.contact_id, address=self.address)


def is_primary(contact: Contact) -> bool:
    """Whether a contact is the primary one of its customer, as it is loaded."""
    return bool(contact.active) and contact.primary_of is not None


def may_manage(session: Session, contact: Contact) -> bool:
    """Whether a contact may look after the colleagues at its customer, as it is loaded."""
    return is_primary(contact) and primary_may(session, COLLEAGUES)


def require_primary(session: Session, asker: Asker) -> Contact:
    """The contact that asks, as it is now; call it after ``primary.lock``.

    Raises :class:`NotPermitted` where it is not the primary contact (any more).
    """
    try:
        contact = find_contact(session, asker.customer_id, asker.contact_id)
    except NotFound as error:
        raise NotPermitted("the contact has left") from error
    if not is_primary(contact):
        raise NotPermitted("only the primary contact")
    return contact


def require_manager(session: Session, asker: Asker) -> Contact:
    """The same, and raises :class:`NotPermitted` too where staff do not allow it."""
    contact = require_primary(session, asker)
    if not may_manage(session, contact):
        raise NotPermitted("staff do not allow it")
    return contact


def require_over(session: Session, asker: Asker, colleague_id: int) -> tuple[Contact, Contact]:
    """The contact that asks and the colleague it asks about, as they are now.

    Call it after ``primary.lock``. Raises :class:`NotPermitted`, also for who asks about
    itself, and :class:`NotFound` for who is no contact of this customer, or archived.
    """
    holder = require_manager(session, asker)
    if colleague_id == holder.id:
        raise NotPermitted("nobody looks after itself")
    return holder, find_colleague(session, asker.customer_id, colleague_id)


def find_colleague(session: Session, customer_id: Any, contact_id: int) -> Contact:
    """A contact of the customer that the portal shows: archived ones are :class:`NotFound`."""
    contact = find_contact(session, customer_id, contact_id)
    if contact.archived_at is not None:
        raise NotFound("archived")
    return contact
