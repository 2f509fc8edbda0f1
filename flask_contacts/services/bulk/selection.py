"""To which contacts something is done: some that were ticked, or all that match."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import Select, select
from sqlalchemy.orm import Session

from ...models import Contact
from ..agent import filters as agent_filters
from ..agent.question import ListQuery, Question, Scope

#: More contacts than these are not taken in one go: the preview judges each of them.
MOST = 20_000


@dataclass(frozen=True)
class Chosen:
    """Either ``ids``, or what ``query`` matches between two ids: after ``start``, and not after
    ``end``, so that who comes later is not touched unseen. ``scope`` holds in both cases (S7).
    """

    scope: Scope
    ids: tuple[int, ...] | None = None
    query: ListQuery = field(default_factory=ListQuery)
    start: int = 0
    end: int | None = None

    def keys(self, session: Session) -> list[tuple[Any, bool, int]]:
        """Customer's key, whether primary, and id of each, by id; one more than is taken."""
        columns = (Contact.customer_id, Contact.primary_of, Contact.id)
        query = self._narrowed(session, select(*columns), self.start).limit(MOST + 1)
        return [(key, primary is not None, pk) for key, primary, pk in session.execute(query)]

    def next_ids(
        self, session: Session, after: int, size: int, *, primary: bool | None = None
    ) -> Sequence[int]:
        """The first ids after one; of primary contacts alone, or of all others, if asked."""
        query = self._narrowed(session, select(Contact.id), max(after, self.start))
        if primary is not None:
            is_primary = Contact.primary_of.is_not(None)
            query = query.where(is_primary if primary else ~is_primary)
        return session.scalars(query.limit(size)).all()

    def _narrowed(self, session: Session, query: Select[Any], after: int) -> Select[Any]:
        query = query.where(self.scope.visible, Contact.id > after).order_by(Contact.id)
        if self.ids is not None:
            return query.where(Contact.id.in_(self.ids))
        words = Question(session, self.scope, self.query).word_conditions()
        query = agent_filters.narrowed(query, self.query.filters).where(*words)
        return query if self.end is None else query.where(Contact.id <= self.end)
