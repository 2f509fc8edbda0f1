"""The names of what ``flask contacts create-search-index`` makes beside our tables.

It belongs to no model, so that Alembic would drop it: a host passes :func:`include_object` to
its migrations. Importing this module binds nothing.
"""

from __future__ import annotations

#: The index on the contacts, on PostgreSQL and MariaDB.
CONTACT_INDEX = "ix_contacts_contact_search"
#: All of the kind.
SEARCH_INDEXES = frozenset({CONTACT_INDEX})
#: The full-text table on SQLite; SQLite keeps others behind it whose names begin like it.
FTS = "contacts_contact_fts"
_SHADOWS = {f"{FTS}{end}" for end in ("", "_data", "_idx", "_docsize", "_config", "_content")}


def include_object(
    _thing: object, name: str | None, kind: str, is_reflected: bool, _other: object
) -> bool:
    """False for the search index and its tables: for ``include_object`` of Alembic."""
    if not is_reflected:
        return True
    if kind == "table":
        return name not in _SHADOWS
    return not (kind == "index" and name in SEARCH_INDEXES)
