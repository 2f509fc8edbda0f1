"""Addresses and numbers that some contacts share, found along the indexes of their columns."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import func, select, union_all
from sqlalchemy.orm import Session
from sqlalchemy.sql.elements import ColumnElement

from ...models import Contact
from .kinds import EMAIL, PHONE
from .look_up import HAS_EMAIL2

#: The columns that hold the keys of a kind.
COLUMNS: Mapping[str, Sequence[Any]] = {
    EMAIL: (Contact.email_search, Contact.email2_search),
    PHONE: (Contact.phone_e164, Contact.mobile_phone_e164, Contact.mobile_phone2_e164),
}
#: What more contacts than these share is a company's and no person's.
MOST_SHARING = 10
#: So many entries of an index are one stretch.
STRETCH = 50_000


def next_keys(
    session: Session,
    kind: str,
    visible: ColumnElement[bool],
    after: str | None,
    size: int,
    stretch: int = STRETCH,
) -> tuple[list[str], str | None]:
    """At most ``size`` keys after that one which 2 to 10 contacts (or fields) have, in order.

    And from where to go on: None where the indexes end. It stands in an address, so it is a key
    of a contact that may be seen, as all of them are. Two statements.
    """
    columns, start = COLUMNS[kind], after or ""
    walks = [_entries(column, visible, start) for column in columns]
    ends = [one.offset(stretch - 1).limit(1).scalar_subquery() for one in walks]
    known = [end for end in session.execute(select(*ends)).one() if end is not None]
    end = min(known, default=None)
    if end is not None:
        walks = [one.where(column <= end) for one, column in zip(walks, columns, strict=True)]
    every = union_all(*(one.order_by(None) for one in walks)).subquery()
    key = every.c[0]
    query = select(key).group_by(key).having(func.count().between(2, MOST_SHARING)).order_by(key)
    found = list(session.scalars(query.limit(size)))
    return found, found[-1] if len(found) == size else end


def _entries(column: Any, visible: ColumnElement[bool], start: str) -> Any:
    query = select(column.label("shared")).where(column > start, visible).order_by(column)
    return query.where(HAS_EMAIL2) if column is Contact.email2_search else query
