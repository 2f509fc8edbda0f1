"""What MariaDB's full-text index takes for words: letters, digits, marks and ``_`` in a row.

It knows no letters past U+FFFF, and not all of the newer ones. Of a longer word it keeps nothing,
so that a text that it is made of says the beginning of that word once more.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Iterator

#: Characters of a word that is kept: what the server has unless it was told to keep fewer
#: (``innodb_ft_max_token_size``), and the most that it can have.
LONGEST = 84
_ASCII = re.compile(r"\w+", re.ASCII)


def tokens(text: str) -> list[str]:
    """The words of a folded text, however long."""
    if text.isascii():
        return _ASCII.findall(text)
    return "".join(one if _is_of_token(one) else " " for one in text).split()


def are_known(text: str) -> bool:
    """Whether no letter is one that some servers take for a letter and others do not."""
    return text.isascii() or all(one > "\uffff" or _is_known(one) for one in text)


def beginnings(texts: Iterable[str]) -> Iterator[str]:
    """The first characters of the words that are too long to be kept, as many as are."""
    for text in texts:
        if len(text) > LONGEST:
            yield from (one[:LONGEST] for one in tokens(text) if len(one) > LONGEST)


def _is_of_token(char: str) -> bool:
    is_of_word = char == "_" or unicodedata.category(char)[0] in "LNM"
    return is_of_word and char <= "\uffff" and _is_known(char)


def _is_known(char: str) -> bool:
    """Of old: all servers' tables are newer."""
    return unicodedata.ucd_3_2_0.category(char) != "Cn"
