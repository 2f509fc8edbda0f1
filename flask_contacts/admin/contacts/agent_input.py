"""What was typed into the form of the agent interface, as the services take it (BEHAVIOUR S2).

A company and a manager are typed by their names. One that was left as it was when the form was
opened is not looked up: it stays whoever it is by now.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from ...i18n import _l
from ...services.meanwhile import changed_to, mark, marks_of
from ..contact_visibility import sees_colleague
from ..customers.search import (
    is_label_of as is_company_label,
    label_of as customer_label,
    offered_customers,
    typed_customer,
)
from ..customers.sight import customer_key
from ..look_up import labels
from .search import colleagues_holding, is_label_of, typed_colleague
from .team_words import HIDDEN

if TYPE_CHECKING:
    from ...models import Contact
    from .agent_form import AgentFields

_UNKNOWN = _l("There is no such company. Choose one of the list.")
_STAYS = _l("A contact is not left without its company. Name another one, or archive the contact.")
_NO_COLLEAGUE = _l("There is no such contact here. Choose one of the list.")
_MOVES_FIRST = _l("Save the new company first, then choose the manager there.")


@dataclass
class TypedInput:
    """What was typed: ``raw`` for the services, the company that was meant, what is wrong."""

    raw: dict[str, Any]
    customer: Any
    silences: list[str]
    then: str
    problems: dict[str, list[Any]]


def note_opened(form: AgentFields, contact: Contact) -> None:
    """Let the form carry what it says of a contact: the company and the manager by key, too."""
    customer, manager = contact.customer, {"manager_id": contact.manager_id}
    if customer is None:  # one that the address names is not stored yet
        form.note_opened(customer=None, company=None, **manager)
    else:
        form.note_opened(customer=customer_key(customer), **manager)


def typed_input(form: AgentFields, contact: Contact | None) -> TypedInput:
    """What was typed into the form of a contact, or into that of a new one."""
    raw = form.typed_values()
    silences, then = raw.pop("silences"), raw.pop("then")
    typed, manager = raw.pop("company").strip(), raw.pop("manager").strip()
    given = TypedInput(raw, None, silences, then, {})
    if contact is not None and form.is_left("company"):
        given.customer = contact.customer
    else:
        _look_up_company(form, given, contact, typed)
    if contact is None or not form.is_left("manager"):
        raw["manager_id"] = _manager(form, given, contact, manager)
    return given


def _look_up_company(
    form: AgentFields, given: TypedInput, contact: Contact | None, typed: str
) -> None:
    """Put the company that was typed, or what is wrong with it, into ``given``."""
    present = None if contact is None else contact.customer
    given.customer = company_called(typed, contact)
    if typed and given.customer is None:
        found = labels(offered_customers(None, typed))
        given.problems["company"] = [form.company.offer(found, _UNKNOWN)]
    elif present is not None and given.customer is None:
        given.problems["company"] = [_STAYS]
    elif present is not None and given.customer is not present and _came_meanwhile(form, present):
        name = customer_label(present)
        given.problems["company"] = [changed_to(name)]
        seen = marks_of({"customer": customer_key(present), "company": name})
        form.opened = {**(form.opened or {}), **seen}


def _came_meanwhile(form: AgentFields, present: Any) -> bool:
    """Whether the contact has come to this company since the form was opened."""
    was = None if form.opened is None else form.opened.get("customer")
    return was is not None and was != mark(customer_key(present))


def company_called(typed: str, contact: Contact | None) -> Any:
    """The company that was typed: the contact's own by its name, whoever else is called so."""
    present = None if contact is None else contact.customer
    if present is not None and is_company_label(present, typed):
        return present
    return typed_customer(typed) if typed else None


def _is_manager(contact: Contact, present: Contact, typed: str) -> bool:
    """Whether the present manager was typed: as the form writes one, in sight or not (S7)."""
    seen = sees_colleague(contact, present)
    return is_label_of(present, typed) if seen else typed == str(HIDDEN)


def _manager(
    form: AgentFields, given: TypedInput, contact: Contact | None, typed: str
) -> int | None:
    """The id of the manager who was typed, 0 for nobody; the present one may stay."""
    present = None if contact is None else contact.manager
    if contact is not None and present is not None and _is_manager(contact, present, typed):
        return present.id
    if not typed or "company" in given.problems:
        return None
    if contact is not None and contact.customer not in {None, given.customer}:
        given.problems["manager"] = [_MOVES_FIRST]
        return None
    key = None if given.customer is None else customer_key(given.customer)
    found = typed_colleague(typed, key)
    if found is not None:
        return found.id
    alike = labels(colleagues_holding(typed, key, None if contact is None else contact.id))
    if alike:
        given.problems["manager"] = [form.manager.offer(alike, _NO_COLLEAGUE)]
    return 0
