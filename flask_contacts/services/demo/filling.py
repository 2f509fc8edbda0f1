"""Fill an application with the sample. Nobody is mailed: no contact gets a welcome."""

from __future__ import annotations

import secrets
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from ...errors import InvalidInput
from ...models import Contact, Customer
from ...models.binding import bound_customer, single_key
from ...state import current_contacts
from ..contacts.editing import create_contact
from ..customers.notes import add_note
from ..marketing.lists import create_list, list_of_name
from ..marketing.members import add_members
from .sample import COMPANIES, SampleCompany, SamplePerson

LIST = "Newsletter (sample)"
_AUTHOR = "Sample data"


@dataclass(frozen=True)
class Filled:
    """What was made. ``sign_in`` is the address of a contact who can sign in, and the password
    of all who can; None where nobody new can."""

    customers: int
    contacts: int
    sign_in: tuple[str, str] | None


def has_contacts(session: Session) -> bool:
    """Whether there is any contact, archived ones too."""
    found = session.scalar(select(Contact.id).limit(1)) is not None
    session.rollback()
    return found


def fill(session: Session) -> Filled:
    """Make the sample's customers and contacts, those that are not there yet.

    With customers of the host's own none is made: the first of them get the contacts.
    """
    password = secrets.token_urlsafe(15)
    customers = 0
    made: list[Contact] = []
    for company, customer_id, is_new in list(_customers(session)):
        customers += is_new
        people = [
            _contact(session, customer_id, company, person, password, is_primary=is_new and not at)
            for at, person in enumerate(company.people)
            if not _is_there(session, customer_id, address_of(company, person))
        ]
        made += people
        if is_new and company.note:
            add_note(session, customer_id, company.note, _AUTHOR)
    if made:
        _subscribe(session, [contact.id for contact in made])
    can = next((contact.email for contact in made if contact.login_id is not None), None)
    return Filled(customers, len(made), (str(can), password) if can is not None else None)


def address_of(company: SampleCompany, person: SamplePerson) -> str:
    """The e-mail address of a person of the sample."""
    at = company.people.index(person)
    return f"{('office', 'accounts', 'team')[at]}@{company.domain}"


def _customers(session: Session) -> Iterator[tuple[SampleCompany, Any, bool]]:
    """Each company of the sample with the customer that stands for it, and whether it is new."""
    if bound_customer() is not None:
        key = single_key(Customer)
        keys = session.scalars(select(key).order_by(key).limit(len(COMPANIES))).all()
        session.rollback()
        yield from ((company, key, False) for company, key in zip(COMPANIES, keys, strict=False))
        return
    for company in COMPANIES:
        there = select(Customer.id).where(Customer.company == company.name).order_by(Customer.id)
        found = session.scalars(there).first()
        if found is None:
            website = f"https://www.{company.domain}"
            customer = Customer(company=company.name, website=website, **company.columns)
            session.add(customer)
            session.commit()
            yield company, customer.id, True
        else:
            yield company, found, False


def _is_there(session: Session, customer_id: Any, email: str) -> bool:
    query = select(Contact.id).where(Contact.customer_id == customer_id, Contact.email == email)
    return session.scalar(query.limit(1)) is not None


def _contact(
    session: Session,
    customer_id: Any,
    company: SampleCompany,
    person: SamplePerson,
    password: str,
    *,
    is_primary: bool,
) -> Contact:
    session.rollback()
    registry = current_contacts.registry
    permissions = [name for name in person.permissions if name in registry.permissions]
    contact: Contact = create_contact(
        session,
        customer_id,
        {
            "firstname": person.firstname,
            "lastname": person.lastname,
            "position": person.position,
            "email": address_of(company, person),
            "is_user": bool(permissions),
            "password": password if permissions else "",
            "no_welcome_mail": True,
            "is_primary": is_primary,
            "permissions": permissions,
            "topics": sorted(registry.topics_of(permissions)),
            **person.fields,
        },
    ).contact
    return contact


def _subscribe(session: Session, ids: list[int]) -> None:
    try:
        found = list_of_name(session, LIST)
    except InvalidInput:
        found = create_list(session, {"name": LIST, "description": "People of the sample data."})
    add_members(session, found.id, ids, source="program")
