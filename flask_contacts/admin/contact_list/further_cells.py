"""What the columns say that CRM → Customer contacts shows only to who chooses them.

Each is read from the contact's own columns; names behind ids are asked for once for a page.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Any

from sqlalchemy import select

from ...i18n import _
from ...models import Contact
from ...state import current_contacts
from ..contact_visibility import visible
from ..contacts.activity_words import value_in_words
from ..moments import day_in_words, moment_elements
from ..staff_names import staff_by_id

Read = Callable[[Contact], Any]
_NOWRAP = "contacts-nowrap"


def _column(name: str) -> Callable[[Sequence[Contact]], Read]:
    return lambda _contacts: lambda contact: getattr(contact, name)


def _ticked(name: str) -> Callable[[Sequence[Contact]], Read]:
    """Yes, or nothing: a column of many No tells nothing."""

    def reader(_contacts: Sequence[Contact]) -> Read:
        yes = _("Yes")
        return lambda contact: yes if getattr(contact, name) not in {None, False} else None

    return reader


def _day(name: str) -> Callable[[Sequence[Contact]], Read]:
    def reader(_contacts: Sequence[Contact]) -> Read:
        return lambda contact: getattr(contact, name) and day_in_words(getattr(contact, name))

    return reader


def _moment(name: str) -> Callable[[Sequence[Contact]], Read]:
    def reader(_contacts: Sequence[Contact]) -> Read:
        element = moment_elements()
        return lambda contact: getattr(contact, name) and element(getattr(contact, name))

    return reader


def _preference(_contacts: Sequence[Contact]) -> Read:
    return lambda contact: value_in_words("contact_preference", contact.contact_preference)


def _staff(name: str) -> Callable[[Sequence[Contact]], Read]:
    def reader(contacts: Sequence[Contact]) -> Read:
        names = staff_by_id(_ids(contacts, name))
        return lambda contact: getattr(contact, name) and names[getattr(contact, name)].name

    return reader


def _reports_to(contacts: Sequence[Contact]) -> Read:
    ids = _ids(contacts, "manager_id")
    query = select(Contact.id, Contact.firstname, Contact.lastname)
    query = query.where(Contact.id.in_(ids), visible())
    rows = current_contacts.session.execute(query) if ids else ()
    names = {pk: f"{first} {last}" for pk, first, last in rows}
    return lambda contact: names.get(contact.manager_id or 0)


def _ids(contacts: Iterable[Contact], name: str) -> list[int]:
    return [pk for pk in dict.fromkeys(getattr(one, name) for one in contacts) if pk is not None]


#: By column: what makes the text of a cell, or its HTML, asked once for the contacts of a page,
#: and a class.
READERS: dict[str, tuple[Callable[[Sequence[Contact]], Read], str]] = {
    "timezone": (_column("timezone"), ""),
    "primary": (_ticked("primary_of"), ""),
    "reports_to": (_reports_to, ""),
    "certificate": (_column("certificate"), ""),
    "birthday": (_day("birthday"), _NOWRAP),
    "mobile_phone": (_column("mobile_phone"), _NOWRAP),
    "email2": (_column("email2"), "contacts-email"),
    "preference": (_preference, ""),
    "no_mail": (_ticked("do_not_send_emails"), ""),
    "no_call": (_ticked("do_not_call"), ""),
    "created_by": (_staff("created_by_id"), ""),
    "changed": (_moment("updated_at"), _NOWRAP),
    "signed_in": (_moment("last_signed_in_at"), _NOWRAP),
}
