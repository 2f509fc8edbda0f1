"""A comment as a page shows it: its words, with links and the names of staff that it mentions.

No markup is read; only addresses of http and https become links (security 1.2.1, 1.2.2).
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator

from markupsafe import Markup, escape

from ...services.field_checks import is_web_address

_ADDRESS = re.compile(r"https?://[^\s<>\"'`\\^{}|]+", re.IGNORECASE)
_AFTER = ".,;:!?…"
_PAIRS = {")": "(", "]": "["}
_LINK = Markup('<a href="{0}" rel="noopener noreferrer nofollow">{0}</a>')
_NAME = Markup('<strong class="contacts-mention">{}</strong>')


def as_html(text: str, mentions: Collection[str] = ()) -> Markup:
    """The text with links; ``mentions`` are the user names that it names."""
    return Markup("").join(_pieces(text, _name_pattern(mentions)))


def _pieces(text: str, names: re.Pattern[str] | None) -> Iterator[Markup]:
    place = 0
    for match in _ADDRESS.finditer(text):
        address = _without_end(match[0])
        if not is_web_address(address):
            continue
        yield _with_names(text[place : match.start()], names)
        yield _LINK.format(address)
        place = match.start() + len(address)
    yield _with_names(text[place:], names)


def _without_end(address: str) -> str:
    """Without what ends the sentence around it, and a bracket that was opened before it."""
    while address:
        last = address[-1]
        opening = _PAIRS.get(last)
        unpaired = opening is not None and address.count(last) > address.count(opening)
        if last not in _AFTER and not unpaired:
            break
        address = address[:-1]
    return address


def _with_names(text: str, names: re.Pattern[str] | None) -> Markup:
    if names is None:
        return escape(text)
    parts = names.split(text)  # every second one is a name
    marked = [
        _NAME.format(part) if number % 2 else escape(part) for number, part in enumerate(parts)
    ]
    return Markup("").join(marked)


def _name_pattern(mentions: Collection[str]) -> re.Pattern[str] | None:
    if not mentions:
        return None
    longest_first = sorted(mentions, key=len, reverse=True)
    either = "|".join(map(re.escape, longest_first))
    return re.compile(rf"(?<![\w@./-])(@(?:{either}))(?![\w@])", re.IGNORECASE)
