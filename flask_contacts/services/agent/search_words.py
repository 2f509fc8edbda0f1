"""What somebody typed to find contacts, as words to compare.

Every word has to be found in a contact, wherever: in a name, an address, a number or the
company. Words are folded as the contacts are (lower case, no accents), so neither case nor
accents count. A text of digits and the signs between them is one phone number.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
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
_FEWEST_DIGITS = 3
_LAST = 0x10FFFF
_SURROGATES = range(0xD800, 0xE000)
#: The keys of the companies that a word is about, at most :data:`MOST_COMPANIES`.
Companies = Callable[[str], Sequence[Any]]
MOST_COMPANIES = 1000


@dataclass(frozen=True)
class Word:
    """A folded word; ``digits`` where it is a number, ``numbers`` its international forms."""

    text: str
    digits: str = ""
    numbers: tuple[str, ...] = ()


def words_of(search: str, region: str | None = None) -> list[Word]:
    """The words of a search, the one to look for first in front: the longest.

    ``region`` is the country of phone numbers without a code, such as ``"GB"``.
    """
    text = search[:LONGEST].strip()
    if _NUMBER.fullmatch(text) and len(digits_of(text)) >= _FEWEST_DIGITS:
        return [_word(text.replace(" ", ""), region)]
    words = dict.fromkeys(folded(text).split())
    found = [_word(one, region) for one in list(words)[:MOST_WORDS]]
    return sorted(found, key=lambda word: -len(word.text))


def _word(text: str, region: str | None) -> Word:
    digits = digits_of(text) if _NUMBER.fullmatch(text) else ""
    if len(digits) < _FEWEST_DIGITS:
        return Word(text)
    forms = (e164(text, region), e164(f"+{digits}"))
    return Word(text, digits, tuple(dict.fromkeys(one for one in forms if one)))


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
    keys = list(companies(word.text))
    return Contact.customer_id.in_(keys) if keys else false()


def holds_beginning(word: Word) -> ColumnElement[bool]:
    """A name or the address begins with the word."""
    columns = (Contact.lastname_key, Contact.firstname_key, Contact.email_search)
    return or_(*(begins(column, word.text) for column in columns))
