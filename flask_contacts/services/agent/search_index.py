"""Finding words inside of names and addresses, by an index that the database may have.

``flask contacts create-search-index`` makes it; without it words are found where names and
addresses begin with them. It is an index of three letters in a row on PostgreSQL (pg_trgm)
and SQLite (FTS5), and of whole words on MariaDB (FULLTEXT), where a word is found by its
beginning.
"""

from __future__ import annotations

import re
from typing import Any

from sqlalchemy import Select, column, false, literal_column, select, table, text
from sqlalchemy.dialects import mysql
from sqlalchemy.orm import Session
from sqlalchemy.sql.elements import ColumnElement

from ...models import Contact
from ...models.search_index import CONTACT_INDEX, FTS
from .search_words import Word

_FEWEST_LETTERS = 3
_fts: Any = table(FTS, column("rowid"))
#: What MariaDB takes as a word; anything else would be read as one of its signs.
_PIECE = re.compile(r"\w*[^\W_]\w*")
_THERE = {
    "sqlite": text("SELECT 1 FROM sqlite_master WHERE type = 'table' AND name = :name"),
    "postgresql": text(
        "SELECT 1 FROM pg_index WHERE indexrelid = to_regclass(:name) AND indisvalid"
    ),
}
_THERE_MARIADB = text(
    "SELECT 1 FROM information_schema.statistics "
    "WHERE table_schema = DATABASE() AND table_name = 'contacts_contact' "
    "AND index_name = :name LIMIT 1"
)


def is_there(session: Session) -> bool:
    """Whether the database has the index now; asked each time, so that none need restart."""
    dialect = dialect_of(session)
    name = FTS if dialect == "sqlite" else CONTACT_INDEX
    return session.execute(_THERE.get(dialect, _THERE_MARIADB), {"name": name}).first() is not None


def dialect_of(session: Session) -> str:
    """The name of the database's dialect."""
    return str(session.get_bind(Contact).dialect.name)


def can_hold(word: Word, dialect: str) -> bool:
    """Whether the index can find such a word: it needs three letters in a row."""
    if dialect in {"mysql", "mariadb"}:
        return any(len(piece) >= _FEWEST_LETTERS for piece in _pieces(word))
    return len(word.digits or word.text) >= _FEWEST_LETTERS


def holds(word: Word, dialect: str) -> ColumnElement[bool]:
    """The contact holds the word, by the index."""
    wanted = word.digits or word.text
    if not can_hold(word, dialect):
        return false()
    if dialect == "sqlite":
        return Contact.id.in_(select(_fts.c.rowid).where(matches([word])))
    if dialect == "postgresql":
        found: ColumnElement[bool] = Contact.search_text.contains(wanted, autoescape=True)
        return found
    boolean = " ".join(f"+{piece}*" for piece in _pieces(word) if len(piece) >= _FEWEST_LETTERS)
    return mysql.match(Contact.search_text.expression, against=boolean, in_boolean_mode=True)


def matches(words: list[Word]) -> ColumnElement[bool]:
    """SQLite's FTS5 table holds all the words: to be joined with the contacts by ``rowid``."""
    quoted = ['"{}"'.format((word.digits or word.text).replace('"', '""')) for word in words]
    return literal_column(FTS).op("MATCH")(" ".join(quoted))


def joined(query: Select[Any]) -> Select[Any]:
    """A query on the contacts that :func:`matches` can narrow."""
    return query.join(_fts, _fts.c.rowid == Contact.id)


def _pieces(word: Word) -> list[str]:
    return _PIECE.findall(word.digits or word.text)
