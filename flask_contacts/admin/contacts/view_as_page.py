"""See the portal as a contact: the page that asks for the reason, and who may (BEHAVIOUR P8)."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, Any

from flask import Flask, abort, request, url_for
from flask_babel import get_locale
from flask_login import user_logged_out
from wtforms import StringField

from ...errors import ContactsError, InvalidInput, NotFound
from ...i18n import _, _l
from ...later import later
from ...models import Contact
from ...services.staff import users as staff
from ...state import current_contacts
from .. import fab
from ..current_staff import CUSTOMERS, current_actor
from ..customers.admin_filter import CustomerAdminFilter
from ..customers.sight import customer_key, profile_url
from ..fields import CarryingForm, typed_form
from .addresses import leading_tab

if TYPE_CHECKING:
    from ...services.access import view_as
    from ...services.contacts import saved
    from ...services.customers import admins
    from ..safe_view import Answer, SafeView
else:
    view_as = later("services.access.view_as")
    saved = later("services.contacts.saved")
    admins = later("services.customers.admins")

log = logging.getLogger(__name__)
#: The permission name of the contacts' pages, and the endpoint of their view.
CONTACTS, TAB = "Customer contacts", "ContactsTab"


class ReasonFields(CarryingForm):
    """Why somebody looks."""

    reason = StringField(_l("Reason"))


def page(view: SafeView, customer: Any, pk: int) -> Answer:
    """Ask for the reason; then to the portal, with the cookie of the view."""
    session, key = current_contacts.session, customer_key(customer)
    try:
        contact = saved.find_contact(session, key, pk)
    except NotFound:
        abort(404)
    form, refusal = ReasonFields(typed_form()), view_as.refusal_of(contact)
    if request.method == "POST":
        raw = form.typed_values()
        try:
            language = str(get_locale() or "en")
            token = view_as.begin(session, key, pk, raw, current_actor(), language=language)
        except NotFound:
            abort(404)
        except InvalidInput as error:
            refusal = error.errors.pop("contact", [refusal])[0]
            form.show_errors(error.errors)
        else:
            return current_contacts.open_view(token)
    return view.page(
        "view_as",
        status=422 if request.method == "POST" else 200,
        title=_("See the portal as %(name)s", name=contact.name),
        customer=customer,
        contact=contact,
        form=form,
        refusal=refusal,
        minutes=view_as.SECONDS // 60,
        longest=view_as.LONGEST_REASON,
        back=leading_tab(pk) or profile_url(key, archived=contact.archived_at is not None),
        back_to=contact.name if leading_tab(pk) else customer,
    )


def register(app: Flask) -> None:
    """Answer the portal's questions about staff, and end views with the sign-out."""
    current_contacts.staff_may_view = staff_may_view
    current_contacts.staff_page = staff_page
    user_logged_out.connect(_end_views, app)


def staff_may_view(staff_id: int, contact: Contact) -> bool:
    """Whether a staff user may still look: active, with the permission and the customer.

    A host's own base filters are asked when the view begins; inside the portal there is no
    staff user whom they could ask about.
    """
    user = staff.staff_user(staff_id)
    if user is None or not user.is_active or not fab.holds(user, "can_view_as", CONTACTS):
        return False
    filters = fab.base_filters(current_contacts.customer_view).filters
    if not any(isinstance(one, CustomerAdminFilter) for one in filters):
        return True
    if fab.holds(user, "can_view_all", CUSTOMERS):
        return True
    return admins.looks_after(current_contacts.session, staff_id, contact.customer_id)


def staff_page(staff_id: int, contact: Contact) -> str:
    """The contact's page in the admin, as far as the staff user may open one."""
    user, key = staff.staff_user(staff_id), contact.customer_id
    for permission, endpoint in (("can_edit", "edit"), ("can_show", "activity")):
        if user is not None and fab.holds(user, permission, CONTACTS):
            return url_for(f"{TAB}.{endpoint}", customer_pk=key, pk=contact.id)
    return profile_url(key)


def _end_views(_app: Flask, user: Any, **_more: Any) -> None:
    """Whoever signs out of the admin is not left in a contact's portal."""
    staff_id = getattr(user, "id", None)
    if staff_id is None:
        return
    try:
        view_as.end_all_of(current_contacts.session, staff_id, request.remote_addr)
    except ContactsError:  # signing out must not fail; the view ends by itself
        log.exception("the views of staff user %s were not ended", staff_id)
