"""CRM → Duplicates: contacts with the same address or number, or of a like name, in groups.

A page walks along an index from where the last one ended and stops when it is full or has
looked at enough, so that none is slow where nothing is found among a million contacts. What a
great many share (the number of a switchboard) makes nobody the same person. ``visible`` is
always a condition on :class:`Contact` (BEHAVIOUR S7).
"""

from __future__ import annotations

import time
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import or_, select
from sqlalchemy.orm import Session, joinedload, lazyload, undefer
from sqlalchemy.sql.elements import ColumnElement

from ...models import Contact
from .candidates import Person, reasons_for
from .judgements import MOST, Pair, said_pairs
from .key_walk import COLUMNS, next_keys
from .kinds import EMAIL, NAME, PHONE
from .name_walk import next_pairs

#: The kinds of groups, in their order.
KINDS = (EMAIL, PHONE, NAME)
SIZE = 25
#: When a page has looked for so long and is not full, its reader decides whether to go on.
_BUDGET_SECONDS = 0.4
#: So many groups of a kind are counted, and for no longer than that.
MOST_COUNTED = 50
_COUNT_SECONDS = 0.1


@dataclass(frozen=True)
class Group:
    """Contacts that may be one person, as many as can be told apart at once, and how many ``more``
    there are; ``kinds`` are what joins them, the strongest first, and ``score`` how alike the
    names are, out of 100 (None: they are not)."""

    contacts: list[Contact]
    kinds: list[str]
    score: int | None
    more: int = 0

    @property
    def can_merge(self) -> bool:
        """Whether they are of one company, as far as they are of any."""
        return len({one.customer_id for one in self.contacts} - {None}) < 2


@dataclass(frozen=True)
class GroupPage:
    """Groups in the order of what they share; ``after`` goes on, None: that was all.

    There may be few, or none, and still a next page: one page looks only so far.
    """

    groups: list[Group]
    after: Any


@dataclass(frozen=True)
class GroupCount:
    """How many groups of a kind there are; ``is_more``: at least."""

    number: int
    is_more: bool


def count_groups(session: Session, kind: str, visible: ColumnElement[bool]) -> GroupCount:
    """The groups of a kind, as far as they are counted quickly."""
    found = group_page(session, kind, visible, None, MOST_COUNTED, _COUNT_SECONDS)
    return GroupCount(min(len(found.groups), MOST_COUNTED), found.after is not None)


def group_page(
    session: Session,
    kind: str,
    visible: ColumnElement[bool],
    after: Any = None,
    size: int = SIZE,
    seconds: float = _BUDGET_SECONDS,
) -> GroupPage:
    """A page of the groups of a kind; ``after`` is a key of it as an earlier page gave it."""
    groups: list[Group] = []
    give_up = time.monotonic() + seconds
    while True:
        found, after = _stretch(session, kind, visible, after, size - len(groups))
        groups += found
        if after is None or len(groups) >= size or time.monotonic() > give_up:
            return GroupPage(groups, after)


def _stretch(
    session: Session, kind: str, visible: ColumnElement[bool], after: Any, size: int
) -> tuple[list[Group], Any]:
    if kind == NAME:
        pairs, after = next_pairs(session, visible, after, size)
        ids = {one for pair in pairs for one in pair}
        contacts = _load(session, Contact.id.in_(ids), visible) if ids else {}
        return _groups(session, contacts, pairs), after
    keys, after = next_keys(session, kind, visible, after, size)
    if not keys:
        return [], after
    contacts = _load(session, _has_key(kind, keys), visible)
    return _groups(session, contacts, _pairs_by_key(kind, keys, contacts.values())), after


def _load(
    session: Session, condition: ColumnElement[bool], visible: ColumnElement[bool]
) -> dict[int, Contact]:
    query = (
        select(Contact)
        .where(condition, visible, Contact.archived_at.is_(None))
        .options(
            joinedload(Contact.customer),
            joinedload(Contact.login),
            lazyload(Contact.permissions),
            undefer(Contact.email2_search),
        )
        .order_by(Contact.id)
    )
    return {one.id: one for one in session.scalars(query)}


def _pairs_by_key(kind: str, keys: Sequence[str], contacts: Iterable[Contact]) -> list[Pair]:
    """Neighbours among those who share a key, in the order of the keys."""
    by_key: dict[str, list[int]] = {key: [] for key in keys}
    for one in contacts:
        for key in keys_of(kind, one):
            if key in by_key:
                by_key[key].append(one.id)
    return [
        (first, second)
        for ids in by_key.values()
        for place, first in enumerate(ids)
        for second in ids[place + 1 :]
    ]


def _groups(session: Session, contacts: dict[int, Contact], pairs: Sequence[Pair]) -> list[Group]:
    """What holds together by pairs that nobody has told apart, in the order of the pairs."""
    here = [pair for pair in pairs if pair[0] in contacts and pair[1] in contacts]
    said = said_pairs(session, {one for pair in here for one in pair})
    alike = [
        (first, second)
        for first, second in here
        if (first, second) not in said and not _is_known_as_one(contacts[first], contacts[second])
    ]
    whose: dict[int, set[int]] = {}
    for first, second in alike:
        together = whose.get(first, {first}) | whose.get(second, {second})
        for member in together:
            whose[member] = together
    shown: dict[int, set[int]] = {id(together): set() for together in whose.values()}
    for pair in alike:  # so that those who are told apart already make room for the others
        some = shown[id(whose[pair[0]])]
        for one in pair:
            if len(some) < MOST:
                some.add(one)
    return [
        _group([contacts[one] for one in sorted(some)], len(whose[min(some)]) - len(some))
        for some in shown.values()
    ]


def _is_known_as_one(one: Contact, other: Contact) -> bool:
    """One person at two companies, who signs in once: as it should be (C6)."""
    return (
        one.login_id is not None
        and one.login_id == other.login_id
        and one.customer_id != other.customer_id
    )


def _group(contacts: list[Contact], more: int) -> Group:
    first = Person.of(contacts[0])
    found = [reason for one in contacts[1:] for reason in reasons_for(first, one)]
    kinds = [kind for kind in KINDS if any(reason.kind == kind for reason in found)]
    scores = [reason.score for reason in found if reason.kind == NAME]
    return Group(contacts, kinds, min(scores, default=None), more)


def _has_key(kind: str, keys: Collection[str]) -> ColumnElement[bool]:
    return or_(*(column.in_(keys) for column in COLUMNS[kind]))


def keys_of(kind: str, contact: Contact) -> set[str]:
    """What a contact shares with others, as the columns have it."""
    return {value for column in COLUMNS[kind] if (value := getattr(contact, column.key))}
