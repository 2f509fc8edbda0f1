"""How the contacts that hold all words are found in no order, by the database's indexes.

PostgreSQL joins what its indexes find by itself, best where a word has one way alone. SQLite
and MariaDB do not ask a full-text index where a condition has another way to be true; they would
read all contacts, or list all matches of a common word before the first is looked at. So there
the words are looked for in one way after the other, each of which has a condition that an index
serves, and none of which finds a contact of another.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import NamedTuple

from sqlalchemy import case, func, not_, or_, select
from sqlalchemy.orm import Session
from sqlalchemy.sql.elements import ColumnElement

from ...models import Contact
from . import search_index
from .orders import any_place
from .search_words import Companies, Word, at_company, elsewhere, has_number, holds_beginning

#: A word is common that one in so many of the newest contacts holds.
_ONE_IN, _NEWEST = 20, 2000


class Way(NamedTuple):
    """``fts`` are the words that SQLite's search table is joined for."""

    conditions: tuple[ColumnElement[bool], ...] = ()
    fts: tuple[Word, ...] = ()


def ways(
    words: Sequence[Word],
    companies: Companies,
    dialect: str,
    indexed: bool,
    common: Collection[int] = (),
    *,
    few: bool = False,
) -> list[Way]:
    """The ways in which all contacts are found, each in one; ``indexed`` where the database has
    the search index, which is not asked for the :func:`common_words`.

    With ``few`` for the first ones that are met: SQLite's matches stream in a join, in a list
    all are found before the first.
    """

    def is_inside(word: Word) -> bool:
        is_held = indexed and search_index.is_all_inside(word, dialect)
        return is_held and not elsewhere(word, companies)

    inside = [word for word in words if is_inside(word)]
    if dialect == "postgresql":
        others = [word for word in words if word not in inside]
        places = [any_place(word, companies, dialect, indexed) for word in others]
        return [Way((*(search_index.holds(word, dialect) for word in inside), *places))]

    def rest(looked_for: Sequence[Word]) -> list[ColumnElement[bool]]:
        others = [word for word in words if word not in looked_for]
        return [in_row(word, companies, dialect, indexed) for word in others]

    def by_index(looked_for: Sequence[Word]) -> Way:
        if few and dialect == "sqlite":
            match = search_index.matches(*looked_for)
            return Way((*match, *rest(looked_for)), tuple(looked_for))
        return Way((*search_index.holds_all(looked_for, dialect), *rest(looked_for)))

    may_be_held = [word for word in words if indexed and word.place not in common]
    held = [word for word in may_be_held if search_index.can_hold(word, dialect)]
    inside = [word for word in inside if word in held]
    if not held:
        return [Way(tuple(rest([])))]
    if inside:
        return [by_index(inside)]
    first = held[0]
    places = elsewhere(first, companies)
    if not search_index.is_all_inside(first, dialect):
        places.append(holds_beginning(first))
    not_inside = not_(search_index.stands_in(first, dialect))
    return [by_index([first]), Way((or_(*places), not_inside, *rest([first])))]


def common_words(session: Session, words: Sequence[Word], dialect: str) -> frozenset[int]:
    """The places of the words that one in twenty of the newest contacts holds. MariaDB's index
    lists all that hold a word before the first, which of these takes longer than to look at
    contacts; the other databases' do not."""
    if not words or dialect not in {"mysql", "mariadb"}:
        return frozenset()
    newest = select(Contact.id).order_by(Contact.id.desc()).limit(_NEWEST).subquery()
    holding = [case((search_index.stands_in(word, dialect), 1), else_=0) for word in words]
    counted = select(*map(func.sum, holding)).select_from(Contact)
    counted = counted.join(newest, newest.c.id == Contact.id)
    counts = session.execute(counted).one()
    return frozenset(
        word.place
        for word, count in zip(words, counts, strict=True)
        if (count or 0) * _ONE_IN > _NEWEST
    )


def in_row(word: Word, companies: Companies, dialect: str, indexed: bool) -> ColumnElement[bool]:
    """The contact has the word somewhere, as it is read in its row: for contacts that are met in
    an order; ``indexed`` where words inside of names count."""
    found = holds_beginning(word) | has_number(word) | at_company(word, companies)
    return found | search_index.stands_in(word, dialect) if indexed else found
