"""Which contacts are changed in one transaction, where the customers of all are locked.

Fifty contacts can be of fifty customers, each with thousands of contacts: all of those would
wait for one another's transactions. So the contacts are parted by their customers.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from ...models import Contact

#: The customers of one transaction have no more contacts than these together, unless one
#: customer alone has more: a customer is never locked in part.
MOST_LOCKED = 1_000


def parted(session: Session, ids: Sequence[int]) -> Iterator[list[int]]:
    """The ids in parts, each in their order; the contacts of a customer stay together."""
    query = select(Contact.id, Contact.customer_id).where(Contact.id.in_(ids))
    of = {row[0]: row[1] for row in session.execute(query)}
    sizes = _sizes(session, set(of.values()) - {None})
    part: set[Any] = set()
    locked = 0
    for key in dict.fromkeys(of.get(one) for one in ids):
        if part and locked + sizes.get(key, 0) > MOST_LOCKED:
            yield [one for one in ids if of.get(one) in part]
            part, locked = set(), 0
        part.add(key)
        locked += sizes.get(key, 0)
    if part:
        yield [one for one in ids if of.get(one) in part]


def _sizes(session: Session, customers: set[Any]) -> dict[Any, int]:
    """How many contacts each customer has; nothing is asked about a single one."""
    if len(customers) < 2:
        return {}
    query = select(Contact.customer_id, func.count()).where(Contact.customer_id.in_(customers))
    return {row[0]: row[1] for row in session.execute(query.group_by(Contact.customer_id))}
