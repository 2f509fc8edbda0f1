"""Putting checked values into a contact, and what only the database knows of them."""

from __future__ import annotations

from collections.abc import Collection
from functools import cache
from typing import Any

from sqlalchemy import Select, bindparam, select
from sqlalchemy.orm import Session

from ...email_address import EmailAddress
from ...errors import InvalidInput
from ...i18n import _l
from ...mail.recipients import cannot_be_mailed
from ...models import Contact, ContactPermission, ContactTopic
from ...models.together import hold, insert_row, insert_rows
from ..staff import users as staff
from . import reporting_lines
from .values import ContactValues, Problems


def write(
    session: Session,
    contact: Contact,
    values: ContactValues,
    taken: Collection[str] | None = None,
) -> None:
    """Put the values into the contact; raises :class:`InvalidInput` for :func:`clashes`."""
    problems = clashes(session, contact, values, taken)
    if problems:
        raise InvalidInput(problems)
    contact.email = values.email.typed if values.email is not None else None
    contact.email_key = values.email.key if values.email is not None else None
    manager = _manager(session, contact, values)
    contact.manager_id = manager.id if manager is not None else None
    contact.account_manager_id = _account_manager_id(contact, values.account_manager)
    _write_columns(contact, values)


def store_new(session: Session, contact: Contact) -> None:
    """Write a contact that is not in the session, with its permissions and topics."""
    insert_row(session, contact)
    parts: list[ContactPermission | ContactTopic] = [*contact.permissions, *contact.topics]
    for part in parts:
        part.contact_id = contact.id
    insert_rows(session, contact.permissions, contact.topics)
    hold(session, contact, *parts)


def takes_recipient(contact: Contact, values: ContactValues) -> bool:
    """Whether the values, before they are written, may leave a topic without a recipient (N6).

    What somebody who can be mailed keeps, or gets besides, cannot: a contact that is primary
    from now on gets what fell back to the former one.
    """
    refuses = values.email is None or values.columns["do_not_send_emails"]
    if refuses or contact.active is False:
        return values.is_primary or cannot_be_mailed(contact) is None
    kept = contact.permission_names <= values.permissions and contact.topic_names <= values.topics
    return not kept


def clashes(
    session: Session,
    contact: Contact,
    values: ContactValues,
    taken: Collection[str] | None = None,
) -> Problems:
    """What others have taken and who is not there, by field: the database alone knows.

    ``taken`` are the others' addresses, as far as the contact's is concerned, where they are
    known.
    """
    problems: Problems = {}
    if values.email is not None and _is_taken(session, contact, values.email, taken):
        problems["email"] = [_taken(contact)]
    manager = _manager(session, contact, values)
    if values.manager_id is not None and manager is None:
        problems["manager"] = [_l("There is no such contact at this company. Choose another.")]
    elif values.manager_key is not None and manager is None:
        problems["manager"] = [_l("No other contact of this customer has this address.")]
    elif manager is not None:
        refused = _refused_line(session, contact, manager)
        problems.update({"manager": [refused]} if refused else {})
    if values.account_manager and not _account_manager_id(contact, values.account_manager):
        problems["account_manager"] = [_l("There is no staff user of this name.")]
    return problems


def _taken(contact: Contact) -> Any:
    if contact.email_scope:
        return _l("Another contact of this customer has this address.")
    return _l("Another contact without a company has this address.")


def _is_taken(
    session: Session, contact: Contact, email: EmailAddress, taken: Collection[str] | None
) -> bool:
    if taken is not None:
        return email.key in taken
    asked = {"scope": contact.email_scope, "key": email.key}
    holder = session.scalar(_holder(), asked)
    return holder is not None and holder != contact.id


@cache
def _holder() -> Select[Any]:
    """Whose address it is, if anybody's: there is one at most. Made once."""
    scope: Any = bindparam("scope")
    key: Any = bindparam("key")
    return select(Contact.id).where(Contact.email_scope == scope, Contact.email_key == key)


def _write_columns(contact: Contact, values: ContactValues) -> None:
    for name, value in values.columns.items():
        setattr(contact, name, value)
    held = {row.name: row for row in contact.permissions}
    contact.permissions = [
        held.get(name) or ContactPermission(name=name) for name in sorted(values.permissions)
    ]
    on = {row.name: row for row in contact.topics}
    contact.topics = [on.get(name) or ContactTopic(name=name) for name in sorted(values.topics)]


def _account_manager_id(contact: Contact, username: str | None) -> int | None:
    """The staff user of that name; the present one stays, though switched off since."""
    if username is None:
        return None
    if username == staff.username_of(contact.account_manager_id):
        return contact.account_manager_id
    return staff.staff_id(username)


def _manager(session: Session, contact: Contact, values: ContactValues) -> Contact | None:
    if values.manager_id is not None:
        return reporting_lines.find_colleague(session, contact, values.manager_id)
    if values.manager_key is None:
        return None
    return reporting_lines.find_manager(session, contact, values.manager_key)


def _refused_line(session: Session, contact: Contact, manager: Contact) -> Any:
    """Why that one cannot be the manager, or None: no circle may be closed (S2).

    A manager who was there before may stay: whoever edits a note mends no circle.
    """
    if contact.id is None or manager.id == contact.manager_id:
        return None
    reports = reporting_lines.reports_to(session, manager, contact.id)
    if reports is None:
        return _l("There are too many managers above %(name)s.", name=manager.name)
    if not reports:
        return None
    return _l(
        "%(name)s reports to this contact already, directly or through others.",
        name=manager.name,
    )
