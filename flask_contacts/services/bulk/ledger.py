"""The rules between the contacts of one customer, kept while many change one after the other.

The counts are read once for some customers and carried on from contact to contact, so that
counting a hundred thousand and doing it to fifty come to the same answers.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Collection
from dataclasses import dataclass
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from ...mail.recipients import fallback_topics, is_mailable, is_reached
from ...models import Contact, ContactTopic
from ...state import current_contacts
from .changes import Change
from .facts import Facts


@dataclass(frozen=True)
class Verdict:
    """How a contact would be, why it is left out (None: it is not), and which topics nobody
    at its customer would get then."""

    after: Facts
    reason: str | None
    silenced: frozenset[str] = frozenset()


class Ledger:
    """Says who is left out; ``silences``: a topic may lose its last recipient (N6)."""

    def __init__(self, session: Session, change: Change, *, silences: bool = False) -> None:
        self._session, self._change, self._may_silence = session, change, silences
        self._active: dict[Any, int] = {}
        self._reached: dict[Any, Counter[str]] = {}
        self._falls_back: set[Any] = set()
        self._fallbacks: frozenset[str] | None = None

    def open(self, customers: Collection[Any]) -> None:
        """Read the counts of customers that are not known yet, and forget all others."""
        kept = set(customers) - {None}
        for known in (self._active, self._reached):
            for one in set(known) - kept:
                del known[one]
        wanted = kept - set(self._active)
        if wanted and self._change.is_about_customers:
            self._read(wanted)

    def judge(self, facts: Facts) -> Verdict:
        """Whether it is done to a contact; if so, it counts as done from now on."""
        key, after = facts.customer_id, self._change.changed(facts)
        reason = self._change.refusal(facts, after)
        if reason is not None or key not in self._active:
            return Verdict(after, reason)
        if facts.is_primary and not after.active and self._active[key] > 1:
            return Verdict(after, "primary")
        silenced = self._silenced(facts, after)
        if silenced and not self._may_silence:
            return Verdict(after, "silences", silenced)
        self._active[key] += after.active - facts.active
        self._reached[key].subtract(facts.gets - after.gets)
        self._reached[key].update(after.gets - facts.gets)
        return Verdict(after, None, silenced)

    def _silenced(self, facts: Facts, after: Facts) -> frozenset[str]:
        key, reached = facts.customer_id, self._reached[facts.customer_id]
        last = {name for name in facts.gets - after.gets if reached[name] <= 1}
        falling = self._fallbacks or frozenset()
        if facts.is_primary and not after.active:  # the last one: nothing falls back any more
            return frozenset(last | (falling if key in self._falls_back else frozenset()))
        return frozenset(last - falling) if key in self._falls_back else frozenset(last)

    def _read(self, customers: set[Any]) -> None:
        session, here = self._session, Contact.customer_id.in_(customers)
        count = select(Contact.customer_id, func.count()).where(here, Contact.active)
        rows = session.execute(count.group_by(Contact.customer_id))
        numbers: dict[Any, int] = {row[0]: row[1] for row in rows}
        self._active.update({one: numbers.get(one, 0) for one in customers})
        reached: dict[Any, Counter[str]] = defaultdict(Counter)
        registered = current_contacts.registry.topics.values()
        query = (
            select(Contact.customer_id, ContactTopic.name, func.count())
            .join(Contact, ContactTopic.contact_id == Contact.id)
            .where(here, is_reached(registered))
            .group_by(Contact.customer_id, ContactTopic.name)
        )
        for key, name, number in session.execute(query):
            reached[key][name] = number
        self._reached.update({one: reached[one] for one in customers})
        if self._fallbacks is None:
            self._fallbacks = fallback_topics(session)
        if self._fallbacks:
            mailed = select(Contact.primary_of).where(
                Contact.primary_of.in_(customers), is_mailable()
            )
            self._falls_back.update(session.scalars(mailed))
