"""New and Edit of a contact in the agent interface: form → service call → message (S1, S2)."""

from __future__ import annotations

from collections.abc import Hashable
from typing import TYPE_CHECKING, Any

from flask import flash, redirect, request, url_for
from sqlalchemy import Integer

from ...i18n import _
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
    label_of as customer_label,
    offered_customers,
)
from ..customers.sight import customer_key
from ..fields import timezone_options, typed_form
from ..invitations import words as invitation_words
from ..merging import hints
from ..moments import moment_element
from ..safe_view import allowed
from ..saving import attempt
from . import activity_feed, messages as contact_messages, related_lists
from .activity_words import AGENT_FIELDS
from .addresses import list_url, page_url
from .agent_form import EXIT, AgentFields
from .agent_input import TypedInput, company_called, note_opened, typed_input
from .fresh_fields import fresh_fields
from .joined_account import account_of_edited
from .search import colleagues_holding
from .team_words import name_of_manager

if TYPE_CHECKING:
    from ...models import Contact
    from ...services.contacts.saved import Saved
    from ..safe_view import Answer, SafeView


def new(view: SafeView) -> Answer:
    """The form of a new contact, and what saving it does."""
    form = AgentFields(typed_form(), _opening_values())
    if request.method == "POST":
        given = typed_input(form, None)
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
    form.contact = contact
    if request.method != "POST":
        note_opened(form, contact)
    else:
        given = typed_input(form, contact)
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
    customer = contact.customer
    company = request.args.get("company", "") if customer is None else customer_label(customer)
    return {
        **form_values(contact),
        "company": company,
        "manager": name_of_manager(contact),
    }


def _feed(contact: Contact) -> activity_feed.Feed:
    return activity_feed.feed(contact, fields=AGENT_FIELDS)


def _refused(form: AgentFields, given: TypedInput, *, creating: bool = False) -> bool:
    """Whether what was typed names what is not there; then every other error is shown as well."""
    if not given.problems:
        return False
    raw = {**given.raw, "send_password_mail": bool(given.raw["is_user"])}
    form.show_errors({**typed_problems(raw, creating=creating), **given.problems})
    return True


def _create(form: AgentFields, given: TypedInput) -> Saved | None:
    session, actor = current_contacts.session, current_actor()
    key = None if given.customer is None else customer_key(given.customer)
    return attempt(
        form,
        lambda: create_agent_contact(session, key, given.raw, actor, silences=given.silences),
    )


def _change(form: AgentFields, given: TypedInput, contact: Contact) -> Saved | None:
    session, actor = current_contacts.session, current_actor()
    key, pk, joins = contact.customer_id, contact.id, None
    if key is None and given.customer is not None:
        joins = customer_key(given.customer)
    return attempt(
        form,
        lambda: edit_agent_contact(
            session,
            key,
            pk,
            given.raw,
            actor,
            joins=joins,
            silences=given.silences,
            opened=form.opened,
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


def _account_url(view: SafeView, contact: Contact | None) -> str | None:
    has_login = contact is not None and contact.login_id is not None
    return page_url(view, "edit_account", contact.id) if contact and has_login else None


def _page(view: SafeView, form: AgentFields, contact: Contact | None) -> Answer:
    typed = form.company.data or ""
    customer = company_called(typed.strip(), contact)
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
        account=account_of_edited(contact, form.email.data) if contact is not None else None,
        account_url=_account_url(view, contact),
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
