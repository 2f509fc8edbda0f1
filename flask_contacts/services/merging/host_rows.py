"""The host's rows that refer to a contact: with a merge they refer to the one that stays.

A plain foreign key is moved. A row that says no more than the one that the other contact has
already (both are linked to the same lead) goes; where it says more, or refers in another way
than by the contact's key, nothing is merged and the table is named.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import (
    TableClause,
    and_,
    column as bare_column,
    delete,
    func,
    inspect,
    literal,
    select,
    table as bare_table,
    update,
)
from sqlalchemy.orm import Session

from ...errors import ContactInUse
from ...models import Contact
from ...models.contact import contact_key
from ...models.foreign_keys import HostKey, host_keys, table_name
from ..contacts.host_references import host_references

_COUNT_LIMIT = 1_000


@dataclass(frozen=True)
class HostRows:
    """How many rows of a table of the host's come along, or stand in the way; up to 1,000."""

    table: str
    rows: int
    in_the_way: bool = False


@dataclass(frozen=True)
class _Meeting:
    """Rows that may not stand twice: ``others`` are the columns that are unique with the key.

    ``may_go``: a row says nothing beyond them, so one of two is enough.
    """

    others: tuple[str, ...]
    may_go: bool


def preview(session: Session, old_ids: Sequence[int], new_id: int) -> list[HostRows]:
    """What a merge would move, and what forbids it."""
    moves: dict[str, int] = {}
    stops: dict[str, int] = {}
    for old_id in old_ids:
        for name, count in _in_the_way(session, old_id, new_id).items():
            stops[name] = stops.get(name, 0) + count
        for key in _keys(session):
            if _is_plain(key):
                table = _bare(key)
                few = select(literal(1)).where(table.c[key.columns[0]] == old_id)
                counted = select(func.count()).select_from(few.limit(_COUNT_LIMIT).subquery())
                moves[key.table[1]] = moves.get(key.table[1], 0) + (session.scalar(counted) or 0)
    found = [HostRows(name, count) for name, count in moves.items() if count and name not in stops]
    return found + [HostRows(name, count, in_the_way=True) for name, count in stops.items()]


def move(session: Session, old_id: int, new_id: int) -> None:
    """Let what refers to the one contact refer to the other.

    Raises :class:`ContactInUse` with the tables that forbid it; then nothing was changed.
    """
    in_the_way = _in_the_way(session, old_id, new_id)
    if in_the_way:
        raise ContactInUse(in_the_way)
    for key in _keys(session):
        if not _is_plain(key):
            continue
        own = key.columns[0]
        for meeting in _meetings(session, key):
            table = _bare(key, *meeting.others)
            for row in _met(session, key, meeting, old_id, new_id):
                same = (table.c[name] == row[name] for name in meeting.others)
                session.execute(delete(table).where(table.c[own] == old_id, *same))
        table = _bare(key)
        session.execute(update(table).where(table.c[own] == old_id).values({own: new_id}))


def _in_the_way(session: Session, old_id: int, new_id: int) -> dict[str, int]:
    found: dict[str, int] = {}
    keys = list(_keys(session))
    for key in filter(_is_plain, keys):
        for meeting in _meetings(session, key):
            rows = () if meeting.may_go else _met(session, key, meeting, old_id, new_id)
            if rows:
                found[key.table[1]] = found.get(key.table[1], 0) + len(rows)
    odd = {(key.table[1], ", ".join(key.columns)) for key in keys if not _is_plain(key)}
    if odd:
        for one in host_references(session, contact_key, old_id):
            if (one.table, one.column) in odd:
                found[one.table] = found.get(one.table, 0) + one.rows
    return found


def _keys(session: Session) -> Iterator[HostKey]:
    connection = session.connection({"mapper": Contact})
    yield from host_keys(connection).get(table_name(contact_key.table, connection), ())


def _is_plain(key: HostKey) -> bool:
    return len(key.columns) == 1 and key.referred_columns in ((), (contact_key.name,))


def _bare(key: HostKey, *more: str) -> TableClause:
    schema, name = key.table
    columns = dict.fromkeys((*key.columns, *more))
    return bare_table(name, *(bare_column(one) for one in columns), schema=schema)


def _meetings(session: Session, key: HostKey) -> list[_Meeting]:
    schema, name = key.table
    inspector = inspect(session.connection({"mapper": Contact}))
    columns = {one["name"] for one in inspector.get_columns(name, schema)}
    primary = set(inspector.get_pk_constraint(name, schema)["constrained_columns"])
    together: list[Any] = [primary]
    together += [set(one["column_names"]) for one in inspector.get_unique_constraints(name, schema)]
    indexes = inspector.get_indexes(name, schema)
    together += [set(one["column_names"]) for one in indexes if one["unique"]]
    refers_to_it = host_keys(session.connection({"mapper": Contact})).get(key.table)
    number = set() if refers_to_it else primary  # a number of the row's own says nothing
    own = key.columns[0]
    meetings = {}
    for names in together:
        if own in names and None not in names:
            others = tuple(sorted(names - {own}))
            meetings[others] = _Meeting(others, bool(others) and columns <= names | number)
    return list(meetings.values())


def _met(
    session: Session, key: HostKey, meeting: _Meeting, old_id: int, new_id: int
) -> Sequence[Any]:
    """The rows of the one contact that the other has too, by the other columns."""
    own, mine = key.columns[0], _bare(key, *meeting.others).alias()
    its = _bare(key, *meeting.others).alias()
    same = and_(its.c[own] == new_id, *(its.c[name] == mine.c[name] for name in meeting.others))
    columns = [mine.c[name] for name in meeting.others] or [mine.c[own]]
    query = select(*columns).where(mine.c[own] == old_id, select(its.c[own]).where(same).exists())
    return session.execute(query).mappings().all()
