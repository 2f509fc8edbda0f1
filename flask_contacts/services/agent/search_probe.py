"""What is known of a search before it is begun, asked in one statement: where its first word is
found by its beginning, and which of its words a company may be known by.

A walk passes by where nothing begins with it: a rare word is found in two statements and not
in five.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import exists, select
from sqlalchemy.orm import Session
from sqlalchemy.sql.elements import ColumnElement

from ...models import Contact
from . import search_index
from .made_statements import connection_of, dropped_if_failing, made_once
from .search_words import Word

#: The columns that a word may begin, in the order of the walk.
COLUMNS = ("lastname_key", "firstname_key", "email_search")
#: Whether some company is known by a word, as a part of a statement; of one kind of scope always
#: the same function.
KnownBy = Callable[[Word], ColumnElement[bool]]


@dataclass(frozen=True)
class Probe:
    """``columns`` are those in which something begins with the first word; ``has_index`` whether
    the database has the search index now; ``at_companies`` the places of the words that some
    company may be known by."""

    columns: frozenset[str]
    has_index: bool
    at_companies: frozenset[int]


def probe(session: Session, words: Sequence[Word], known_by: KnownBy | None) -> Probe:
    """Ask about words, the first one first; without ``known_by`` any may be a company's."""
    dialect = search_index.dialect_of(session)
    shape = ("probe", dialect, known_by, *(word.shape for word in words))
    values = {name: value for word in words for name, value in word.values.items()}
    with dropped_if_failing(shape):
        statement = made_once(shape, lambda: select(*questions(words, known_by, dialect)))
        return answered(words, connection_of(session).execute(statement, values).one())


def questions(
    words: Sequence[Word], known_by: KnownBy | None, dialect: str
) -> list[ColumnElement[Any]]:
    """What is asked, as columns of a statement; a database that plans them does so each time."""
    asked: list[ColumnElement[Any]] = [
        search_index.there(dialect),
        *(exists().where(words[0].begin(getattr(Contact, name))) for name in COLUMNS),
    ]
    return asked if known_by is None else [*asked, *map(known_by, words)]


def answered(words: Sequence[Word], row: Sequence[Any]) -> Probe:
    """What the values of those columns say."""
    there, *found = row
    begun = (name for name, is_begun in zip(COLUMNS, found, strict=False) if is_begun)
    known = found[len(COLUMNS) :] or [True] * len(words)
    places = (word.place for word, is_known in zip(words, known, strict=True) if is_known)
    return Probe(frozenset(begun), bool(there), frozenset(places))
