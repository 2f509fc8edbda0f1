"""vCard: reading versions 2.1, 3.0 and 4.0, and writing 3.0 and 4.0 (RFC 2426, RFC 6350).

A parser of its own: vobject holds the whole file in memory, ends at the first card that is
not closed, and does not know version 4. This one keeps a card at a time, and of a card only
what is asked for: a picture of ten megabytes is skipped line by line.
"""

from __future__ import annotations

import codecs
import quopri
import re
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass, field
from typing import TextIO

#: Characters of a property that are kept, and of a line that are read at once.
LONGEST_VALUE = 32_767
_LONGEST_LINE = 64 * 1024
_NAME = re.compile(r"(?:[A-Za-z0-9-]+\.)?([A-Za-z0-9-]+)")
_PARAMETER = re.compile(r';([A-Za-z0-9-]+)(?:=((?:"[^"]*"|[^";:,]*)(?:,(?:"[^"]*"|[^";:,]*))*))?')
_ENCODINGS = re.compile(
    r"utf-8(-sig)?|utf-16(-[bl]e)?|ascii|iso8859-\d+|cp\d+|koi8-[rut]|mac-\w+|shift_jis(_2004|x0213)?"
    r"|big5(hkscs)?|gb2312|gbk|gb18030|hz|euc_(jp|kr|jis_2004|jisx0213)|iso2022_\w+|johab|tis-620"
)
_ESCAPED = re.compile(r"\\(.)", re.DOTALL)
_PREFERENCE = re.compile(r"[1-9][0-9]?|100")
#: Of what is preferred without a number, and of what is not (version 4 counts from 1 to 100).
_FIRST, _LAST = 1, 101


@dataclass(frozen=True)
class Property:
    """A line of a card: its value as it stands there, its types in lower case, and its place
    among those of its name: the lowest is preferred."""

    value: str
    types: frozenset[str] = frozenset()
    preference: int = _LAST

    @property
    def text(self) -> str:
        """The value as a single text."""
        return unescape(self.value)

    @property
    def parts(self) -> list[str]:
        """The value as a list of texts, which semicolons part."""
        return [unescape(one) for one in split(self.value)]


@dataclass
class Card:
    """A card: its properties by name; ``is_whole`` is False where its END is missing."""

    properties: dict[str, list[Property]] = field(default_factory=dict)
    is_whole: bool = False

    def all(self, name: str) -> list[Property]:
        """All properties of a name, the preferred ones first."""
        return sorted(self.properties.get(name, []), key=lambda one: one.preference)

    def first(self, name: str) -> Property:
        """The preferred property of a name, or an empty one."""
        return next(iter(self.all(name)), Property(""))


def read_cards(stream: TextIO, wanted: Collection[str]) -> Iterator[Card]:
    """The cards of a text, each with the properties that are ``wanted``, by upper-case name.

    One that is broken off is given as far as it goes. A card inside of another, as version 2.1
    writes it behind ``AGENT:``, is passed over.
    """
    card: Card | None = None
    depth = 0
    for name, one in _properties(stream, {*wanted, "BEGIN", "END"}):
        is_card = one.value.strip().upper() == "VCARD"
        if name == "BEGIN" and is_card and (card is None or depth == 0):
            if card is not None:
                yield card
            card, depth = Card(), 0
        elif name == "BEGIN":
            depth += 1
        elif name == "END" and depth:
            depth -= 1
        elif name == "END" and card is not None:
            card.is_whole = True
            yield card
            card = None
        elif card is not None and not depth:
            card.properties.setdefault(name, []).append(one)
    if card is not None:
        yield card


def _properties(stream: TextIO, wanted: Collection[str]) -> Iterator[tuple[str, Property]]:
    """Names and properties; a card behind ``AGENT:``, in its line or in the next, begins as what
    is no card of its own."""
    follows = False
    for line in _lines(stream, {*wanted, "AGENT"}):
        parsed = _parsed(line)
        if parsed is None:
            continue
        name, one = parsed
        value = one.value.strip().upper()
        begun = value if name == "AGENT" else f"{name}:{value}" if follows else ""
        follows = name == "AGENT" and not value
        if begun == "BEGIN:VCARD":
            yield "BEGIN", Property("AGENT")
        elif name != "AGENT":
            yield name, one


def unescape(value: str) -> str:
    """``\\n``, ``\\,``, ``\\;`` and ``\\\\`` as the characters that they stand for."""
    return _ESCAPED.sub(lambda found: "\n" if found[1] in "nN" else found[1], value)


def split(value: str) -> list[str]:
    """A value's parts, still escaped."""
    parts, start, escaped = [], 0, False
    for place, char in enumerate(value):
        if escaped:
            escaped = False
        elif char == "\\":
            escaped = True
        elif char == ";":
            parts.append(value[start:place])
            start = place + 1
    return [*parts, value[start:]]


def escape(text: str) -> str:
    """``text`` as it stands in a value."""
    for char in ("\\", ",", ";"):
        text = text.replace(char, f"\\{char}")
    return text.replace("\r\n", "\n").replace("\n", "\\n")


def card_text(version: str, properties: Iterable[tuple[str, str]]) -> str:
    """A card of that version; the values are escaped already."""
    lines = ["BEGIN:VCARD", f"VERSION:{version}"]
    lines += [f"{name}:{value}" for name, value in properties]
    return "".join(_folded(line) for line in [*lines, "END:VCARD"])


def _folded(line: str) -> str:
    """A line in pieces of at most 75 bytes, none of which breaks a character."""
    pieces, piece, length = [], "", 0
    for char in line:
        size = len(char.encode())
        if length + size > 75:
            pieces.append(piece)
            piece, length = " ", 1
        piece += char
        length += size
    return "\r\n".join([*pieces, piece]) + "\r\n"


def _lines(stream: TextIO, wanted: Collection[str]) -> Iterator[str]:
    """Whole lines, unfolded; those of other properties are passed over unread."""
    kept: str | None = None
    soft = False
    for line in _physical(stream):
        if line[:1] in {" ", "\t"} and not soft:
            if kept is not None:
                kept = (kept + line[1:])[:LONGEST_VALUE]
            continue
        if soft and kept is not None:
            kept = (kept[:-1] + line.lstrip(" \t"))[:LONGEST_VALUE]
        else:
            if kept is not None:
                yield kept
            found = _NAME.match(line)
            kept = line if found and found[1].upper() in wanted else None
        soft = kept is not None and kept.endswith("=") and _is_quoted_printable(kept)
    if kept is not None:
        yield kept


def _physical(stream: TextIO) -> Iterator[str]:
    """The lines; of one that is too long only the beginning."""
    is_rest = False
    while True:
        line = stream.readline(_LONGEST_LINE)
        if not line:
            return
        ended = line.endswith(("\n", "\r"))
        if not is_rest:
            yield line.rstrip("\r\n")
        is_rest = not ended


def _is_quoted_printable(line: str) -> bool:
    return "QUOTED-PRINTABLE" in line.partition(":")[0].upper()


def _parsed(line: str) -> tuple[str, Property] | None:
    """The name and the property of a line, or None where it is none."""
    found = _NAME.match(line)
    if found is None:
        return None
    types: set[str] = set()
    place, charset, quoted, preference = found.end(), "utf-8", False, _LAST
    while (parameter := _PARAMETER.match(line, place)) is not None:
        place = parameter.end()
        name, value = parameter[1].upper(), (parameter[2] or "").replace('"', "")
        if name == "TYPE" or parameter[2] is None:  # version 2.1 leaves TYPE= out
            types.update(one.strip().lower() for one in (value or name).split(","))
        if name == "PREF" and _PREFERENCE.fullmatch(value):
            preference = int(value)
        charset = value if name == "CHARSET" else charset
        quoted = quoted or "QUOTED-PRINTABLE" in {name, value.upper()}
    if line[place : place + 1] != ":":
        return None
    value = line[place + 1 :]
    if "pref" in types:
        preference = _FIRST
    return found[1].upper(), Property(
        _decoded(value, charset) if quoted else value, frozenset(types), preference
    )


def _encoding(charset: str) -> str:
    """What phones write in; Python knows others too, some of which make what is no text."""
    try:
        name = codecs.lookup(charset).name
    except (LookupError, ValueError):
        return "cp1252"
    return name if _ENCODINGS.fullmatch(name) else "cp1252"


def _decoded(value: str, charset: str) -> str:
    """Quoted-printable text; its line breaks become escaped ones."""
    content = quopri.decodestring(value.encode("utf-8", "replace"))
    try:
        text = content.decode(_encoding(charset))
    except UnicodeDecodeError:
        text = content.decode("cp1252", "replace")
    return text.replace("\r\n", "\n").replace("\n", "\\n")
