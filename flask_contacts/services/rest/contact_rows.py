"""Contacts as rows of named columns: what the REST API gives, and nothing else.

A page is one statement wherever it starts (see ``services.keyset``); permissions and topics are
one more each.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session
from sqlalchemy.sql.elements import ColumnElement

from ...models import Contact
from ..agent.cursors import place_of, sign
from ..agent.listing import ListQuery, Scope
from ..agent.question import Question
from ..staff import users as staff
from .contact_columns import COLUMNS, HELD, NAMES, USUAL
from .contact_walk import read
from .rows_page import RowsPage

Row = dict[str, Any]


def contact_rows(
    session: Session, scope: Scope, query: ListQuery, names: Collection[str] = USUAL
) -> RowsPage:
    """A page of the contacts in ``scope``. Raises ``CursorUnknown``.

    It goes forwards only and counts nothing: a cursor of ``query`` is a page's ``after``.
    """
    own = tuple(name for name in names if name in COLUMNS)
    found = read(Question(session, scope, query), own, place_of(query))
    shown, width = found[: query.size], len(own)
    rows: Sequence[Sequence[Any]] = [row for _stretch, row in shown]
    after = None
    if len(found) > query.size:
        number, last = shown[-1]
        after = sign(query, 0, [number, *last[width + 1 :]])
    if len(own) < len(names):
        ids = [row[width] for row in rows]
        held = _held(session, names, ids)
        own += tuple(held)
        rows = [
            (*row[:width], *(of_all[one] for of_all in held.values()))
            for row, one in zip(rows, ids, strict=True)
        ]
    return RowsPage(own, rows, after)


def contact_row(
    session: Session,
    contact_id: int,
    visible: ColumnElement[bool],
    names: Collection[str] = NAMES,
) -> Row | None:
    """One contact that may be seen, or None."""
    own = [name for name in names if name in COLUMNS]
    query = select(*(COLUMNS[name] for name in own), Contact.account_manager_id)
    found = session.execute(query.where(Contact.id == contact_id, visible)).first()
    if found is None:
        return None
    row: Row = dict(zip(own, found, strict=False))
    row |= {
        name: of_all[contact_id] for name, of_all in _held(session, names, [contact_id]).items()
    }
    row["account_manager"] = staff.username_of(found[-1])
    return row


def _held(
    session: Session, names: Collection[str], ids: Sequence[int]
) -> dict[str, dict[int, list[str]]]:
    """What is read besides, of those of ``names``: by name and by contact."""
    found = {}
    for name, model in HELD.items():
        if name not in names:
            continue
        held: dict[int, list[str]] = {one: [] for one in ids}
        query = select(model.contact_id, model.name).where(model.contact_id.in_(ids))
        for contact_id, value in session.execute(query.order_by(model.name)) if ids else ():
            held[contact_id].append(value)
        found[name] = held
    return found
