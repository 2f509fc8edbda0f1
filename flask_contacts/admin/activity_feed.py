"""The activity of a contact as its page shows it: who, when, what, old and new values (S5)."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import select

from ..i18n import _
from ..models import Activity, Contact
from ..state import current_contacts
from .activity_words import ABOUT_THE_LOGIN, EMPTY, FIELDS, VERBS, value_in_words
from .contact_visibility import visible
from .customers import sees_every_customer
from .staff_names import staff_by_id

SIZE = 20
_CHANGED = VERBS["edited"]


@dataclass(frozen=True)
class Change:
    """A field with its old and its new value, in words; ``old`` is empty where none was."""

    label: Any
    old: str
    new: str


@dataclass(frozen=True)
class Entry:
    """One thing that happened; ``when`` is in UTC."""

    when: datetime
    who: str
    what: Any
    changes: list[Change]


@dataclass(frozen=True)
class Feed:
    """Entries, the newest first; ``older`` is the id to go on before, or None at the end."""

    entries: list[Entry]
    older: int | None


def feed(contact: Contact, before: int | None = None) -> Feed:
    """The newest 20 entries of a contact, or those older than the entry ``before``."""
    query = select(Activity).where(Activity.contact_id == contact.id)
    if before is not None:
        query = query.where(Activity.id < before)
    if not sees_every_customer():
        query = query.where(Activity.verb.not_in(ABOUT_THE_LOGIN))
    rows = current_contacts.session.scalars(query.order_by(Activity.id.desc()).limit(SIZE + 1))
    found = list(rows)
    shown = found[:SIZE]
    names = _Names(contact, shown)
    entries = [
        Entry(row.happened_at, _who(row), VERBS.get(row.verb, _CHANGED), _changes(row, names))
        for row in shown
    ]
    return Feed(entries, shown[-1].id if len(found) > SIZE else None)


class _Names:
    """The names behind the ids and companies in some rows, in two statements."""

    def __init__(self, contact: Contact, rows: list[Activity]) -> None:
        managers = select(Contact.id, Contact.firstname, Contact.lastname).where(
            Contact.id.in_(_ids(rows, "manager_id")), visible()
        )
        found = current_contacts.session.execute(managers)
        self.managers = {pk: f"{first} {last}" for pk, first, last in found}
        self.staff = staff_by_id(_ids(rows, "account_manager_id"))
        self.customer = str(contact.customer)

    def of(self, field: str, value: Any) -> Any:
        """``value``, or the name that stands behind it."""
        if value is None:
            return None
        if field == "manager_id":
            return self.managers.get(value) or _("Former contact")
        if field == "account_manager_id":
            return self.staff[value].name if value in self.staff else _("Former staff user")
        if field == "customer" and value != self.customer and not sees_every_customer():
            return _("Another customer")
        return value


def _ids(rows: Iterable[Activity], field: str) -> set[int]:
    pairs = (row.changes.get(field) for row in rows)
    return {one for pair in pairs if isinstance(pair, list) for one in pair if type(one) is int}


def _changes(row: Activity, names: _Names) -> list[Change]:
    changes = []
    for field, label in FIELDS.items():
        pair = row.changes.get(field)
        if isinstance(pair, list) and len(pair) == 2:
            old, new = (value_in_words(field, names.of(field, value)) for value in pair)
            changes.append(Change(label, "" if pair[0] in EMPTY else old, new))
    return changes


def _who(row: Activity) -> str:
    if row.actor_kind == "system":
        return str(_("The software"))
    if row.actor_kind == "view_as":
        return str(_("%(name)s, in the contact's portal", name=row.actor_name or _("Staff")))
    if row.actor_kind == "contact":
        return str(_("%(name)s (contact)", name=row.actor_name or _("Anonymised")))
    return row.actor_name or str(_("Staff"))
