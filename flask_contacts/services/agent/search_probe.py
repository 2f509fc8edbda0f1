"""Where the first word of a search is found by its beginning, asked in one statement.

A walk passes by where nothing begins with it: a rare word is found in two statements and not
in five.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from sqlalchemy import exists, select
from sqlalchemy.orm import Session

from ...models import Contact
from . import search_index
from .made_statements import dropped_if_failing, made_once
from .search_words import Word

#: The columns that a word may begin, in the order of the walk.
COLUMNS = ("lastname_key", "firstname_key", "email_search")


@dataclass(frozen=True)
class Probe:
    """``columns`` are those in which something begins with the word; ``has_index`` whether the
    database has the search index now."""

    columns: frozenset[str]
    has_index: bool


def probe(session: Session, word: Word) -> Probe:
    """Ask about a word."""
    dialect = search_index.dialect_of(session)
    shape = ("probe", dialect, word.shape)
    with dropped_if_failing(shape):
        statement = made_once(shape, lambda: _statement(word, dialect))
        *found, there = session.execute(statement, word.values).one()
    names = (name for name, is_begun in zip(COLUMNS, found, strict=True) if is_begun)
    return Probe(frozenset(names), bool(there))


def _statement(word: Word, dialect: str) -> Any:
    beginnings = [exists().where(word.begin(getattr(Contact, name))) for name in COLUMNS]
    return select(*beginnings, search_index.there(dialect))
