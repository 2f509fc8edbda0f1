"""What others saved while somebody had a form open: it is not written over unseen.

A page carries a mark of what each field said when it was opened. On saving, a field that was
left as it was stays as it is by now; one that both have changed, to different values, is refused
once, with the value of now. Who asks for marks of a record's values gets them by :func:`marks_of`.
"""

from __future__ import annotations

import hashlib
import unicodedata
from collections.abc import Mapping
from typing import Any

from ..errors import Overtaken
from ..i18n import _l

#: Of a text, a number, a date, yes or no; of a list of names the names themselves.
Mark = str | frozenset[str]
Marks = Mapping[str, Mark]
_MOST_SHOWN = 300  # characters


def mark(value: object) -> Mark:
    """What is the same for two values that are the same in a form, and for no others.

    Blanks around a text do not count, nor how its lines end: a browser and the services change
    them on the way. An empty field has an empty mark, a box the same as one without its tick.
    """
    if isinstance(value, (list, tuple, set, frozenset)):
        return frozenset(map(str, value))
    if value is None or value is False:
        return ""
    text = unicodedata.normalize("NFC", str(value)).replace("\r\n", "\n").replace("\r", "\n")
    plain = text.strip().encode("utf-8", "surrogatepass")
    return hashlib.blake2b(plain, digest_size=8).hexdigest() if plain else ""


def marks_of(values: Mapping[str, object]) -> dict[str, Mark]:
    """The marks of a record's values, by field."""
    return {name: mark(value) for name, value in values.items()}


def is_left(name: str, typed: Mapping[str, object], opened: Marks) -> bool:
    """Whether a field was left as it was opened; one that was not sent is left, too."""
    return name not in typed or (name in opened and mark(typed[name]) == opened[name])


def both_changed(name: str, typed: object, now: object, opened: Marks) -> bool:
    """Whether the field holds something else by now than when it was opened, and than is typed."""
    return name in opened and mark(now) not in {opened[name], mark(typed)}


def merged(
    typed: Mapping[str, Any], now: Mapping[str, Any], opened: Marks | None
) -> dict[str, Any]:
    """What is to be written of what was typed, where the record is locked and holds ``now``.

    With no marks all of it. Raises :class:`Overtaken` for what both have changed.
    """
    if opened is None:
        return dict(typed)
    touched = {name: value for name, value in typed.items() if not is_left(name, typed, opened)}
    overtaken = {
        name: now[name]
        for name, value in touched.items()
        if both_changed(name, value, now[name], opened)
    }
    if overtaken:
        raise refusal({}, overtaken)
    return touched


def refusal(
    problems: Mapping[str, list[object]], now: Mapping[str, object], **words: str
) -> Overtaken:
    """The error for fields that hold ``now``, besides other problems at fields.

    ``words`` are what a person knows a value by that is no text.
    """
    sentences = {name: changed_to(words.get(name, value)) for name, value in now.items()}
    return Overtaken(problems, sentences, now, marks_of(now))


def changed_to(value: object) -> object:
    """The sentence at a field that somebody else changed to ``value`` meanwhile."""
    if isinstance(value, bool):
        return _l("Meanwhile this was switched off. Save again to switch it on.")
    text = "" if value is None else str(value).strip()
    if not text:
        return _l("Meanwhile this was emptied. Save again to overwrite that, or empty it too.")
    shown = text if len(text) <= _MOST_SHOWN else f"{text[:_MOST_SHOWN]}…"
    return _l(
        "Meanwhile this was changed to “%(value)s”. Save again to overwrite it, or take it over.",
        value=shown,
    )
