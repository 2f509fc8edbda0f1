"""New and Edit of a contact in the agent interface: form → service call → message (S1, S2)."""

from __future__ import annotations

from collections.abc import Hashable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from flask import flash, redirect, request, url_for
from sqlalchemy import Integer

from ...i18n import _, _l
from ...record_keys import typed_key
from ...services.agent.contacts import (
    create_agent_contact,
    edit_agent_contact,
    form_values,
    values_of_person,
)
from ...services.contacts.editing import typed_problems
from ...state import current_contacts
from ..contact_visibility import visible_contact
from ..current_staff import current_actor
from ..customers.search import (
    is_label_of as is_company_label,
    label_of as customer_label,
    offered_customers,
    typed_customer,
)
from ..customers.sight import customer_key
from ..fields import timezone_options, typed_form
from ..invitations import words as invitation_words
from ..look_up import labels
from ..merging import hints
from ..moments import moment_element
from ..safe_view import allowed
from ..saving import attempt
from . import activity_feed, messages as contact_messages, related_lists
from .activity_words import AGENT_FIELDS
from .addresses import list_url, page_url
from .agent_form import EXIT, AgentFields
from .fresh_fields import fresh_fields
from .search import colleagues_holding, is_label_of, typed_colleague

if TYPE_CHECKING:
    from ...models import Contact
    from ...services.contacts.saved import Saved
    from ..safe_view import Answer, SafeView

_UNKNOWN = _l("There is no such company. Choose one of the list.")
_STAYS = _l("A contact is not left without its company. Name another one, or archive the contact.")
_NO_COLLEAGUE = _l("There is no such contact here. Choose one of the list.")
_MOVES_FIRST = _l("Save the new company first, then choose the manager there.")


@dataclass
class _Input:
    """What was typed: ``raw`` for the services, the company that was meant, what is wrong."""

    raw: dict[str, Any]
    customer: Any
    silences: list[str]
    then: str
    problems: dict[str, list[Any]]


def new(view: SafeView) -> Answer:
    """The form of a new contact, and what saving it does."""
    form = AgentFields(typed_form(), _opening_values())
    if request.method == "POST":
        given = _read(form, None)
        saved = None if _refused(form, given, creating=True) else _create(form, given)
        if saved is not None:
            name = None if given.customer is None else str(given.customer)
            contact_messages.tell_created(view, saved, given.raw, name)
            hints.tell(saved.contact, name or "", asked_person())
            return redirect(_next_page(view, saved.contact.id, given.then))
    return _page(view, form, None)


def edit(view: SafeView, pk: int) -> Answer:
    """The form of an existing contact, and what saving it does."""
    contact = visible_contact(pk)
    form = AgentFields(typed_form(), _values_of(contact))
    if request.method == "POST":
        given = _read(form, contact)
        moves = contact.customer is not None and given.customer is not contact.customer
        saved = None if _refused(form, given) else _change(form, given, contact)
        if saved is not None:
            contact_messages.tell_edited(view, saved, given.raw)
            if moves:
                return redirect(_moving(view, pk, given.customer))
            return redirect(_next_page(view, pk, given.then))
    return _page(view, form, contact)


def _opening_values() -> dict[str, Any]:
    """Empty, or the same person at another company; a company may be named in the address."""
    values: dict[str, Any] = {"contact_preference": "any", "company": request.args.get("company")}
    for person in asked_person():
        values.update(values_of_person(visible_contact(person)))
    return values


def asked_person() -> list[int]:
    """The contact, in a list, from whose page one comes: the same person at another company."""
    person = typed_key(request.args.get("person", ""), Integer())
    return [] if person is None else [person]


def _person_elsewhere(contact: Contact | None) -> Contact | None:
    """Whose person a new contact is as well."""
    person = asked_person() if contact is None else []
    return visible_contact(person[0]) if person else None


def _values_of(contact: Contact) -> dict[str, Any]:
    customer, manager = contact.customer, contact.manager
    company = request.args.get("company", "") if customer is None else customer_label(customer)
    return {
        **form_values(contact),
        "company": company,
        "manager": None if manager is None else manager.name,
    }


def _read(form: AgentFields, contact: Contact | None) -> _Input:
    raw = form.typed_values()
    silences, then = raw.pop("silences"), raw.pop("then")
    typed, manager = raw.pop("company").strip(), raw.pop("manager").strip()
    given = _Input(raw, _company_called(typed, contact), silences, then, {})
    present = None if contact is None else contact.customer
    if typed and given.customer is None:
        found = labels(offered_customers(None, typed))
        given.problems["company"] = [form.company.offer(found, _UNKNOWN)]
    elif present is not None and given.customer is None:
        given.problems["company"] = [_STAYS]
    raw["manager_id"] = _manager(form, given, contact, manager)
    return given


def _company_called(typed: str, contact: Contact | None) -> Any:
    """The company that was typed: the contact's own by its name, whoever else is called so."""
    present = None if contact is None else contact.customer
    if present is not None and is_company_label(present, typed):
        return present
    return typed_customer(typed) if typed else None


def _manager(form: AgentFields, given: _Input, contact: Contact | None, typed: str) -> int | None:
    """The id of the manager who was typed, 0 for nobody; the present one may stay."""
    present = None if contact is None else contact.manager
    if present is not None and is_label_of(present, typed):
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


def _feed(contact: Contact) -> activity_feed.Feed:
    return activity_feed.feed(contact, fields=AGENT_FIELDS)


def _refused(form: AgentFields, given: _Input, *, creating: bool = False) -> bool:
    """Whether what was typed names what is not there; then every other error is shown as well."""
    if not given.problems:
        return False
    raw = {**given.raw, "send_password_mail": bool(given.raw["is_user"])}
    form.show_errors({**typed_problems(raw, creating=creating), **given.problems})
    return True


def _create(form: AgentFields, given: _Input) -> Saved | None:
    session, actor = current_contacts.session, current_actor()
    key = None if given.customer is None else customer_key(given.customer)
    return attempt(
        form,
        lambda: create_agent_contact(session, key, given.raw, actor, silences=given.silences),
    )


def _change(form: AgentFields, given: _Input, contact: Contact) -> Saved | None:
    session, actor = current_contacts.session, current_actor()
    key, pk, joins = contact.customer_id, contact.id, None
    if key is None and given.customer is not None:
        joins = customer_key(given.customer)
    return attempt(
        form,
        lambda: edit_agent_contact(
            session, key, pk, given.raw, actor, joins=joins, silences=given.silences
        ),
    )


def _moving(view: SafeView, pk: int, customer: Any) -> str:
    """The page that asks what a move asks (BEHAVIOUR C4); the other changes are saved."""
    flash(_("The contact is still at its old company. Confirm the move here."), "info")
    return page_url(view, "move", pk, customer=customer_label(customer))


def _next_page(view: SafeView, pk: int, then: str) -> str:
    return list_url(view) if then == EXIT else page_url(view, "edit", pk)


def _made_of(view: SafeView, form: AgentFields, contact: Contact | None) -> Hashable | None:
    """What the fields of a new contact's form depend on; None where they hold anything."""
    if request.method == "POST" or contact is not None or asked_person() or form.company.data:
        return None
    return "agent", view.endpoint


def _page(view: SafeView, form: AgentFields, contact: Contact | None) -> Answer:
    typed = form.company.data or ""
    customer = _company_called(typed.strip(), contact)
    key = None if customer is None else customer_key(customer)
    may_show = contact is not None and allowed(view, "show")
    return view.page(
        "agent_form",
        status=422 if request.method == "POST" else 200,
        title=_("New customer contact") if contact is None else _("Edit customer contact"),
        form=form,
        kept=fresh_fields(_made_of(view, form, contact)),
        contact=contact,
        person=_person_elsewhere(contact),
        sign_in=invitation_words.panel_of(contact),
        companies=offered_customers(None, typed.partition(" (#")[0]) or offered_customers(None),
        managers=colleagues_holding("", key, contact.id if contact else None),
        companies_url=url_for(f"{view.endpoint}.companies"),
        managers_url=url_for(f"{view.endpoint}.managers", but=contact.id if contact else None),
        timezones=timezone_options(),
        feed=_feed(contact) if contact is not None and may_show else None,
        panels=related_lists.panels(view, contact) if contact is not None and may_show else [],
        show_url=page_url(view, "show", contact.id) if contact is not None and may_show else None,
        back=list_url(view),
        similar=hints.typed_hints() if contact is None and request.method == "POST" else [],
        similar_url=url_for(f"{view.endpoint}.similar") if contact is None else None,
        page_url=page_url,
        format_datetime=moment_element,
        view=view,
    )
