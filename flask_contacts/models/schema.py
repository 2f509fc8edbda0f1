"""Making our tables, and only ours."""

from __future__ import annotations

from sqlalchemy import Table, inspect
from sqlalchemy.orm import Session

from . import Base, Contact


def own_tables() -> list[Table]:
    """The tables of this package, in the order of their foreign keys."""
    mapped = {mapper.local_table for mapper in Base.registry.mappers}
    return [table for table in Base.metadata.sorted_tables if table in mapped]


def create_tables(session: Session) -> list[str]:
    """Create those of our tables that do not exist yet; the names of the new ones."""
    engine = session.get_bind(Contact)
    existing = set(inspect(engine).get_table_names())
    missing = [table for table in own_tables() if table.name not in existing]
    Base.metadata.create_all(engine, tables=missing)
    return [table.name for table in missing]
