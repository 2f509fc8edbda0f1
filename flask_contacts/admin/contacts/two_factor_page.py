"""The second factor of a contact's login, for staff: whether it is on, and resetting it.

It belongs to the login, and so to all of the person's contacts: staff from whom customers are
hidden learn nothing of it (BEHAVIOUR C6), and who may not see all of them does not reset it.
"""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Any, NamedTuple

from flask import abort, flash, redirect, request, url_for
from sqlalchemy import not_, select

from ...errors import InvalidInput, NotFound
from ...i18n import _
from ...later import later
from ...models import Contact
from ...state import current_contacts
from ..contact_visibility import visible
from ..current_staff import current_actor
from ..customers.sight import customer_key, may_know_of_logins, sees_every_customer
from ..safe_view import allowed, require_known_fields

if TYPE_CHECKING:
    from ...services.contacts import saved
    from ...services.two_factor import reset, state as two_factor_state
    from ..safe_view import Answer, SafeView
else:
    saved = later("services.contacts.saved")
    reset = later("services.two_factor.reset")
    two_factor_state = later("services.two_factor.state")

PERMISSION = "reset_two_factor"


class TwoFactorPanel(NamedTuple):
    """What a contact's page says of it; ``reset_url`` for those who may reset it."""

    on_since: datetime | None
    codes_left: int
    reset_url: str | None


def panel(view: SafeView, customer: Any, contact: Contact) -> TwoFactorPanel | None:
    """The panel of a contact with a login; None for staff who may not know of logins."""
    if contact.login_id is None or not may_know_of_logins():
        return None
    state = two_factor_state.state_of(current_contacts.session, contact.login_id)
    url = None
    may_reset = customer is not None and allowed(view, PERMISSION)
    if state.is_on and may_reset and _sees_whole_person(contact):
        key = customer_key(customer)
        url = url_for(f"{view.endpoint}.reset_two_factor", customer_pk=key, pk=contact.id)
    return TwoFactorPanel(state.on_since, state.codes_left, url)


def page(view: SafeView, customer: Any, pk: int) -> Answer:
    """Ask on GET and after an error; do it on POST."""
    session, key = current_contacts.session, customer_key(customer)
    try:
        contact = saved.find_contact(session, key, pk)
    except NotFound:
        abort(404)
    if not _sees_whole_person(contact):
        abort(404)
    back = url_for(f"{view.endpoint}.edit", customer_pk=key, pk=pk)
    name, email, login_id = contact.name, contact.email, contact.login_id
    problems: list[Any] = []
    if request.method == "POST":
        require_known_fields(set())
        try:
            reset.reset_two_factor(session, key, pk, actor=current_actor())
        except NotFound:
            abort(404)
        except InvalidInput as error:
            problems = [text for texts in error.errors.values() for text in texts]
        else:
            text = _(
                "The two-factor authentication of %(name)s is reset, and a notice is on its way "
                "to %(email)s.",
                name=name,
                email=email,
            )
            flash(text, "success")
            return redirect(back)
    is_on = login_id is not None and two_factor_state.state_of(session, login_id).is_on
    return view.page(
        "contact_two_factor",
        status=422 if request.method == "POST" else 200,
        title=_("Reset the two-factor authentication of %(name)s?", name=name),
        customer=customer,
        contact=contact,
        is_on=is_on,
        problems=problems,
        back=back,
    )


def _sees_whole_person(contact: Contact) -> bool:
    """Whether all contacts that share its login are this staff member's to see."""
    if sees_every_customer():
        return True
    if not may_know_of_logins():
        return False
    hidden = select(Contact.id).where(Contact.login_id == contact.login_id, not_(visible()))
    return current_contacts.session.scalar(hidden.limit(1)) is None
