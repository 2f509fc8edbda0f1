"""From a lead to a customer with its primary contact, or to a contact of one that is there.

Three transactions, because the package's services commit what they do. Each looks at what is
there already: killed in between, pressing the button again goes on where it stopped; pressed
twice at once, one customer is made and the other press is refused.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from sqlalchemy import and_, literal, or_, select
from sqlalchemy.orm import Session, lazyload

from flask_contacts.actors import Actor
from flask_contacts.errors import InvalidInput, NotFound
from flask_contacts.models import Contact, Customer, CustomerAdmin
from flask_contacts.models.search_keys import folded
from flask_contacts.services.agent.contacts import edit_agent_contact, form_values
from flask_contacts.services.contacts.editing import create_contact, typed_problems
from flask_contacts.services.transaction import in_transaction

from .clock import now
from .models import Lead
from .models.sales import CONVERTED, lead_contacts


class LeadConvertedError(Exception):
    """The lead was made a customer before."""


@dataclass(frozen=True)
class Plan:
    """What a conversion would do: ``customer`` and ``person`` are None where they are made,
    as ``company`` and ``name``. A ``person`` without a company joins the customer."""

    customer: Customer | None
    company: str
    person: Contact | None
    name: str


def plan(session: Session, lead: Lead, customer: Customer | None = None) -> Plan:
    """What :func:`convert_lead` would do with the lead now; changes nothing."""
    customer = lead.customer or customer
    person = None
    if customer is not None:
        person = _of_the_lead(session, lead.id, customer.id, _typed(lead))
    return Plan(customer, _company(lead), person or _without_company(session, lead.id), lead.name)


def convert_lead(
    session: Session, lead_id: int, actor: Actor, customer_id: int | None = None
) -> Contact:
    """Make the lead a customer and the person its primary contact, or with ``customer_id`` a
    contact of that customer, and link the two.

    Who is the customer's contact already (linked to the lead, or of its address or name) is
    taken; then a contact without a company that is linked to the lead, who becomes the
    customer's; else a new one is made. Raises :class:`LeadConvertedError`, and ``InvalidInput``
    at the contact's fields.
    """
    raw = _typed(session.get_one(Lead, lead_id))
    problems = typed_problems(raw, creating=True)
    if problems:
        raise InvalidInput(problems)
    chosen = in_transaction(session, lambda: _customer(session, lead_id, actor, customer_id))
    try:
        contact_id = _contact(session, lead_id, chosen, raw, actor)
    except InvalidInput:
        if customer_id is not None:  # another may be chosen
            in_transaction(session, lambda: _let_go(session, lead_id))
        raise
    in_transaction(session, lambda: _finish(session, lead_id, contact_id))
    return session.get_one(Contact, contact_id)


def _typed(lead: Lead) -> dict[str, Any]:
    fields = ("firstname", "lastname", "email", "phone")
    return {"is_user": False, **{name: getattr(lead, name) or "" for name in fields}}


def _company(lead: Lead) -> str:
    return (lead.company or "").strip() or lead.name


def _customer(session: Session, lead_id: int, actor: Actor, chosen: int | None) -> int:
    """The customer of the lead: that was chosen, or a new one, which its maker looks after."""
    lead = _locked(session, lead_id)
    if lead.customer is None and chosen is not None:
        lead.customer = session.get_one(Customer, chosen)
    elif lead.customer is None:
        lead.customer = Customer(company=_company(lead), phone=lead.phone)
        session.flush()
        if actor.staff_id is not None:
            session.add(CustomerAdmin(customer_id=lead.customer.id, staff_id=actor.staff_id))
    return int(lead.customer.id)


def _let_go(session: Session, lead_id: int) -> None:
    _locked(session, lead_id).customer = None


def _contact(
    session: Session, lead_id: int, customer_id: int, raw: dict[str, Any], actor: Actor
) -> int:
    there = _of_the_lead(session, lead_id, customer_id, raw)
    if there is not None:
        return there.id
    person = _without_company(session, lead_id)
    if person is not None:
        try:
            values = form_values(person)
            saved = edit_agent_contact(session, None, person.id, values, actor, joins=customer_id)
        except NotFound as error:  # whoever pressed too has given it the customer
            raise LeadConvertedError from error
        return saved.contact.id

    def refuse_second() -> None:
        _locked(session, lead_id)  # a customer without contacts has nothing else to wait for
        if _of_the_lead(session, lead_id, customer_id, raw, locked=True) is not None:
            raise LeadConvertedError

    return create_contact(
        session, customer_id, raw, actor, permit=refuse_second, email_optional=True
    ).contact.id


def _without_company(session: Session, lead_id: int) -> Contact | None:
    """The first of those who are linked to the lead, are active and no customer's yet."""
    linked = (
        select(Contact)
        .join(Lead.contacts.of_type(Contact))
        .where(Lead.id == lead_id, Contact.customer_id.is_(None), Contact.active)
        .order_by(Contact.id)
        .limit(1)
    )
    return session.scalars(linked).first()


def _of_the_lead(
    session: Session, lead_id: int, customer_id: int, raw: dict[str, Any], *, locked: bool = False
) -> Contact | None:
    """The customer's contact who is the lead: who is linked to it, else of its address, else of
    its name, as one whom a conversion that was cut short has made already. With ``locked`` as it
    is now, also where a transaction reads what was when it began (MariaDB)."""
    is_linked = Contact.id.in_(
        select(lead_contacts.c.contact_id).where(lead_contacts.c.lead_id == lead_id)
    )
    address = folded(raw["email"])
    has_address = and_(Contact.email_search == address, literal(bool(address)))
    is_namesake = and_(Contact.firstname == raw["firstname"], Contact.lastname == raw["lastname"])
    alike = (
        select(Contact)
        .where(
            Contact.customer_id == customer_id,
            Contact.archived_at.is_(None),
            or_(is_linked, has_address, is_namesake),
        )
        .order_by(is_linked.desc(), has_address.desc(), Contact.id)
    )
    if locked:
        alike = alike.options(lazyload("*")).with_for_update()
    return session.scalars(alike.limit(1)).first()


def _finish(session: Session, lead_id: int, contact_id: int) -> None:
    lead, contact = _locked(session, lead_id), session.get_one(Contact, contact_id)
    if contact not in lead.contacts:
        lead.contacts.append(contact)
    lead.status, lead.converted_at = CONVERTED, now()


def _locked(session: Session, lead_id: int) -> Lead:
    """The lead as it is when nobody else holds it. Not joined to its customer: PostgreSQL reads
    only the lead anew after waiting, and not every database locks what an outer join finds."""
    lead = session.get_one(
        Lead,
        lead_id,
        options=[lazyload(Lead.customer)],
        populate_existing=True,
        with_for_update=True,
    )
    if lead.converted_at is not None:
        raise LeadConvertedError
    return lead
