"""Who imports in the browser: what this staff member sees is what the import sees (S7)."""

from __future__ import annotations

from sqlalchemy import true
from sqlalchemy.sql.elements import ColumnElement

from ...models import ContactImport, customer as customer_model
from ...services.importing.job import Importer, can_create_customers
from ..contact_visibility import visible
from ..contacts.permissions import CONTACTS
from ..current_staff import CUSTOMERS, current_actor, current_staff_id, may_view_all
from ..customers.sight import key_attribute, sees_every_customer, visible_customers
from ..held_permissions import holds_now


def current_importer() -> Importer:
    """The staff user of this request, as imports want it."""
    customers: ColumnElement[bool] = true()
    if not sees_every_customer():
        mine = visible_customers().with_entities(key_attribute()).statement
        customers = customer_model.customer_key.in_(mine)
    # Whoever sees only own customers would lose a new one.
    admin_id = None if may_view_all() else current_staff_id()
    return Importer(
        current_actor(), visible(), customers, admin_id, may_create_customers(), may_invite()
    )


def may_create_customers() -> bool:
    """Whether an import of this staff member can make customers."""
    return can_create_customers() and holds_now("can_add", CUSTOMERS)


def may_invite() -> bool:
    """Whether this staff member may give logins and mail links."""
    may_send = holds_now("can_send", "Contacts invitations")
    return may_send and holds_now("can_generate_login", CONTACTS)


def visible_imports() -> ColumnElement[bool]:
    """The imports that one may open: a file holds data of customers, so own ones alone, unless
    nothing is hidden from one."""
    if sees_every_customer():
        return true()
    return ContactImport.created_by_id == current_staff_id()
