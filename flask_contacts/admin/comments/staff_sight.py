"""What another staff user may see: asked about whom a comment names (BEHAVIOUR S5, S7)."""

from __future__ import annotations

from typing import Any

from ...models import Contact
from ...services.customers.admins import looks_after
from ...state import current_contacts
from .. import fab
from ..contacts.permissions import CONTACTS
from ..current_staff import CUSTOMERS
from ..customers.admin_filter import CustomerAdminFilter


def may_see(user: Any, contact: Contact) -> bool:
    """Whether a staff user (Flask-AppBuilder's) may open a contact's page.

    A host's own base filters ask for the staff user of the request, who is another one here:
    with such, only who may view all customers is said to see this one.
    """
    if not user.is_active or not fab.holds(user, "can_show", CONTACTS):
        return False
    filters = fab.base_filters(current_contacts.customer_view).filters
    if not filters or fab.holds(user, "can_view_all", CUSTOMERS):
        return True
    if contact.customer_id is None:
        return bool(contact.created_by_id == user.id)
    if not all(isinstance(one, CustomerAdminFilter) for one in filters):
        return False
    return looks_after(current_contacts.session, user.id, contact.customer_id)
