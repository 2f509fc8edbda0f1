"""Making our tables, and only ours."""

from __future__ import annotations

from sqlalchemy import Table, inspect
from sqlalchemy.orm import Session

from ..errors import ContactsError
from . import Base, Contact


def own_tables() -> list[Table]:
    """The tables of this package, in the order of their foreign keys."""
    mapped = {mapper.local_table for mapper in Base.registry.mappers}
    return [table for table in Base.metadata.sorted_tables if table in mapped]


class TableMissing(ContactsError):
    """A table of the host's that ours refer to does not exist yet."""

    def __init__(self, name: str) -> None:
        super().__init__(
            f"The table {name} does not exist yet, and ours refer to it. Create the host's tables "
            "first (by its migrations, or db.create_all()), then try again."
        )
        self.name = name


def create_tables(session: Session) -> list[str]:
    """Create those of our tables that do not exist yet; the names of the new ones.

    Raises :class:`TableMissing`, and creates nothing, where a table that they refer to is
    neither there nor ours.
    """
    engine = session.get_bind(Contact)
    existing = set(inspect(engine).get_table_names())
    missing = [table for table in own_tables() if table.name not in existing]
    there = existing | {table.name for table in missing}
    for table in missing:
        for key in table.foreign_keys:
            if key.column.table.schema is None and key.column.table.name not in there:
                raise TableMissing(key.column.table.name)
    Base.metadata.create_all(engine, tables=missing)
    return [table.name for table in missing]
