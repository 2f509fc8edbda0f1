"""The activity of a contact as its page shows it: who, when, what, old and new values (S5)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, select

from ...i18n import _
from ...models import Activity, Contact
from ...services.company.details import PREFIX, company_fields
from ...services.contacts.permission_history import LOOKED_AT
from ...state import current_contacts
from ..comments import shown as comments_shown
from ..comments.shown import CommentShown, NewComment
from ..contact_visibility import visible
from ..customers.sight import sees_every_customer
from ..staff_names import staff_by_id
from .activity_addresses import whole
from .activity_words import (
    ABOUT_THE_LOGIN,
    EMPTY,
    FIELDS,
    KINDS,
    VERBS,
    VERBS_OF_KIND,
    value_in_words,
)

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
    comment: CommentShown | None = None


@dataclass(frozen=True)
class Feed:
    """Entries, the newest first; ``older`` is the id to go on before, or None at the end.

    ``kinds`` are what the feed can be narrowed to, each with its word, its label and its
    address; ``kind`` is the one that is shown. ``new_comment`` is None where none may be written.
    """

    entries: list[Entry]
    older: int | None
    kind: str
    kinds: list[tuple[str, Any, str]]
    all_url: str
    newest_url: str
    older_url: str | None
    new_comment: NewComment | None


def feed(
    contact: Contact,
    before: int | None = None,
    kind: str = "",
    fields: Mapping[str, Any] = FIELDS,
    newest: Sequence[Activity] | None = None,
) -> Feed:
    """The newest 20 entries of a contact, or those older than the entry ``before``.

    ``kind`` narrows it to some, a key of :data:`KINDS`; comments stand among the rest.
    ``fields`` are those that are shown, with what the page calls them; ``newest`` are
    ``permission_history.newest_entries``, where the page has read them.
    """
    found = _found(contact, before, kind, newest)
    shown = found[:SIZE]
    new_comment = comments_shown.new_comment(contact)
    comments = comments_shown.shown(shown, may_write=new_comment is not None)
    names = _Names(contact, shown)
    entries = [
        Entry(
            row.happened_at,
            who(row),
            VERBS.get(row.verb, _CHANGED),
            _changes(row, names, fields),
            comments.get(row.id),
        )
        for row in shown
    ]
    older = shown[-1].id if len(found) > SIZE else None
    return Feed(
        entries,
        older,
        kind,
        [(name, label, whole(contact, kind=name)) for name, label in KINDS.items()],
        whole(contact),
        whole(contact, kind=kind),
        whole(contact, kind=kind, before=older) if older else None,
        new_comment,
    )


def _found(
    contact: Contact, before: int | None, kind: str, newest: Sequence[Activity] | None
) -> Sequence[Activity]:
    """What is shown, and one entry more where there are more."""
    hidden = () if sees_every_customer() else ABOUT_THE_LOGIN
    if newest is not None and before is None and not kind:
        seen = [row for row in newest if row.verb not in hidden]
        if len(seen) > SIZE or len(newest) < LOOKED_AT:
            return seen[: SIZE + 1]
    query = select(Activity).where(Activity.contact_id == contact.id, *_of_kind(kind))
    if before is not None:
        query = query.where(Activity.id < before)
    if hidden:
        query = query.where(Activity.verb.not_in(hidden))
    rows = current_contacts.session.scalars(query.order_by(Activity.id.desc()).limit(SIZE + 1))
    return rows.all()


def _of_kind(kind: str) -> list[ColumnElement[bool]]:
    if kind == "changes":
        others = [verb for verbs in VERBS_OF_KIND.values() for verb in verbs]
        return [Activity.verb.not_in(others)]
    return [Activity.verb.in_(VERBS_OF_KIND[kind])] if kind else []


class _Names:
    """The names behind the ids and companies in some rows, in two statements."""

    def __init__(self, contact: Contact, rows: Sequence[Activity]) -> None:
        self.managers = _managers(_ids(rows, "manager_id"))
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


def _managers(ids: set[int]) -> dict[int, str]:
    if not ids:
        return {}
    names = select(Contact.id, Contact.firstname, Contact.lastname)
    found = current_contacts.session.execute(names.where(Contact.id.in_(ids), visible()))
    return {pk: f"{first} {last}" for pk, first, last in found}


def _ids(rows: Iterable[Activity], field: str) -> set[int]:
    pairs = (row.changes.get(field) for row in rows)
    return {one for pair in pairs if isinstance(pair, list) for one in pair if type(one) is int}


def _changes(row: Activity, names: _Names, fields: Mapping[str, Any]) -> list[Change]:
    changes = []
    company = {f"{PREFIX}{field.name}": field.label for field in company_fields()}
    for field, label in {**fields, **company}.items():
        pair = row.changes.get(field)
        if isinstance(pair, list) and len(pair) == 2:
            old, new = (value_in_words(field, names.of(field, value)) for value in pair)
            changes.append(Change(label, "" if pair[0] in EMPTY else old, new))
    return changes


def who(row: Activity) -> str:
    """Who did it, in words."""
    if row.actor_kind == "system":
        return str(_("The software"))
    if row.actor_kind == "view_as":
        return str(_("%(name)s, in the contact's portal", name=row.actor_name or _("Staff")))
    if row.actor_kind == "contact":
        return str(_("%(name)s (contact)", name=row.actor_name or _("Anonymised")))
    return row.actor_name or str(_("Staff"))
