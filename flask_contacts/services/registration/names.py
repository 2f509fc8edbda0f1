"""Whether two names are perhaps those of one company."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable
from difflib import SequenceMatcher

#: What stands behind names of companies, and in many of them: it makes none alike.
_LEGAL = frozenset((
    "ab", "ag", "aps", "as", "asa", "bv", "co", "company", "corp", "corporation", "eireli", "gmbh",
    "group", "holding", "inc", "kg", "kk", "lda", "limited", "llc", "llp", "lp", "ltd", "ltda",
    "me", "nv", "oy", "oyj", "plc", "pte", "pty", "sa", "sarl", "sas", "se", "sl", "spa", "sprl",
    "srl",
))  # fmt: skip
_SMALL = frozenset(("a", "and", "da", "de", "del", "di", "do", "e", "et", "of", "the", "und", "y"))
_ALIKE = 0.82
_LONGEST = 191


def key_words(name: str) -> list[str]:
    """The words that tell a company from others, in lower case and without accents."""
    plain = unicodedata.normalize("NFKD", name[:_LONGEST]).casefold().replace(".", "")
    letters = "".join(
        char if char.isalnum() else " " for char in plain if not unicodedata.combining(char)
    )
    words = letters.split()
    return [word for word in words if word not in _LEGAL | _SMALL] or words


def search_words(name: str) -> list[str]:
    """At most two words as they were typed, the longest first, to look for in a database."""
    typed = "".join(char if char.isalnum() else " " for char in name[:_LONGEST]).split()
    telling = [word for word in typed if key_words(word) and word.casefold() not in _LEGAL | _SMALL]
    return sorted(telling or typed, key=len, reverse=True)[:2]


def alike(name: str, others: Iterable[str]) -> list[str]:
    """Those of ``others`` that may be the same company, the likest first."""
    words = key_words(name)
    scored = [(_likeness(words, key_words(other)), other) for other in others]
    likest = sorted((pair for pair in scored if pair[0] >= _ALIKE), key=lambda pair: -pair[0])
    return [other for _score, other in likest]


def _likeness(one: list[str], other: list[str]) -> float:
    """1 for the same words, or where the words of one are all in the other."""
    if not one or not other:
        return 0.0
    if set(one) <= set(other) or set(other) <= set(one):
        return 1.0
    return SequenceMatcher(None, "".join(one), "".join(other)).ratio()
