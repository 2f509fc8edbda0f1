"""What a contact may change about itself in the portal (BEHAVIOUR P5)."""

from __future__ import annotations

from collections.abc import Mapping

from flask import current_app
from sqlalchemy import select
from sqlalchemy.orm import Session

from ... import signals
from ...actors import Actor
from ...config import setting
from ...errors import InvalidInput, NotFound
from ...i18n import _l, available_languages
from ...models import Contact
from ...state import current_contacts
from ..contacts import activity
from ..contacts.saved import Saved, finish
from ..contacts.values import check
from ..field_checks import links_in_names

#: The fields that are the contact's own to change. All else is the staff's: e-mail (it has
#: a way of its own), permissions, who is primary, notes, what may be mailed or called.
OWN_FIELDS = (
    "firstname", "lastname", "middle_name", "position", "phone", "mobile_phone",
    "mobile_phone2", "contact_preference", "birthday", "timezone", "language",
)  # fmt: skip
_NUMBERS = ("phone_e164", "mobile_phone_e164", "mobile_phone2_e164")


def edit_own_profile(
    session: Session, contact_id: int, raw: Mapping[str, object], address: str | None
) -> Saved:
    """Change a contact's own profile at its company, by the rules that staff's forms have.

    ``raw`` holds all :data:`OWN_FIELDS`; ``address`` is the network address. Raises
    :class:`InvalidInput` with the problems at their fields, under ``""`` where a field was
    sent that is not the contact's to change or one is missing; :class:`NotFound` for a
    contact that has left.
    """
    if set(raw) != set(OWN_FIELDS):
        raise InvalidInput({"": [_l("This form is not complete. Open the page again.")]})
    values, problems = check(
        {**raw, "is_user": False},
        current_contacts.registry,
        available_languages(current_app),
        phone_region=setting("PHONE_REGION"),
        email_required=False,
    )
    names = ("firstname", "lastname", "middle_name", "position")
    problems = {**links_in_names(raw, names), **problems}
    if problems:
        raise InvalidInput(problems)

    def work() -> Saved:
        contact = _active(session, contact_id)
        before = activity.snapshot(contact)
        for name in (*OWN_FIELDS, *_NUMBERS):
            setattr(contact, name, values.columns[name])
        changes = activity.difference(before, activity.snapshot(contact))
        if changes:
            holder = Actor("contact", contact.name, contact_id=contact.id, address=address)
            activity.record(session, holder, contact, "edited", changes)
        return Saved(contact=contact)

    return finish(session, work, signals.contact_changed)


def _active(session: Session, contact_id: int) -> Contact:
    query = (
        select(Contact)
        .where(Contact.id == contact_id, Contact.active)
        .execution_options(populate_existing=True)
        .with_for_update(key_share=True)
    )
    contact = session.scalars(query).first()
    if contact is None:
        raise NotFound("the contact has left")
    return contact
