"""*Not duplicates*: staff have looked at two contacts, and they are two."""

from __future__ import annotations

from collections.abc import Collection
from itertools import combinations

from sqlalchemy import select
from sqlalchemy.orm import Session, lazyload
from sqlalchemy.sql.elements import ColumnElement

from ...actors import SYSTEM, Actor
from ...errors import NotFound
from ...models import Contact, NotDuplicates
from ..transaction import in_transaction

#: At most so many contacts are told apart at once.
MOST = 10
Pair = tuple[int, int]


def say_not_duplicates(
    session: Session,
    ids: Collection[int],
    actor: Actor = SYSTEM,
    *,
    visible: ColumnElement[bool],
) -> list[str]:
    """Keep that these contacts are different people; their names. Twice is no error.

    Raises :class:`NotFound` for one who is hidden or gone, and where there are no two.
    """
    wanted = sorted(set(ids))
    if not 2 <= len(wanted) <= MOST:
        raise NotFound("choose some contacts")

    def work() -> list[str]:
        query = (
            select(Contact)
            .where(Contact.id.in_(wanted), visible)
            .order_by(Contact.id)
            .with_for_update(key_share=True)
            .options(lazyload(Contact.permissions))
        )
        found = session.scalars(query).all()
        if len(found) < len(wanted):
            raise NotFound("no such contacts")
        known = said_pairs(session, wanted)
        for first, second in combinations(wanted, 2):
            if (first, second) not in known:
                session.add(
                    NotDuplicates(
                        first_id=first,
                        second_id=second,
                        said_by=actor.name[:210],
                        said_by_id=actor.staff_id,
                    )
                )
        return [one.name for one in found]

    return in_transaction(session, work)


def said_pairs(session: Session, ids: Collection[int]) -> set[Pair]:
    """The pairs among these contacts that staff have told apart, the smaller id first."""
    some = list(ids)
    query = select(NotDuplicates.first_id, NotDuplicates.second_id).where(
        NotDuplicates.first_id.in_(some), NotDuplicates.second_id.in_(some)
    )
    return {(first, second) for first, second in session.execute(query)} if some else set()
