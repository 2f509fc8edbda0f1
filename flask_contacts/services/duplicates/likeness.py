"""How alike two names are, so that ``Jon`` finds ``John`` and ``Mara`` does not find ``Mark``."""

from __future__ import annotations

from rapidfuzz import fuzz

#: How alike first and last names must be, each out of 100, to be taken for one person's.
FIRST_ALIKE, LAST_ALIKE = 83, 85
#: What a mere initial is worth, beside a last name that is the same.
_INITIAL = 85
Name = tuple[str, str]


def name_score(one: Name, other: Name) -> int | None:
    """0 to 100 for names that are alike, None for others; first and last name, folded.

    The two may stand the other way round, as in many imported files.
    """
    straight = _score(one, other)
    crossed = _score(one, (other[1], other[0])) if straight is None else None
    return straight if crossed is None else crossed


def _score(one: Name, other: Name) -> int | None:
    last = fuzz.ratio(one[1], other[1], score_cutoff=LAST_ALIKE)
    if last < LAST_ALIKE:
        return None
    first = fuzz.ratio(one[0], other[0])
    if first < FIRST_ALIKE:
        if last < 100 or not _is_initial(one[0], other[0]):
            return None
        first = _INITIAL
    return int((first + last) / 2)


def _is_initial(one: str, other: str) -> bool:
    short, long = sorted((one.rstrip("."), other.rstrip(".")), key=len)
    return len(short) == 1 and long.startswith(short)
