"""Who gave a contact each permission that it holds, as far as its activity tells."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from ...models import Activity, Contact

#: So many entries are looked through, the newest first.
_LOOKED_AT = 500


@dataclass(frozen=True)
class Grant:
    """The entry by which a permission came."""

    entry: Activity

    @property
    def when(self) -> datetime:
        """When it came, in UTC."""
        return self.entry.happened_at


def grants_of(session: Session, contact: Contact) -> dict[str, Grant]:
    """By permission that the contact holds; one that nothing is known of is missing."""
    query = (
        select(Activity)
        .where(Activity.contact_id == contact.id)
        .order_by(Activity.id.desc())
        .limit(_LOOKED_AT)
    )
    return _first_of_each(session.scalars(query), set(contact.permission_names))


def _first_of_each(entries: Iterable[Activity], wanted: set[str]) -> dict[str, Grant]:
    found: dict[str, Grant] = {}
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
