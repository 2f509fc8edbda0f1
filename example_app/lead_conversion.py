"""From a lead to a customer with its primary contact.

Three transactions, because the package's services commit what they do. Each looks at what is
there already: killed in between, pressing the button again goes on where it stopped; pressed
twice at once, one customer is made and the other press is refused.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from flask_contacts.actors import Actor
from flask_contacts.errors import InvalidInput, NotFound
from flask_contacts.models import Contact, Customer, CustomerAdmin
from flask_contacts.services.agent.contacts import edit_agent_contact, form_values
from flask_contacts.services.contacts.editing import create_contact, typed_problems
from flask_contacts.services.transaction import in_transaction

from .clock import now
from .models import Lead
from .models.sales import CONVERTED


class LeadConvertedError(Exception):
    """The lead was made a customer before."""


@dataclass(frozen=True)
class Plan:
    """What a conversion would do: ``customer`` and ``person`` are None where they are made,
    as ``company`` and ``name``."""

    customer: Customer | None
    company: str
    person: Contact | None
    name: str


def plan(session: Session, lead: Lead) -> Plan:
    """What :func:`convert_lead` would do with the lead now; changes nothing."""
    person = _without_company(session, lead.id)
    return Plan(lead.customer, lead.company or lead.name, person, lead.name)


def convert_lead(session: Session, lead_id: int, actor: Actor) -> Contact:
    """Make the lead a customer and the person its primary contact, and link the two.

    A contact without a company that is linked to the lead becomes the customer's; else a new
    one is made. Raises :class:`LeadConvertedError`, and ``InvalidInput`` at the contact's fields.
    """
    raw = _typed(session.get_one(Lead, lead_id))
    problems = typed_problems(raw, creating=True)
    if problems:
        raise InvalidInput(problems)
    customer_id = in_transaction(session, lambda: _customer(session, lead_id, actor))
    contact_id = _contact(session, lead_id, customer_id, raw, actor)
    in_transaction(session, lambda: _finish(session, lead_id, contact_id))
    return session.get_one(Contact, contact_id)


def _typed(lead: Lead) -> dict[str, Any]:
    fields = ("firstname", "lastname", "email", "phone")
    return {"is_user": False, **{name: getattr(lead, name) or "" for name in fields}}


def _customer(session: Session, lead_id: int, actor: Actor) -> int:
    """The customer of the lead, a new one where it has none; who makes it looks after it."""
    lead = _locked(session, lead_id)
    if lead.customer is None:
        lead.customer = Customer(company=lead.company or lead.name, phone=lead.phone)
        session.flush()
        if actor.staff_id is not None:
            session.add(CustomerAdmin(customer_id=lead.customer.id, staff_id=actor.staff_id))
    return int(lead.customer.id)


def _contact(
    session: Session, lead_id: int, customer_id: int, raw: dict[str, Any], actor: Actor
) -> int:
    made = _of_the_lead(session, customer_id, raw)
    if made is not None:
        return made
    person = _without_company(session, lead_id)
    if person is not None:
        try:
            values = form_values(person)
            saved = edit_agent_contact(session, None, person.id, values, actor, joins=customer_id)
        except NotFound as error:  # whoever pressed too has given it the customer
            raise LeadConvertedError from error
        return saved.contact.id

    def refuse_second() -> None:
        if _of_the_lead(session, customer_id, raw) is not None:
            raise LeadConvertedError

    return create_contact(
        session, customer_id, raw, actor, permit=refuse_second, email_optional=True
    ).contact.id


def _without_company(session: Session, lead_id: int) -> Contact | None:
    """The first of those who are linked to the lead and are no customer's yet."""
    linked = (
        select(Contact)
        .join(Lead.contacts.of_type(Contact))
        .where(Lead.id == lead_id, Contact.customer_id.is_(None), Contact.archived_at.is_(None))
        .order_by(Contact.id)
        .limit(1)
    )
    return session.scalars(linked).first()


def _of_the_lead(session: Session, customer_id: int, raw: dict[str, Any]) -> int | None:
    """The contact that a conversion which was cut short has made already."""
    alike = select(Contact.id).where(
        Contact.customer_id == customer_id,
        Contact.firstname == raw["firstname"],
        Contact.lastname == raw["lastname"],
    )
    return session.scalars(alike.order_by(Contact.id)).first()


def _finish(session: Session, lead_id: int, contact_id: int) -> None:
    lead, contact = _locked(session, lead_id), session.get_one(Contact, contact_id)
    if contact not in lead.contacts:
        lead.contacts.append(contact)
    lead.status, lead.converted_at = CONVERTED, now()


def _locked(session: Session, lead_id: int) -> Lead:
    """The lead alone: not every database locks its customer, whom an outer join finds."""
    only_it = {"of": Lead}
    lead = session.get_one(Lead, lead_id, populate_existing=True, with_for_update=only_it)
    if lead.converted_at is not None:
        raise LeadConvertedError
    return lead
