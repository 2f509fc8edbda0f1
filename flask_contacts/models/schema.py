"""Making our tables, and only ours."""

from __future__ import annotations

from collections.abc import Collection

from sqlalchemy import Inspector, Table, inspect
from sqlalchemy.orm import Session

from ..errors import ContactsError
from ..i18n import _
from . import Base, Contact


def own_tables() -> list[Table]:
    """The tables of this package, in the order of their foreign keys."""
    mapped = {mapper.local_table for mapper in Base.registry.mappers}
    return [table for table in Base.metadata.sorted_tables if table in mapped]


class TableMissing(ContactsError):
    """A table of the host's that ours refer to does not exist yet."""

    def __init__(self, name: str) -> None:
        super().__init__(
            _(
                "The table %(name)s does not exist yet, and ours refer to it. Create the host's "
                "tables first (by its migrations, or db.create_all()), then try again.",
                name=name,
            )
        )
        self.name = name


class ViewInTheWay(ContactsError):
    """A view has the name of a table of ours."""

    def __init__(self, name: str) -> None:
        super().__init__(
            _(
                "A view named %(name)s stands where our table belongs. Give it another name, "
                "then try again.",
                name=name,
            )
        )
        self.name = name


def refuse_views(inspector: Inspector, tables: Collection[str]) -> None:
    """Raise :class:`ViewInTheWay` where a table cannot be created: SQLAlchemy would skip it."""
    views = set(inspector.get_view_names()) if tables else ()
    for name in tables:
        if name in views:
            raise ViewInTheWay(name)


def create_tables(session: Session) -> list[str]:
    """Create those of our tables that do not exist yet; the names of the new ones.

    Creates nothing and raises :class:`TableMissing` where a table that they refer to is
    neither there nor ours, and :class:`ViewInTheWay`.
    """
    engine = session.get_bind(Contact)
    existing = set(inspect(engine).get_table_names())
    missing = [table for table in own_tables() if table.name not in existing]
    refuse_views(inspect(engine), [table.name for table in missing])
    there = existing | {table.name for table in missing}
    for table in missing:
        for key in table.foreign_keys:
            if key.column.table.schema is None and key.column.table.name not in there:
                raise TableMissing(key.column.table.name)
    Base.metadata.create_all(engine, tables=missing)
    return [table.name for table in missing]
