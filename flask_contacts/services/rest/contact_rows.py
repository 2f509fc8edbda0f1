"""Contacts as rows of named columns: what the REST API gives, and nothing else.

:data:`COLUMNS` is all that can be asked for. No column of a login, no key that links or a
search are made of, and no staff user's row is among them. A page is one statement wherever it
starts (see ``services.keyset``); permissions and topics are one more each.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session
from sqlalchemy.sql.elements import ColumnElement

from ...models import Contact, ContactPermission, ContactTopic
from .. import keyset
from ..agent.listing import CursorUnknown, ListQuery, Scope
from ..agent.question import Question, statement_of
from ..keyset import Place
from ..staff import users as staff

Row = dict[str, Any]

#: The columns by the names that the API has for them.
COLUMNS: Mapping[str, Any] = {
    "id": Contact.id,
    "customer": Contact.customer_id,
    "firstname": Contact.firstname,
    "middle_name": Contact.middle_name,
    "lastname": Contact.lastname,
    "position": Contact.position,
    "email": Contact.email,
    "email2": Contact.email2,
    "phone": Contact.phone,
    "mobile_phone": Contact.mobile_phone,
    "mobile_phone2": Contact.mobile_phone2,
    "other_contacts": Contact.other_contacts,
    "contact_preference": Contact.contact_preference,
    "do_not_send_emails": Contact.do_not_send_emails,
    "do_not_call": Contact.do_not_call,
    "birthday": Contact.birthday,
    "manager": Contact.manager_id,
    "certificate": Contact.certificate,
    "timezone": Contact.timezone,
    "language": Contact.language,
    "notes": Contact.notes,
    "is_primary": Contact.is_primary,
    "active": Contact.active,
    "is_user": Contact.login_id.is_not(None),
    "invited_at": Contact.invited_at,
    "accepted_at": Contact.accepted_at,
    "last_signed_in_at": Contact.last_signed_in_at,
    "archived_at": Contact.archived_at,
    "anonymised_at": Contact.anonymised_at,
    "created_at": Contact.created_at,
    "updated_at": Contact.updated_at,
}
#: What is read besides, by contact.
_HELD: Mapping[str, Any] = {"permissions": ContactPermission, "topics": ContactTopic}
#: All names, in the order of an answer.
NAMES = (*COLUMNS, *_HELD)
#: What a list gives where nothing is said.
USUAL = (
    "id", "customer", "firstname", "lastname", "position", "email", "phone", "is_primary",
    "active", "is_user", "created_at", "updated_at",
)  # fmt: skip


@dataclass(frozen=True)
class RowsPage:
    """Rows in order; ``after`` asks for the next page, None: the last one."""

    rows: list[Row]
    after: str | None


def contact_rows(
    session: Session, scope: Scope, query: ListQuery, names: Collection[str] = USUAL
) -> RowsPage:
    """A page of the contacts in ``scope``. Raises :class:`CursorUnknown`.

    It goes forwards only and counts nothing: a cursor of ``query`` is a page's ``after``.
    """
    asked = Question(session, scope, query)
    few = asked.few()
    conditions = [Contact.id.in_(few)] if few is not None else asked.conditions()
    columns = [COLUMNS["id"], *(COLUMNS[name] for name in names if name in COLUMNS)]
    found = list(_read(session, asked, columns, conditions))
    shown, more = found[: query.size], len(found) > query.size
    width = len(columns)
    rows = [_named(names, row[1:]) for row in shown]
    _add_held(session, names, rows, [row[1] for row in shown])
    after = None
    if more:
        last = shown[-1]
        after = keyset.sign(query.salt, Place(0, [last[0], *last[1 + width :]]))
    return RowsPage(rows, after)


def contact_row(
    session: Session,
    contact_id: int,
    visible: ColumnElement[bool],
    names: Collection[str] = NAMES,
) -> Row | None:
    """One contact that may be seen, or None."""
    columns = [COLUMNS["id"], *(COLUMNS[name] for name in names if name in COLUMNS)]
    query = select(*columns, Contact.account_manager_id)
    found = session.execute(query.where(Contact.id == contact_id, visible)).first()
    if found is None:
        return None
    row = _named(names, found)
    _add_held(session, names, [row], [contact_id])
    row["account_manager"] = staff.username_of(found[-1])
    return row


def _read(
    session: Session,
    asked: Question,
    columns: Sequence[Any],
    conditions: Sequence[ColumnElement[bool]],
) -> Iterator[Sequence[Any]]:
    """The stretch of the walk, the columns and the sort values of one row more than a page."""
    walk, query, wanted = asked.walk(), asked.query, asked.query.size + 1
    place = _place_of(query)
    start = place.values[0] if place else 0
    for number in range(start, len(walk)):
        stretch = walk[number]
        here = Place(0, place.values[1:]) if place and number == start else None
        statement = statement_of(stretch, list(columns), conditions)
        for row in session.execute(keyset.ordered(statement, stretch.terms, here).limit(wanted)):
            wanted -= 1
            yield number, *row
        if not wanted:
            return


def _place_of(query: ListQuery) -> Place | None:
    if query.cursor is None:
        return None
    place = keyset.read(query.salt, query.cursor)
    if place is None:
        raise CursorUnknown(query.cursor)
    return place


def _named(names: Collection[str], values: Sequence[Any]) -> Row:
    """``values`` are the id and then the named columns, and may go on."""
    own = (name for name in names if name in COLUMNS)
    return dict(zip(own, values[1:], strict=False))


def _add_held(
    session: Session, names: Collection[str], rows: Sequence[Row], ids: Sequence[int]
) -> None:
    for name, model in _HELD.items():
        if name not in names:
            continue
        held: dict[int, list[str]] = {one: [] for one in ids}
        query = select(model.contact_id, model.name).where(model.contact_id.in_(ids))
        for contact_id, value in session.execute(query.order_by(model.name)) if ids else ():
            held[contact_id].append(value)
        for row, one in zip(rows, ids, strict=True):
            row[name] = held[one]
