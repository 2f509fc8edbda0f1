"""Move a contact to another customer: the page that asks which, and for the successor."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from flask import abort, redirect, request

from ..errors import NotFound
from ..i18n import _, _l
from ..services.contact_move import move_contact
from ..services.saved import Saved, find_contact
from ..state import current_contacts
from . import contact_messages, successor
from .current_staff import current_actor
from .customer_search import offered_customers, typed_customer
from .customers import customer_key, profile_url
from .leaving import attempt
from .safe_view import require_known_fields

if TYPE_CHECKING:
    from .safe_view import Answer, SafeView

_UNKNOWN = _l("There is no such customer. Choose one of the list.")


def page(view: SafeView, customer: Any, pk: int) -> Answer:
    """Ask on GET and after an error; do it on POST.

    A hidden customer is answered like an unknown one (BEHAVIOUR S7).
    """
    session, key = current_contacts.session, customer_key(customer)
    try:
        contact = find_contact(session, key, pk)
    except NotFound:
        abort(404)
    name, archived = contact.name, contact.archived_at is not None
    typed, errors = request.form.get("customer", ""), dict[str, list[Any]]()
    if request.method == "POST":
        require_known_fields({"customer", *successor.FIELDS})
        result = _move(key, pk, typed_customer(typed))
        if isinstance(result, Saved):
            done = _("%(name)s moved to %(customer)s.", name=name, customer=result.contact.customer)
            contact_messages.tell_changed(done, result)
            return redirect(profile_url(key))
        errors = result
    return view.page(
        "contact_move",
        status=422 if request.method == "POST" else 200,
        title=_("Move %(name)s to another customer", name=name),
        customer=customer,
        contact=contact,
        archived=archived,
        offered=offered_customers(typed.strip()) or offered_customers(),
        typed=typed,
        successor=successor.field_for(key, contact),
        customer_problems=errors.pop("customer", []),
        problems=[text for texts in errors.values() for text in texts],
        back=profile_url(key, archived=archived),
    )


def _move(key: Any, pk: int, target: Any) -> Saved | dict[str, list[Any]]:
    if target is None:
        return {"customer": [_UNKNOWN]}
    session, to, actor = current_contacts.session, customer_key(target), current_actor()
    return attempt(lambda: move_contact(session, key, pk, to, successor.posted(key), actor=actor))
