"""The keys that rows are found by, for rows that were written before there were any."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from typing import Any

from sqlalchemy import Connection, RowMapping, bindparam, select, update
from sqlalchemy.sql import TableClause, column as bare_column, table as bare_table

from . import Contact, Customer
from .binding import bound_customer
from .search_keys import COMPANY_LENGTH, CONTACT_KEYS, SOURCES, contact_keys, folded

_AT_ONCE = 2000


def fill_search_keys(connection: Connection) -> int:
    """Fold every contact, and every bundled customer, anew; how many rows were touched.

    Reads and writes a batch at a time, so that a million rows need no memory.
    """
    done = _fill(connection, _bare(Contact.__table__), SOURCES, contact_keys)
    if bound_customer() is None:
        done += _fill(connection, _bare(Customer.__table__), ("company",), _company_key)
    return done


def fill_added_keys(connection: Connection, added: Collection[str]) -> None:
    """The same, where keys are among the columns that the contacts have just been given."""
    if not CONTACT_KEYS.isdisjoint(added):
        fill_search_keys(connection)


def _company_key(row: Mapping[str, Any]) -> dict[str, str]:
    return {"company_key": folded(row["company"])[:COMPANY_LENGTH]}


def _fill(
    connection: Connection,
    table: TableClause,
    sources: Sequence[str],
    keys: Callable[[Any], dict[str, str]],
) -> int:
    done = 0
    for rows in _batches(connection, table, sources):
        found = [{"its_id": row["id"], **keys(row)} for row in rows]
        names = [name for name in found[0] if name != "its_id"]
        statement = update(table).where(table.c.id == bindparam("its_id"))
        connection.execute(statement.values({name: bindparam(name) for name in names}), found)
        done += len(found)
    return done


def _batches(
    connection: Connection, table: TableClause, sources: Sequence[str]
) -> Iterator[Sequence[RowMapping]]:
    columns, last = [table.c[name] for name in ("id", *sources)], 0
    while True:
        query = select(*columns).where(table.c.id > last).order_by(table.c.id).limit(_AT_ONCE)
        rows = connection.execute(query).mappings().all()
        if not rows:
            return
        yield rows
        last = rows[-1]["id"]


def _bare(full: Any) -> TableClause:
    """Without the models' onupdate: to be folded is no change of today's."""
    return bare_table(full.name, *(bare_column(one.name, one.type) for one in full.columns))
