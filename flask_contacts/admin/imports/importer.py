"""Who imports in the browser: what this staff member sees is what the import sees (S7)."""

from __future__ import annotations

from sqlalchemy import true
from sqlalchemy.sql.elements import ColumnElement

from ...models import ContactImport, customer as customer_model
from ...services.importing.job import Importer
from ..contact_visibility import visible
from ..current_staff import current_actor, current_staff_id, may_view_all
from ..customers.sight import key_attribute, sees_every_customer, visible_customers


def current_importer() -> Importer:
    """The staff user of this request, as imports want it."""
    customers: ColumnElement[bool] = true()
    if not sees_every_customer():
        mine = visible_customers().with_entities(key_attribute()).statement
        customers = customer_model.customer_key.in_(mine)
    # Whoever sees only own customers would lose a new one.
    admin_id = None if may_view_all() else current_staff_id()
    return Importer(current_actor(), visible(), customers, admin_id)


def visible_imports() -> ColumnElement[bool]:
    """The imports that one may open: a file holds data of customers, so own ones alone, unless
    nothing is hidden from one."""
    if sees_every_customer():
        return true()
    return ContactImport.created_by_id == current_staff_id()
