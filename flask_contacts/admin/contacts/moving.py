"""Move a contact to another customer: the page that asks which, and for the successor."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from flask import abort, redirect, request
from markupsafe import Markup

from ...errors import NotFound, SilencesTopics
from ...i18n import _, _l
from ...services.contacts.moving import move_contact
from ...services.contacts.saved import Saved, find_contact
from ...services.mailing.silent_topics import in_order, silenced_by_leaving
from ...state import current_contacts
from ..current_staff import current_actor
from ..customers.search import offered_customers, typed_customer
from ..customers.sight import customer_key, profile_url
from ..look_up import Candidate, labels, offered, posted
from ..safe_view import require_known_fields
from . import messages as contact_messages, successor, team_words
from .leaving import SILENCES, UNTOLD, attempt

if TYPE_CHECKING:
    from ..safe_view import Answer, SafeView

_UNKNOWN = _l("There is no such company. Choose one of the list.")


def page(view: SafeView, customer: Any, pk: int, back: str | None = None) -> Answer:
    """Ask on GET and after an error; do it on POST.

    A hidden customer is answered like an unknown one (BEHAVIOUR S7). ``back`` is another way
    back than to the customer.
    """
    session, key = current_contacts.session, customer_key(customer)
    try:
        contact = find_contact(session, key, pk)
    except NotFound:
        abort(404)
    name, archived = contact.name, contact.archived_at is not None
    back = back or profile_url(key, archived=archived)
    typed = posted("customer") or request.args.get("customer", "")
    candidates: list[Candidate] = []
    errors: dict[str, list[Any]] = {}
    silenced = silenced_by_leaving(session, contact)
    if request.method == "POST":
        require_known_fields({"customer", SILENCES, *successor.FIELDS})
        try:
            target = typed_customer(typed)
            result = _move(key, pk, target)
        except SilencesTopics as error:
            silenced, result = in_order(error.topics), {"contact": [UNTOLD]}
        if isinstance(result, Saved):
            contact_messages.tell_changed(_done(name, result.contact.customer), result)
            return redirect(back)
        errors = result
        if target is None:
            found = labels(offered_customers(key, typed.strip())) if typed.strip() else []
            candidates, text = offered(found, _UNKNOWN)
            errors["customer"] = [text]
    return view.page(
        "contact_move",
        status=422 if request.method == "POST" else 200,
        title=_("Move %(name)s to another customer", name=name),
        customer=customer,
        contact=contact,
        archived=archived,
        offered=offered_customers(key, typed.strip()) or offered_customers(key),
        typed=typed,
        candidates=candidates,
        silenced=silenced,
        managers=[
            *filter(None, (team_words.leaves_manager(contact), team_words.loses_manager(contact)))
        ],
        successor=successor.field_for(key, contact),
        customer_problems=errors.pop("customer", []),
        problems=[text for texts in errors.values() for text in texts],
        back=back,
    )


def _done(name: str, target: Any) -> Markup:
    """Who moved where, with a link to the new customer's contacts."""
    link = Markup('<a class="alert-link" href="{}">{}</a>')
    words = {"name": name, "customer": link.format(profile_url(customer_key(target)), str(target))}
    return Markup(_("%(name)s moved to %(customer)s.")) % words  # noqa: S704  ours, not typed


def _move(key: Any, pk: int, target: Any) -> Saved | dict[str, list[Any]]:
    if target is None:
        return {"customer": [_UNKNOWN]}
    session, to, actor = current_contacts.session, customer_key(target), current_actor()
    silences = request.form.getlist(SILENCES)
    return attempt(
        lambda: move_contact(
            session, key, pk, to, successor.posted(key), actor=actor, silences=silences
        )
    )
