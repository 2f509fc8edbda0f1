"""What the doctor knows: each problem with its code, what it means and how to mend it.

The checks beside this module declare theirs with :func:`problem`; docs/reference/doctor.md is
written from the same words. Those are lazy strings: they are read in the language of who runs
the doctor, and in English by a program.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Literal

from ...i18n import _n

Level = Literal["error", "warning", "note"]
#: The worst first.
LEVELS: tuple[Level, ...] = ("error", "warning", "note")
ERROR: Level = "error"
WARNING: Level = "warning"
NOTE: Level = "note"
_NAMED = 5


@dataclass(frozen=True)
class Problem:
    """Something that can be wrong. ``code`` is stable; an ``error`` keeps something from
    working, a ``warning`` will, a ``note`` is worth to know."""

    code: str
    level: Level
    title: object
    means: object
    mend: object

    def found(self, detail: object = "") -> Finding:
        """It is so here; ``detail`` says what was seen."""
        return Finding(self, str(detail))


@dataclass(frozen=True)
class Finding:
    """A problem that this application has, with what was seen."""

    problem: Problem
    detail: str = ""


#: A check gives what it found, nothing where all is well.
Check = Callable[[], Iterator[Finding]]
#: All problems by code, in the order in which they were declared.
PROBLEMS: dict[str, Problem] = {}


def problem(code: str, level: Level, title: object, means: object, mend: object) -> Problem:
    """Declare a problem; a code stands for one thing only."""
    if code in PROBLEMS:
        raise ValueError(f"{code} is declared twice")
    PROBLEMS[code] = Problem(code, level, title, means, mend)
    return PROBLEMS[code]


def some(names: Sequence[str]) -> str:
    """The first of many names, and how many there are besides."""
    shown, more = ", ".join(names[:_NAMED]), len(names) - _NAMED
    if more <= 0:
        return shown
    text: str = _n(
        "%(names)s and %(count)d more",
        "%(names)s and %(count)d more",
        more,
        names=shown,
        count=more,
    )
    return text
