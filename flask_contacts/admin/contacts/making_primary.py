"""Another primary contact by one button; a page asks first where mail would reach nobody."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

from flask import abort, request

from ...errors import NotFound, SilencesTopics
from ...i18n import _
from ...services.contacts.saved import find_contact
from ...services.contacts.states import make_primary
from ...services.mailing.silent_topics import in_order
from ...state import current_contacts
from ..customers.sight import customer_key, profile_url
from . import form_pages as contact_pages
from .leaving import SILENCES

if TYPE_CHECKING:
    from ..safe_view import Answer, SafeView


def page(view: SafeView, customer: Any, pk: int, back: str | None = None) -> Answer:
    """Do it (BEHAVIOUR C4), or show which topics would fall silent and ask (N6).

    ``back`` is another way back than to the customer.
    """
    key = customer_key(customer)
    work = partial(make_primary, silences=request.form.getlist(SILENCES))
    try:
        return contact_pages.change(key, pk, work, fields={SILENCES}, back=back)
    except SilencesTopics as error:
        return _ask(view, customer, pk, error.topics, back)


def _ask(view: SafeView, customer: Any, pk: int, topics: list[str], back: str | None) -> Answer:
    key = customer_key(customer)
    try:
        contact = find_contact(current_contacts.session, key, pk)
    except NotFound:
        abort(404)
    return view.page(
        "contact_primary",
        status=422,
        title=_("Make %(name)s the primary contact?", name=contact.name),
        customer=customer,
        contact=contact,
        silenced=in_order(topics),
        back=back or profile_url(key),
    )
