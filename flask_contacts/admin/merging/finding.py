"""Who else may be a contact: found by what both have, or named by staff."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from flask import redirect, request, url_for

from ...i18n import _, _l
from ...services.duplicates.candidates import Person, candidates
from ...services.duplicates.judgements import said_pairs
from ...state import current_contacts
from ..contact_visibility import visible_contact, visible_in_list
from ..contacts.search import colleagues_holding, people_holding, typed_colleague
from ..held_permissions import holds_now
from ..look_up import Candidate as Meant, labels, offered
from . import hints

if TYPE_CHECKING:
    from ...models import Contact
    from ..safe_view import Answer, SafeView

_MOST = 10
_UNKNOWN = _l("There is no such contact here. Choose one of the list.")


def page(view: SafeView, pk: int) -> Answer:
    """The candidates, and a field for another one; with that filled in to the comparison."""
    contact, typed = visible_contact(pk), (request.args.getlist("other") or [""])[-1]
    problem: Any = None
    alike: list[Meant] = []
    if typed.strip():
        other = _typed(typed, contact)
        if other is not None and other.id != pk:
            return redirect(url_for(f"{view.endpoint}.merge", contact=[pk, other.id]))
        alike, problem = offered(_alike(typed, contact), _UNKNOWN)
    session = current_contacts.session
    found = candidates(session, Person.of(contact), visible_in_list(), but=[pk], most=_MOST)
    said = said_pairs(session, [pk, *(one.contact.id for one in found)])
    return view.page(
        "contact_duplicates",
        status=422 if problem else 200,
        title=_("Is %(name)s there twice?", name=contact.name),
        contact=contact,
        found=[one for one in found if tuple(sorted((pk, one.contact.id))) not in said],
        can_dismiss=holds_now("can_dismiss", hints.DUPLICATES),
        dismiss_url=url_for("ContactsDuplicatesView.dismiss"),
        in_words=hints.reasons_in_words,
        offered=colleagues_holding("", contact.customer_id, pk),
        typed=typed,
        problem=problem,
        alike=alike,
        can_merge=lambda other: _can_merge(contact, other),
        compare_url=lambda other: url_for(f"{view.endpoint}.merge", contact=[pk, other.id]),
        show_url=lambda other: url_for(f"{view.endpoint}.show", pk=other.id),
        back=url_for(f"{view.endpoint}.show", pk=pk, list=request.args.get("list")),
    )


def _typed(text: str, contact: Contact) -> Any:
    """Of the same company first; else one without a company."""
    found = typed_colleague(text, contact.customer_id)
    return found if found is not None else typed_colleague(text, None)


def _alike(text: str, contact: Contact) -> list[Meant]:
    """Whom a text may mean, in the same order."""
    keys = dict.fromkeys((contact.customer_id, None))
    return labels(people_holding(text, keys, contact.id))


def _can_merge(contact: Contact, other: Contact) -> bool:
    return None in {contact.customer_id, other.customer_id} or (
        contact.customer_id == other.customer_id
    )
