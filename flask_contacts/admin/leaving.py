"""Deactivating and deleting a contact: a page that asks, for the successor too."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from flask import abort, redirect, request
from sqlalchemy import Integer, select

from ..email_address import canonical_email
from ..errors import InvalidInput, NotFound, SuccessorRequired
from ..i18n import _, _l
from ..models import Contact
from ..services.contact_lists import successors
from ..services.contact_states import deactivate_contact, delete_contact
from ..services.saved import Saved, find_contact
from ..state import current_contacts
from . import contact_messages
from .customers import customer_key, profile_url
from .keys import typed_key
from .safe_view import require_known_fields

if TYPE_CHECKING:
    from .safe_view import Answer, SafeView

#: More candidates than this are not a select any more: the address is typed.
MOST = 50


@dataclass(frozen=True)
class Leaving:
    """A way to leave: what is done, and the words around it."""

    work: Callable[..., Saved]
    title: Any
    consequence: Any
    button: Any
    done: Any


DEACTIVATION = Leaving(
    deactivate_contact,
    title=_l("Deactivate %(name)s?"),
    consequence=_l(
        "The contact stays in the list, but cannot sign in for this customer and gets no "
        "more mail. You can reactivate it at any time."
    ),
    button=_l("Deactivate"),
    done=_l("%(name)s is not active any more."),
)
DELETION = Leaving(
    delete_contact,
    title=_l("Delete %(name)s?"),
    consequence=_l(
        "The contact is deleted for good, with its permissions and notifications. "
        "This cannot be undone."
    ),
    button=_l("Delete"),
    done=_l("%(name)s was deleted."),
)


def page(view: SafeView, customer: Any, pk: int, leaving: Leaving) -> Answer:
    """Ask on GET and after an error; do it on POST."""
    session, key = current_contacts.session, customer_key(customer)
    try:
        contact = find_contact(session, key, pk)
    except NotFound:
        abort(404)
    name, problems = contact.name, []
    if request.method == "POST":
        require_known_fields({"successor", "successor_email"})
        try:
            saved = leaving.work(session, key, pk, _successor(key))
        except NotFound:
            abort(404)
        except SuccessorRequired:
            problems = [_("Choose who becomes the primary contact.")]
        except InvalidInput as error:
            problems = [text for texts in error.errors.values() for text in texts]
        else:
            contact_messages.tell_changed(str(leaving.done) % {"name": name}, saved)
            return redirect(profile_url(key))
    needs_successor = contact.active and contact.is_primary
    candidates = successors(session, key, pk, MOST + 1) if needs_successor else []
    return view.page(
        "contact_leave",
        status=422 if problems else 200,
        title=str(leaving.title) % {"name": name},
        customer=customer,
        contact=contact,
        leaving=leaving,
        candidates=candidates,
        too_many=len(candidates) > MOST,
        problems=problems,
        chosen=request.form.get("successor", ""),
        typed=request.form.get("successor_email", ""),
        back=profile_url(key),
    )


def _successor(key: Any) -> int | None:
    """The successor that was chosen or typed; the service says whether it can be one."""
    chosen = request.form.get("successor", "")
    if chosen:
        successor: int | None = typed_key(chosen, Integer())
        return -1 if successor is None else successor
    typed = request.form.get("successor_email", "")
    if not typed:
        return None
    address = canonical_email(typed, "successor")
    query = select(Contact.id).where(
        Contact.customer_id == key, Contact.email_key == address.key, Contact.active
    )
    return current_contacts.session.scalar(query) or -1
