"""What a change of many contacts would do now; nothing is changed."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from itertools import islice
from typing import Any

from sqlalchemy.orm import Session

from .changes import Change
from .facts import Facts, load_facts
from .ledger import Ledger
from .selection import MOST, Chosen

#: So many of each kind are named.
NAMED = 10
_AT_ONCE = 1000


@dataclass
class Group:
    """How many contacts have something in common, and the first of them."""

    count: int = 0
    first: list[Facts] = field(default_factory=list)

    def add(self, facts: Facts) -> None:
        """One more."""
        self.count += 1
        if len(self.first) < NAMED:
            self.first.append(facts)


@dataclass
class Preview:
    """``chosen`` is what to run then, with its end; ``more`` whether others match after it.

    ``refused`` is by reason (a key of ``running.REFUSALS``). ``silencing`` are those of
    ``touched`` by whom topics lose their last recipient, ``topics`` which, ``waiting`` those
    that would have a topic on without the permission of its module.
    """

    chosen: Chosen
    total: int
    more: bool = False
    touched: Group = field(default_factory=Group)
    refused: dict[str, Group] = field(default_factory=dict)
    silencing: Group = field(default_factory=Group)
    waiting: Group = field(default_factory=Group)
    topics: set[str] = field(default_factory=set)


def preview(session: Session, change: Change, chosen: Chosen, *, silences: bool = False) -> Preview:
    """Count who would be touched and who not, at most :data:`MOST`, a thousand at a time."""
    keys = chosen.keys(session)
    more, keys = len(keys) > MOST, keys[:MOST]
    if chosen.ids is None:
        chosen = replace(chosen, end=keys[-1][2] if keys else chosen.start)
    total = len(keys) if chosen.ids is None else len(chosen.ids)
    found, ledger = Preview(chosen, total, more), Ledger(session, change, silences=silences)
    keys.sort(key=lambda one: (one[0] is None, one[0] if one[0] is not None else 0, *one[1:]))
    for some in _batches([one[2] for one in keys]):
        facts = load_facts(session, some, chosen.scope.visible, names=change.is_about_names)
        ledger.open({one.customer_id for one in facts.values()})
        for pk in some:
            if pk in facts:
                _count(found, ledger, facts[pk])
    missing = total - found.touched.count - sum(one.count for one in found.refused.values())
    if missing:
        found.refused["gone"] = Group(missing)
    return found


def named(
    session: Session, ids: Mapping[str, list[int]], chosen: Chosen
) -> dict[str, list[tuple[int, str]]]:
    """Ids and names of the first ones of each kind, where they may still be seen."""
    wanted = [one for some in ids.values() for one in some]
    facts = load_facts(session, wanted, chosen.scope.visible, names=False) if wanted else {}
    return {
        kind: [(one, facts[one].name) for one in some if one in facts] for kind, some in ids.items()
    }


def _count(found: Preview, ledger: Ledger, facts: Facts) -> None:
    verdict = ledger.judge(facts)
    found.topics |= verdict.silenced
    if verdict.reason is not None:
        found.refused.setdefault(verdict.reason, Group()).add(facts)
        return
    found.touched.add(facts)
    if verdict.silenced:
        found.silencing.add(facts)
    if verdict.after.waits - facts.waits:
        found.waiting.add(facts)


def _batches(ids: list[int]) -> Iterator[list[int]]:
    rest: Any = iter(ids)
    while some := list(islice(rest, _AT_ONCE)):
        yield some
