"""The columns of a contact that programs may ask for, by name, and what is read besides.

:data:`COLUMNS` is all that there is. No column of a login, no key that links or a search are
made of, and no staff user's row is among them.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ...models import Contact, ContactPermission, ContactTopic

_C: Any = Contact.__table__.c

#: The columns by the names that the API has for them.
COLUMNS: Mapping[str, Any] = {
    "id": _C.id,
    "customer": _C.customer_id,
    "firstname": _C.firstname,
    "middle_name": _C.middle_name,
    "lastname": _C.lastname,
    "position": _C.position,
    "email": _C.email,
    "email2": _C.email2,
    "phone": _C.phone,
    "mobile_phone": _C.mobile_phone,
    "mobile_phone2": _C.mobile_phone2,
    "other_contacts": _C.other_contacts,
    "contact_preference": _C.contact_preference,
    "do_not_send_emails": _C.do_not_send_emails,
    "do_not_call": _C.do_not_call,
    "birthday": _C.birthday,
    "manager": _C.manager_id,
    "certificate": _C.certificate,
    "timezone": _C.timezone,
    "language": _C.language,
    "notes": _C.notes,
    "is_primary": _C.is_primary,
    "active": _C.active,
    "is_user": _C.login_id.is_not(None),
    "invited_at": _C.invited_at,
    "accepted_at": _C.accepted_at,
    "last_signed_in_at": _C.last_signed_in_at,
    "archived_at": _C.archived_at,
    "anonymised_at": _C.anonymised_at,
    "created_at": _C.created_at,
    "updated_at": _C.updated_at,
}
#: What is read besides, by contact.
HELD: Mapping[str, Any] = {"permissions": ContactPermission, "topics": ContactTopic}
#: All names, in the order of an answer.
NAMES = (*COLUMNS, *HELD)
#: What a list gives where nothing is said.
USUAL = (
    "id", "customer", "firstname", "lastname", "position", "email", "phone", "is_primary",
    "active", "is_user", "created_at", "updated_at",
)  # fmt: skip
