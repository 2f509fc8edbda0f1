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
from dataclasses import dataclass, replace
from typing import Any

from sqlalchemy import and_, bindparam, false, or_
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

    ``runs`` are the pieces of the search of several words that end with this one; ``place`` is
    the word's among those to look for. What it is compared with stands in a statement by name,
    and in :attr:`values`: words of one :attr:`shape` share their statements.
    """

    text: str
    digits: str = ""
    numbers: tuple[str, ...] = ()
    runs: tuple[str, ...] = ()
    place: int = 0

    @property
    def values(self) -> dict[str, Any]:
        """What its conditions compare with, by name; companies and the index have their own."""
        values: dict[str, Any] = {self.named("numbers"): list(self.numbers)}
        for name, text in self._beginnings():
            values |= {name: text, f"{name}_end": after(text)}
        return values

    @property
    def shape(self) -> tuple[Any, ...]:
        """What its conditions look like."""
        ends = tuple(after(text) is None for _name, text in self._beginnings())
        return bool(self.digits), bool(self.numbers), ends

    def named(self, part: str) -> str:
        """The name in a statement of something that the word is compared with."""
        return f"word_{self.place}_{part}"

    def _beginnings(self) -> list[tuple[str, str]]:
        texts = (self.text, *self.runs)
        return [(self.named(f"begins_{index}"), text) for index, text in enumerate(texts)]

    def begin(self, column: Any) -> ColumnElement[bool]:
        """The folded column begins with the word."""
        return _between(column, *self._beginnings()[0])

    def run_begins(self, column: Any) -> list[ColumnElement[bool]]:
        """For each run that the folded column begins with it."""
        return [_between(column, name, text) for name, text in self._beginnings()[1:]]


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
    longest_first = sorted(words.values(), key=lambda word: -len(word.text))
    return [replace(word, place=place) for place, word in enumerate(longest_first)]


def _word(text: str, region: str | None, runs: tuple[str, ...] = ()) -> Word:
    digits = digits_of(text) if _NUMBER.fullmatch(text) else ""
    if len(digits) < _FEWEST_DIGITS:
        return Word(text, runs=runs)
    forms = (e164(text, region), e164(f"+{digits}"))
    return Word(text, digits, tuple(dict.fromkeys(one for one in forms if one)), runs)


def begins(column: Any, text: str) -> ColumnElement[bool]:
    """The folded column begins with a text, in a form that uses an index on every engine."""
    end = after(text)
    start: ColumnElement[bool] = column >= text
    return start if end is None else and_(start, column < end)


def _between(column: Any, name: str, text: str) -> ColumnElement[bool]:
    end = after(text)
    start: ColumnElement[bool] = column >= bindparam(name, text)
    return start if end is None else and_(start, column < bindparam(f"{name}_end", end))


def after(text: str) -> str | None:
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
    numbers: Any = bindparam(word.named("numbers"), list(word.numbers), expanding=True)
    return or_(*(column.in_(numbers) for column in columns))


def keys_about(word: Word, companies: Companies) -> list[Any]:
    """The keys of the companies that the word is about."""
    return list(companies((word.text, *word.runs)))


def at_company(word: Word, companies: Companies) -> ColumnElement[bool]:
    """The contact's company is one that the word is about."""
    keys, key = keys_about(word, companies), Contact.customer_id
    if not keys:
        return false()
    return key.in_(bindparam(word.named("companies"), keys, expanding=True, type_=key.type))


def elsewhere(word: Word, companies: Companies) -> list[ColumnElement[bool]]:
    """The ways to be found that are no beginning of a name or an address: none that cannot be."""
    found = [has_number(word)] if word.numbers else []
    if keys_about(word, companies):
        found.append(at_company(word, companies))
    return found


def holds_beginning(word: Word) -> ColumnElement[bool]:
    """A name or the address begins with the word, or a name with one of its runs."""
    columns = (Contact.lastname_key, Contact.firstname_key, Contact.email_search)
    return or_(*(word.begin(column) for column in columns), *_begun_by_runs(word))


def holds_run(word: Word) -> ColumnElement[bool]:
    """A name begins with a run of the word."""
    return or_(false(), *_begun_by_runs(word))


def _begun_by_runs(word: Word) -> Iterator[ColumnElement[bool]]:
    for column in (Contact.lastname_key, Contact.firstname_key):
        yield from word.run_begins(column)
