"""When contacts were invited and accepted, from the links of a database that did not say."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

from sqlalchemy import Connection, Table, column, func, select, table, update
from sqlalchemy.sql import TableClause

from .contact import Contact
from .login import Link

_INVITES = ("set_password",)
_PROVES = ("set_password", "reset_password")


def fill_invitation_dates(connection: Connection, added: Collection[str]) -> None:
    """Fill those of ``invited_at`` and ``accepted_at`` that are among the ``added`` columns.

    Without them whoever has a valid link, or has used one, would count as never invited.
    """
    contacts, links = _bare(Contact.__table__), _bare(Link.__table__)
    sources: dict[str, tuple[Any, tuple[str, ...]]] = {
        "invited_at": (func.coalesce(links.c.issued_at, links.c.created_at), _INVITES),
        "accepted_at": (links.c.used_at, _PROVES),
    }
    values = {
        name: select(func.max(date))
        .where(links.c.contact_id == contacts.c.id, links.c.purpose.in_(purposes))
        .correlate(contacts)
        .scalar_subquery()
        for name, (date, purposes) in sources.items()
        if name in added
    }
    if values:
        connection.execute(update(contacts).values(values))


def _bare(full: Any) -> TableClause:
    """Without the models' onupdate: to have been invited is no change of today's."""
    assert isinstance(full, Table)
    return table(full.name, *(column(one.name, one.type) for one in full.columns))
