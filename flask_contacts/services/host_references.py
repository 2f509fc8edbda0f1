"""The host's rows that refer to a contact: what deleting it does to them.

The host's foreign keys decide; this reads them, so that a preview can say it and every
engine does the same (SQLite enforces foreign keys only where the host switched that on).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from sqlalchemy import Column, ForeignKeyConstraint, Table, func, select, update
from sqlalchemy.orm import Session

from ..errors import ContactInUse
from ..models import Base, Contact
from ..models.schema import own_tables

_COUNT_LIMIT = 1_000


@dataclass(frozen=True)
class HostReference:
    """Rows of one table that refer to the contact by one column.

    ``effect`` of a deletion: ``"kept"`` (they lose the reference), ``"deleted"`` (the
    host said CASCADE) or ``"prevents"``. ``rows`` is counted up to 1,000.
    """

    table: str
    column: str
    rows: int
    effect: str


def host_references(session: Session, contact_id: int) -> list[HostReference]:
    """Every table of the host with rows that refer to this contact."""
    found = []
    for column, key in _foreign_keys():
        few = select(column).where(column == contact_id).limit(_COUNT_LIMIT).subquery()
        rows = session.scalar(select(func.count()).select_from(few)) or 0
        if rows:
            found.append(HostReference(column.table.name, column.name, rows, _effect(key)))
    return found


def release(session: Session, contact_id: int) -> None:
    """Before the deletion: clear the references that the host lets go.

    Raises :class:`ContactInUse` where the host's foreign keys forbid the deletion.
    """
    references = host_references(session, contact_id)
    forbidding = {one.table: one.rows for one in references if one.effect == "prevents"}
    if forbidding:
        raise ContactInUse(forbidding)
    for column, key in _foreign_keys():
        if _effect(key) == "kept":
            session.execute(
                update(column.table).where(column == contact_id).values({column.name: None})
            )


def _foreign_keys() -> Iterator[tuple[Column[int], ForeignKeyConstraint]]:
    contacts, own = Contact.__table__, set(own_tables())
    tables: list[Table] = [table for table in Base.metadata.tables.values() if table not in own]
    for table in tables:
        for key in table.foreign_key_constraints:
            if key.referred_table is contacts and len(key.columns) == 1:
                yield next(iter(key.columns)), key


def _effect(key: ForeignKeyConstraint) -> str:
    rule = (key.ondelete or "").upper()
    if rule == "CASCADE":
        return "deleted"
    return "kept" if rule == "SET NULL" else "prevents"
