"""Create and edit contacts in the agent interface (BEHAVIOUR S2): by the same rules as in a
customer's tab, with the fields of that form and no others.

It has no password, permissions, topics or primary flag, so those stay as they are; whoever gets
a login by it is mailed the link to set a password.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any

from sqlalchemy.orm import Session

from ...actors import SYSTEM, Actor
from ...models import Contact
from ..contacts.editing import create_contact, edit_contact
from ..contacts.saved import Saved
from ..contacts.values import LONG_TEXTS, TEXTS, ContactValues
from ..meanwhile import Marks
from ..staff import users as staff

#: What a new contact takes along from the same person at another company.
_OF_THE_PERSON = (
    "firstname", "lastname", "middle_name", "birthday", "do_not_send_emails", "do_not_call",
    "contact_preference", "certificate", "timezone", "language", "phone", "mobile_phone",
    "mobile_phone2", "email", "email2", "other_contacts", "is_user",
)  # fmt: skip


def create_agent_contact(
    session: Session,
    customer_id: Any,
    raw: Mapping[str, object],
    actor: Actor = SYSTEM,
    *,
    silences: Collection[str] = (),
) -> Saved:
    """Create a contact, without a customer where ``customer_id`` is None; it has no permission.

    Errors as for ``create_contact``; an address is asked for only where ``is_user`` is ticked.
    """
    asked = {**raw, "send_password_mail": bool(raw.get("is_user"))}
    return create_contact(
        session, customer_id, asked, actor, silences=silences, email_optional=True
    )


def edit_agent_contact(
    session: Session,
    customer_id: Any,
    contact_id: int,
    raw: Mapping[str, object],
    actor: Actor = SYSTEM,
    *,
    joins: Any = None,
    silences: Collection[str] = (),
    opened: Marks | None = None,
) -> Saved:
    """Change a contact; what the form does not have stays as it is now.

    ``joins`` is the customer that a contact without one comes to; from one to another it goes by
    ``move_contact``. ``opened`` and errors as for ``edit_contact``.
    """
    return edit_contact(
        session,
        customer_id,
        contact_id,
        raw,
        actor,
        silences=silences,
        email_optional=True,
        complete=_keep_the_rest,
        joins=joins,
        opened=opened,
    )


def form_values(contact: Contact) -> dict[str, Any]:
    """What the form of a contact shows when it opens, by field."""
    names = (*TEXTS, *LONG_TEXTS, "do_not_send_emails", "do_not_call", "contact_preference")
    values: dict[str, Any] = {name: getattr(contact, name) for name in names}
    values.update(
        email=contact.email,
        email2=contact.email2,
        birthday=contact.birthday.isoformat() if contact.birthday else None,
        is_user=contact.login_id is not None,
    )
    return values


def values_of_person(contact: Contact) -> dict[str, Any]:
    """What a form opens with for the same person at another company."""
    values = form_values(contact)
    return {name: values[name] for name in _OF_THE_PERSON}


def _keep_the_rest(contact: Contact, values: ContactValues) -> None:
    values.permissions, values.topics = contact.permission_names, contact.topic_names
    values.account_manager = staff.username_of(contact.account_manager_id)
    values.send_password_mail = values.is_user and contact.login_id is None
