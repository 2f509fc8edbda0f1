"""Who gave a contact each permission that it holds, as far as its activity tells."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from typing import Any

from sqlalchemy import Select, bindparam, select
from sqlalchemy.orm import Session

from ...models import Activity, Contact

#: So many entries are looked through, the newest first.
LOOKED_AT = 500


@dataclass(frozen=True)
class Grant:
    """The entry by which a permission came."""

    entry: Activity

    @property
    def when(self) -> datetime:
        """When it came, in UTC."""
        return self.entry.happened_at


def newest_entries(session: Session, contact: Contact) -> Sequence[Activity]:
    """What is looked through; the newest of it are those of the contact's activity."""
    return session.scalars(_newest(), {"contact_id": contact.id, "size": LOOKED_AT}).all()


@cache
def _newest() -> Select[Any]:
    is_of_it = Activity.contact_id == bindparam("contact_id")
    return select(Activity).where(is_of_it).order_by(Activity.id.desc()).limit(bindparam("size"))


def grants_of(
    session: Session, contact: Contact, entries: Iterable[Activity] | None = None
) -> dict[str, Grant]:
    """By permission that the contact holds; one that nothing is known of is missing.

    ``entries`` are :func:`newest_entries`, where somebody has read them.
    """
    found: dict[str, Grant] = {}
    wanted = set(contact.permission_names)
    if entries is None:
        entries = newest_entries(session, contact)
    for entry in entries:
        pair = entry.changes.get("permissions")
        if not isinstance(pair, list) or len(pair) != 2:
            continue
        old, new = ({*(one or ())} for one in pair)
        for name in (new - old) & wanted - set(found):
            found[name] = Grant(entry)
        if wanted <= set(found):
            break
    return found
