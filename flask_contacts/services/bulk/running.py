"""Doing a change to many contacts, fifty in a transaction, for as long as a request may take.

Where it stands is a :class:`Progress` that the caller keeps. What is done is committed: a
killed run that is begun again from an earlier place finds those contacts changed already.
"""

from __future__ import annotations

import time
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import takewhile

from sqlalchemy import select
from sqlalchemy.orm import Session, selectinload

from ... import signals
from ...actors import Actor
from ...i18n import _l
from ...models import Contact
from .. import chunks
from ..announce import announce
from ..chunks import Outcome
from ..contacts import primary
from .changes import Change
from .facts import facts_of
from .ledger import Ledger
from .parts import parted
from .planning import NAMED
from .selection import Chosen

CHUNK = 50
#: Why a contact is left out.
REFUSALS = {
    "already": _l("Nothing would change for them."),
    "archived": _l("Archived. Restore such contacts first."),
    "primary": _l(
        "The primary contact, while others at the customer stay active. Deactivate such a "
        "contact on its page, and name who follows."
    ),
    "silences": _l("Nobody else at the customer gets mail about a topic that they get."),
    "moved": _l("Was changed by somebody else at the same moment. Choose such contacts again."),
    **chunks.REFUSALS,
    "gone": _l("Not found any more: changed or removed since they were counted."),
}
#: What was done, beside the reasons, in :attr:`Progress.counts`.
DONE = "done"


@dataclass(frozen=True)
class Progress:
    """``after`` is the last id of this ``stage`` that was looked at, ``ahead`` are some behind it
    that were as well; ``first`` are some ids of each kind that is counted. ``is_busy``: the
    database was, try again later."""

    total: int
    stage: int = 0
    after: int = 0
    counts: Mapping[str, int] = field(default_factory=dict)
    first: Mapping[str, list[int]] = field(default_factory=dict)
    ahead: Sequence[int] = ()
    is_done: bool = False
    is_busy: bool = False

    @property
    def seen(self) -> int:
        """How many were looked at."""
        return sum(self.counts.values())

    def grown(self, outcomes: Sequence[Outcome]) -> Progress:
        """With the outcomes of some more contacts."""
        counts, first = dict(self.counts), {kind: [*ids] for kind, ids in self.first.items()}
        for one in outcomes:
            kind = one.refusal or DONE
            counts[kind] = counts.get(kind, 0) + 1
            if kind != DONE and len(first.setdefault(kind, [])) < NAMED:
                first[kind].append(one.contact_id)
        return replace(self, counts=counts, first=first)

    def passed(self, ids: Sequence[int], looked_at: Collection[int]) -> Progress:
        """Behind the first of some ids, as far as each of them was looked at."""
        through = list(takewhile(lambda one: one in looked_at, ids))
        ahead = [one for one in ids[len(through) :] if one in looked_at]
        return replace(self, after=through[-1] if through else self.after, ahead=ahead)


def advance(
    session: Session,
    change: Change,
    chosen: Chosen,
    progress: Progress,
    actor: Actor,
    *,
    silences: bool = False,
    seconds: float = 3.0,
) -> Progress:
    """Go on from where ``progress`` stands; at least fifty contacts, then until the time is up.

    Each contact is locked and judged anew: what changed since it was counted, counts.
    ``silences``: also where a topic loses its last recipient, which staff were told (N6).
    """
    until = time.monotonic() + seconds
    progress = replace(progress, is_busy=False)
    while not progress.is_done:
        progress = _next_chunk(session, change, chosen, progress, actor, silences)
        if progress.is_busy or time.monotonic() >= until:
            break
    return progress


def _next_chunk(
    session: Session,
    change: Change,
    chosen: Chosen,
    progress: Progress,
    actor: Actor,
    silences: bool,
) -> Progress:
    is_staged = change.primaries_last
    ids = chosen.next_ids(
        session, progress.after, CHUNK, primary=bool(progress.stage) if is_staged else None
    )
    if not ids:
        if is_staged and progress.stage == 0:
            return replace(progress, stage=1, after=0)
        return _finished(progress)
    chunk = _Chunk(session, change, actor, silences)
    told = _do_and_tell(session, [one for one in ids if one not in progress.ahead], chosen, chunk)
    looked_at = {*progress.ahead, *(one.contact_id for one in told)}
    progress = progress.grown(told).passed(ids, looked_at)
    return replace(progress, is_busy=len(looked_at) < len(ids))


def _do_and_tell(
    session: Session, ids: Sequence[int], chosen: Chosen, chunk: _Chunk
) -> list[Outcome]:
    """Do it, and tell the world; ends where the database is busy."""
    told: list[Outcome] = []
    for some in chunk.parts(ids):
        outcomes = chunks.do_in_chunks(session, some, chosen.scope.visible, chunk.work, chunk.lock)
        told += takewhile(lambda one: one.refusal != "busy", outcomes)
        if outcomes[-1].refusal == "busy":
            break
    for one in told:
        if one.refusal is None:
            announce(session, signals.contact_changed, contact_id=one.contact_id)
    return told


def _finished(progress: Progress) -> Progress:
    """The end; who was counted and is not found any more is said to be gone."""
    gone = max(progress.total - progress.seen, 0)
    if gone:
        counts = {**progress.counts, "gone": progress.counts.get("gone", 0) + gone}
        progress = replace(progress, counts=counts)
    return replace(progress, is_done=True)


class _Chunk:
    """The work of one transaction; tried again, it begins anew with :meth:`lock`."""

    def __init__(self, session: Session, change: Change, actor: Actor, silences: bool) -> None:
        self.session, self.change, self.actor = session, change, actor
        self.silences, self.locked = silences, set[object]()

    def parts(self, ids: Sequence[int]) -> Iterable[Sequence[int]]:
        """The ids of each transaction: of customers that are locked for a moment only."""
        return parted(self.session, ids) if self.change.is_about_customers else [ids]

    def lock(self, ids: Collection[int]) -> None:
        """Make others wait who change contacts of the same customers."""
        if self.change.is_about_customers:
            self.locked = primary.lock_customers_of(self.session, ids)

    def work(self, contacts: Sequence[Contact]) -> dict[int, str]:
        """Judge each, and change those that nothing stands against."""
        self._load(contacts)
        ledger = Ledger(self.session, self.change, silences=self.silences)
        ledger.open({one.customer_id for one in contacts})
        refusals, touched = {}, []
        for contact in contacts:
            reason = self._moved(contact) or ledger.judge(facts_of(contact)).reason
            if reason is None:
                touched.append(contact)
            else:
                refusals[contact.id] = reason
        if touched:
            self.change.apply(self.session, touched, self.actor)
        return refusals

    def _moved(self, contact: Contact) -> str | None:
        """Whether its customer is another one than was locked."""
        is_other = contact.customer_id is not None and contact.customer_id not in self.locked
        return "moved" if self.change.is_about_customers and is_other else None

    def _load(self, contacts: Sequence[Contact]) -> None:
        """The permissions and topics of all, in two statements."""
        query = (
            select(Contact)
            .where(Contact.id.in_([one.id for one in contacts]))
            .options(selectinload(Contact.permissions), selectinload(Contact.topics))
            .execution_options(populate_existing=True)
        )
        self.session.scalars(query).all()
