"""Reading the colleagues at a customer, as the portal shows them to the primary contact.

How far they have come is told from what happened to them here, never from a login that
they may have elsewhere.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import or_, select
from sqlalchemy.orm import Session, joinedload, lazyload

from ...errors import NotFound
from ...models import Contact
from ..invitations.states import Invitation, invitations_of

SIZE = 25
#: No list goes on beyond this page: who looks for somebody there searches.
MOST_PAGES = 400
_TOO_LARGE = 2**31  # for an integer column


@dataclass(frozen=True)
class Colleague:
    """A contact and how its invitation goes."""

    contact: Contact
    invitation: Invitation


@dataclass(frozen=True)
class ColleaguePage:
    """Some colleagues by name; ``number`` counts from 1."""

    items: list[Colleague]
    number: int
    has_next: bool

    @property
    def first(self) -> int:
        """The number of the first one shown."""
        return (self.number - 1) * SIZE + 1


def list_colleagues(
    session: Session,
    customer_id: Any,
    *,
    active: bool = True,
    words: Sequence[str] = (),
    number: int = 1,
) -> ColleaguePage:
    """A page of the customer's contacts, active or deactivated, in two statements.

    Each of ``words`` stands in the name or the e-mail address. Raises :class:`NotFound` for
    a page past :data:`MOST_PAGES`.
    """
    if number > MOST_PAGES:
        raise NotFound("no such page")
    query = (
        select(Contact)
        .where(
            Contact.customer_id == customer_id,
            Contact.active.is_(active),
            Contact.archived_at.is_(None),
            *(
                or_(
                    Contact.firstname.icontains(word, autoescape=True),
                    Contact.lastname.icontains(word, autoescape=True),
                    Contact.email.icontains(word, autoescape=True),
                )
                for word in words
            ),
        )
        .order_by(Contact.lastname, Contact.firstname, Contact.id)
        .options(lazyload(Contact.permissions))
        .limit(SIZE + 1)
        .offset((number - 1) * SIZE)
    )
    found = list(session.scalars(query))
    shown = found[:SIZE]
    invitations = invitations_of(session, shown) if shown else {}
    items = [Colleague(one, invitations[one.id]) for one in shown]
    return ColleaguePage(items, number, len(found) > SIZE and number < MOST_PAGES)


def colleague(session: Session, customer_id: Any, contact_id: int) -> Colleague:
    """One of them with its permissions, in two statements; :class:`NotFound` for others."""
    if not 0 < contact_id < _TOO_LARGE:
        raise NotFound("no such contact of this customer")
    query = (
        select(Contact)
        .where(
            Contact.id == contact_id,
            Contact.customer_id == customer_id,
            Contact.archived_at.is_(None),
        )
        .options(joinedload(Contact.permissions))
    )
    contact = session.scalars(query).unique().first()
    if contact is None or contact.customer_id != customer_id:
        raise NotFound("no such contact of this customer")
    return Colleague(contact, invitations_of(session, [contact])[contact.id])
