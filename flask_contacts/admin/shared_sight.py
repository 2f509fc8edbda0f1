"""What the admin knows of this request's staff user, for the rooms that do not know the admin."""

from __future__ import annotations

from ..state import StaffSight
from .contact_list.scope import current_scope
from .contact_visibility import visible, visible_mail
from .current_staff import current_actor, current_staff_id, may_view_all
from .customers.sight import (
    find_visible,
    may_know_of_logins,
    sees_every_customer,
    sees_other_contact,
    visible_customers,
)
from .held_permissions import expect, holds_for_program

SIGHT = StaffSight(
    actor=current_actor,
    staff_id=current_staff_id,
    holds=holds_for_program,
    expect=expect,
    contacts=visible,
    scope=current_scope,
    customer=find_visible,
    customers=visible_customers,
    mail=visible_mail,
    sees_every_customer=sees_every_customer,
    may_view_all=may_view_all,
    may_know_of_logins=may_know_of_logins,
    sees_other_contact=sees_other_contact,
)
