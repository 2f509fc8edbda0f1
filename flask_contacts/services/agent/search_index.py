"""Finding words inside of names and addresses, by an index that the database may have.

``flask contacts create-search-index`` makes it; without it words are found where names and
addresses begin with them. It is an index of three letters in a row on PostgreSQL (pg_trgm)
and SQLite (FTS5), and of whole words on MariaDB (FULLTEXT), where a word is found by its
beginning.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import reduce
from typing import Any

from sqlalchemy import (
    Integer,
    Select,
    and_,
    bindparam,
    column,
    false,
    func,
    literal_column,
    select,
    table,
    text,
)
from sqlalchemy.dialects import mysql
from sqlalchemy.orm import Session
from sqlalchemy.sql.elements import ColumnElement

from ...models import Contact
from ...models.search_index import CONTACT_INDEX, FTS
from ...models.search_tokens import LONGEST, are_known, tokens
from .search_words import Word

_FEWEST_LETTERS = 3
_fts: Any = table(FTS, column("rowid"))
_WILDCARD = re.compile(r"[%_/]")
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


def there(dialect: str) -> Any:
    """The same as a part of a statement: 1 or NULL."""
    name = FTS if dialect == "sqlite" else CONTACT_INDEX
    asked = _THERE.get(dialect, _THERE_MARIADB).bindparams(name=name)
    return asked.columns(column("there", Integer)).scalar_subquery()


def dialect_of(session: Session) -> str:
    """The name of the database's dialect."""
    return str(session.get_bind(Contact).dialect.name)


def can_hold(word: Word, dialect: str) -> bool:
    """Whether the index can find such a word: it needs three letters in a row."""
    if dialect in {"mysql", "mariadb"}:
        return bool(_pieces(word)) and are_known(word.text)
    return len(word.digits or word.text) >= _FEWEST_LETTERS


def holds(word: Word, dialect: str) -> ColumnElement[bool]:
    """The contact holds the word, by the index."""
    if not can_hold(word, dialect):
        return false()
    if dialect == "sqlite":
        match, *rest = matches(word)
        return and_(Contact.id.in_(select(_fts.c.rowid).where(match)), *rest)
    if dialect == "postgresql":
        found = Contact.search_text.like(_wanted(word, dialect), escape="/")
        return and_(found, *_rest_of_address(word, func.strpos))
    text_column = Contact.search_text.expression
    return mysql.match(text_column, against=_wanted(word, dialect), in_boolean_mode=True)


def matches(*words: Word) -> list[ColumnElement[bool]]:
    """SQLite's FTS5 table holds the words: to be joined with the contacts by ``rowid``."""
    wanted = _joined_by(" AND ", [_wanted(word, "sqlite") for word in words])
    rest = [one for word in words for one in _rest_of_address(word, func.instr)]
    return [literal_column(FTS).op("MATCH")(wanted), *rest]


def holds_all(words: Sequence[Word], dialect: str) -> list[ColumnElement[bool]]:
    """The contact holds the words, looked for together in the index of SQLite or MariaDB."""
    if dialect == "sqlite":
        match, *rest = matches(*words)
        return [Contact.id.in_(select(_fts.c.rowid).where(match)), *rest]
    wanted = _joined_by(" ", [_wanted(word, dialect) for word in words])
    text_column = Contact.search_text.expression
    return [mysql.match(text_column, against=wanted, in_boolean_mode=True)]


def stands_in(word: Word, dialect: str) -> ColumnElement[bool]:
    """The same as :func:`holds`, read in the row: for rows that are met one after the other,
    while SQLite and MariaDB would first find all that hold the word in the index."""
    if dialect == "postgresql" or not can_hold(word, dialect):
        return holds(word, dialect)
    name = word.named("standing")
    wanted: Any = bindparam(name, values_of(word, dialect)[name])
    if dialect == "sqlite":
        return func.instr(Contact.search_text, wanted) > 0
    return Contact.search_text.regexp_match(wanted)


def is_all_inside(word: Word, dialect: str) -> bool:
    """Whether the index finds everybody whose name or address begins with the word: no number,
    and on MariaDB nothing but letters."""
    if word.digits or not can_hold(word, dialect):
        return False
    return dialect not in {"mysql", "mariadb"} or tokens(word.text) == [word.text]


def values_of(word: Word, dialect: str) -> dict[str, str]:
    """What the index is asked for, by its name in a statement."""
    wanted = _of_address(word) or word.digits or word.text
    if dialect == "sqlite":
        asked = '"{}"'.format(wanted.replace('"', '""'))
    elif dialect == "postgresql":
        asked = "%{}%".format(_WILDCARD.sub(r"/\g<0>", wanted))
    else:
        asked = " ".join(f"+{piece}*" for piece in _pieces(word))
    return {
        word.named("inside"): asked,
        word.named("text"): word.text,
        word.named("standing"): _standing(word, dialect),
    }


def shape_of(word: Word, dialect: str) -> tuple[bool, ...]:
    """What the conditions of the index look like."""
    return can_hold(word, dialect), _of_address(word) is not None, is_all_inside(word, dialect)


def _of_address(word: Word) -> str | None:
    """What the index of letters is asked for of an address: the part before the domain, which
    is the domain of many."""
    person, at, _domain = word.text.partition("@")
    return person + at if at and len(person) >= _FEWEST_LETTERS else None


def _rest_of_address(word: Word, position: Any) -> list[ColumnElement[bool]]:
    """The whole address stands in the contacts that the index has found by its part."""
    if _of_address(word) is None:
        return []
    return [position(Contact.search_text, bindparam(word.named("text"), word.text)) > 0]


def _wanted(word: Word, dialect: str) -> Any:
    name = word.named("inside")
    return bindparam(name, values_of(word, dialect)[name])


def _standing(word: Word, dialect: str) -> str:
    """What a row's text is compared with: on MariaDB an expression, by which a word of it, as the
    index has words, begins with each piece. That is looked at last, where the piece stands."""
    if dialect not in {"mysql", "mariadb"}:
        return word.digits or word.text
    return "^" + "".join(
        rf"(?=.*{one}(?<![^\W\x{{10000}}-\x{{10FFFF}}]{one})(?<!\p{{M}}{one}))"
        for one in _pieces(word)
    )


def _joined_by(sign: str, texts: Sequence[Any]) -> Any:
    return reduce(lambda one, other: one.concat(sign).concat(other), texts)


def joined(query: Select[Any]) -> Select[Any]:
    """A query on the contacts that :func:`matches` can narrow."""
    return query.join(_fts, _fts.c.rowid == Contact.id)


def _pieces(word: Word) -> list[str]:
    """What MariaDB's index is asked for: what words of it begin with. Anything else would be read
    as one of its signs."""
    found = tokens(word.digits or word.text)
    return [one[:LONGEST] for one in found if len(one) >= _FEWEST_LETTERS and one.strip("_")]
