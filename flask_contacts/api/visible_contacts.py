"""The contacts and customers that the caller may see; the others are not there (S7)."""

from __future__ import annotations

from typing import Any

from sqlalchemy import select

from ..i18n import _
from ..models import Contact
from ..models.customer import customer_key
from ..record_keys import typed_key
from ..services.merging import trail
from ..services.rest.contact_rows import contact_row
from ..state import current_contacts
from .problems import LeadsOn, Refused, not_found, refused_fields


def visible_contact(pk: int) -> Any:
    """Id, customer, state and manager's id of a contact; 404 where it is unknown or hidden."""
    query = select(
        Contact.id, Contact.customer_id, Contact.active, Contact.archived_at, Contact.manager_id
    ).where(Contact.id == pk, current_contacts.staff_sight.contacts())
    found = current_contacts.session.execute(query).first()
    if found is None:
        raise missing()
    return found


def unarchived_contact(pk: int) -> Any:
    """The same, where it is to be changed: 422 for one that is archived."""
    found = visible_contact(pk)
    if found.archived_at is not None:
        text = _("This contact is archived. Restore it first.")
        raise refused_fields({"contact": [text]})
    return found


def whole_contact(pk: int) -> dict[str, Any]:
    """All of a contact as the API gives it; 404 as above."""
    row = contact_row(current_contacts.session, pk, current_contacts.staff_sight.contacts())
    if row is None:
        raise missing()
    return row


def read_contact(pk: int) -> dict[str, Any]:
    """The same, where nothing is changed: a contact that was merged leads on to what it is now.

    Raises :class:`LeadsOn` for it, where the caller may see that one; else 404 as ever.
    """
    session, visible = current_contacts.session, current_contacts.staff_sight.contacts()
    row = contact_row(session, pk, visible)
    if row is not None:
        return row
    present = trail.survivor_of(session, pk)
    if present is None:
        raise missing()
    raise LeadsOn(visible_contact(present).id)


def customer_of(given: Any) -> Any:
    """The key of the customer that a body names; None for none.

    Raises :class:`Refused` (422) at ``customer`` where it is unknown or hidden.
    """
    if given is None:
        return None
    if current_contacts.staff_sight.customer(str(given)) is None:
        text = _("There is no such customer, or it is not yours to see.")
        raise refused_fields({"customer": [text]})
    return typed_key(str(given), customer_key.type)


def missing() -> Refused:
    """404."""
    return Refused(404, not_found()["message"])
