"""About how many rows a table has, without counting them."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Integer, column, func, inspect, select, text
from sqlalchemy.orm import Session

_ESTIMATES = {
    "postgresql": text("SELECT reltuples FROM pg_class WHERE oid = to_regclass(:name)"),
    "mysql": text(
        "SELECT table_rows FROM information_schema.tables "
        "WHERE table_schema = DATABASE() AND table_name = :name"
    ),
}
_ESTIMATES["mariadb"] = _ESTIMATES["mysql"]


def row_estimate(session: Session, model: Any) -> Any:
    """What the database's statistics say, as a part of a statement; on SQLite, which keeps
    none, the largest id.

    NULL, or less than 1, where the statistics were not made yet.
    """
    mapper = inspect(model)
    statement = _ESTIMATES.get(session.get_bind(model).dialect.name)
    if statement is None:
        return select(func.max(mapper.primary_key[0])).scalar_subquery()
    named = statement.bindparams(name=mapper.local_table.name)
    return named.columns(column("rows", Integer)).scalar_subquery()
