"""Which customers and contacts are there already who may be the lead: told before it is converted.

Found by what the package itself looks for duplicates with, and never more than the staff member
may see (BEHAVIOUR S7).
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, NamedTuple

from flask_contacts.admin import visible_customers
from flask_contacts.admin.customers.sight import customer_key, profile_url
from flask_contacts.admin.merging.hints import Hint, hints_of
from flask_contacts.admin.registrations.similar_customers import similar_customers
from flask_contacts.config import setting
from flask_contacts.models import Customer
from flask_contacts.services.duplicates.candidates import Person
from flask_contacts.services.field_checks import e164
from flask_contacts.state import current_contacts

from ..lead_conversion import Plan
from ..models import Lead
from .linked_people import CONTACTS

_MOST, _DIGITS = 5, 9


class KnownCustomer(NamedTuple):
    """A customer of a like name, or of a contact who is linked to the lead; and its page."""

    customer: Customer
    url: str


@dataclass(frozen=True)
class Known:
    """Who may be there already; both are empty where nobody is, or nobody to be seen."""

    customers: list[KnownCustomer] = field(default_factory=list)
    people: list[Hint] = field(default_factory=list)

    def __bool__(self) -> bool:
        return bool(self.customers or self.people)


def known_already(lead: Lead, plan: Plan) -> Known:
    """Who may be what the plan would make of the lead."""
    customers, people = list[KnownCustomer](), list[Hint]()
    if plan.customer is None and _may_show(current_contacts.customer_view.class_permission_name):
        found = dict.fromkeys([*_of_linked(lead), *similar_customers(plan.company)])
        customers = [KnownCustomer(one, profile_url(customer_key(one))) for one in found]
    if _may_show(CONTACTS):
        linked = [] if plan.person is None else [plan.person.id]
        people = hints_of(_person(lead, plan), linked)
    return Known(customers, people)


def chosen_customer(typed: str) -> Customer | None:
    """The customer that was chosen, if this staff member may see it."""
    if not typed.isascii() or not typed.isdecimal() or len(typed) > _DIGITS:
        return None
    found: Customer | None = visible_customers().filter(Customer.id == int(typed)).first()
    return found


def _of_linked(lead: Lead) -> list[Customer]:
    """The customers of the contacts who are linked to the lead, as far as they may be seen."""
    keys = [one.customer_id for one in lead.contacts if one.archived_at is None][:_MOST]
    return list(visible_customers().filter(Customer.id.in_(keys)).order_by(Customer.id))


def _person(lead: Lead, plan: Plan) -> Person:
    number = e164(lead.phone, setting("PHONE_REGION")) if lead.phone else None
    return Person(
        lead.firstname,
        lead.lastname,
        [lead.email] if lead.email else [],
        [number] if number else [],
        None if plan.customer is None else plan.customer.id,
        plan.company if plan.customer is None else str(plan.customer),
    )


def _may_show(place: str) -> Any:
    return current_contacts.appbuilder.sm.has_access("can_show", place)
