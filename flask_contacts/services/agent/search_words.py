"""What somebody typed to find contacts, as words to compare.

Every word has to be found in a contact, wherever: in a name, an address, a number or the
company. It is found where one of them begins with it, or with the words before it as they
were typed: ``tann`` in ``von der tann``. Words are folded as the contacts are (lower case, no
accents), so neither case nor accents count; commas only part words. A text of digits and the
signs between them is one phone number.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import and_, false, or_
from sqlalchemy.sql.elements import ColumnElement

from ...models import Contact
from ...models.search_keys import digits_of, folded
from ..field_checks import e164

#: What is typed past these is not looked at.
LONGEST = 254
MOST_WORDS = 6
_NUMBER = re.compile(r"[+0-9 ()/.\-]+", re.ASCII)
_BETWEEN_COMMAS = re.compile(r"[^\s,]+")
_FEWEST_DIGITS = 3
_LAST = 0x10FFFF
_SURROGATES = range(0xD800, 0xE000)
#: The keys of the companies that one of these texts is about, at most :data:`MOST_COMPANIES`;
#: the first text is the word itself, the others end with it.
Companies = Callable[[tuple[str, ...]], Sequence[Any]]
MOST_COMPANIES = 1000


@dataclass(frozen=True)
class Word:
    """A folded word; ``digits`` where it is a number, ``numbers`` its international forms.

    ``runs`` are the pieces of the search of several words that end with this one.
    """

    text: str
    digits: str = ""
    numbers: tuple[str, ...] = ()
    runs: tuple[str, ...] = ()


def words_of(search: str, region: str | None = None) -> list[Word]:
    """The words of a search, the one to look for first in front: the longest.

    ``region`` is the country of phone numbers without a code, such as ``"GB"``.
    """
    text = search[:LONGEST].strip()
    if _NUMBER.fullmatch(text) and len(digits_of(text)) >= _FEWEST_DIGITS:
        return [_word(text.replace(" ", ""), region)]
    text = folded(text)
    words: dict[str, Word] = {}
    starts: list[int] = []
    for piece in _BETWEEN_COMMAS.finditer(text):
        if piece[0] not in words and len(words) < MOST_WORDS:
            runs = tuple(text[start : piece.end()] for start in starts[-MOST_WORDS:])
            words[piece[0]] = _word(piece[0], region, runs)
        starts.append(piece.start())
    return sorted(words.values(), key=lambda word: -len(word.text))


def _word(text: str, region: str | None, runs: tuple[str, ...] = ()) -> Word:
    digits = digits_of(text) if _NUMBER.fullmatch(text) else ""
    if len(digits) < _FEWEST_DIGITS:
        return Word(text, runs=runs)
    forms = (e164(text, region), e164(f"+{digits}"))
    return Word(text, digits, tuple(dict.fromkeys(one for one in forms if one)), runs)


def begins(column: Any, text: str) -> ColumnElement[bool]:
    """The folded column begins with a text, in a form that uses an index on every engine."""
    end = _after(text)
    start: ColumnElement[bool] = column >= text
    return start if end is None else and_(start, column < end)


def _after(text: str) -> str | None:
    """The first text after all those that begin like this."""
    while text:
        code = ord(text[-1]) + 1
        if code in _SURROGATES:
            code = _SURROGATES.stop
        if code <= _LAST:
            return text[:-1] + chr(code)
        text = text[:-1]
    return None


def has_number(word: Word) -> ColumnElement[bool]:
    """A phone of the contact is this number."""
    columns = (Contact.phone_e164, Contact.mobile_phone_e164, Contact.mobile_phone2_e164)
    if not word.numbers:
        return false()
    return or_(*(column.in_(word.numbers) for column in columns))


def at_company(word: Word, companies: Companies) -> ColumnElement[bool]:
    """The contact's company is one that the word is about."""
    keys = list(companies((word.text, *word.runs)))
    return Contact.customer_id.in_(keys) if keys else false()


def holds_beginning(word: Word) -> ColumnElement[bool]:
    """A name or the address begins with the word, or a name with one of its runs."""
    columns = (Contact.lastname_key, Contact.firstname_key, Contact.email_search)
    return or_(*(begins(column, word.text) for column in columns), *_begun_by_runs(word))


def holds_run(word: Word) -> ColumnElement[bool]:
    """A name begins with a run of the word."""
    return or_(false(), *_begun_by_runs(word))


def _begun_by_runs(word: Word) -> Iterator[ColumnElement[bool]]:
    names = (Contact.lastname_key, Contact.firstname_key)
    return (begins(column, run) for run in word.runs for column in names)
