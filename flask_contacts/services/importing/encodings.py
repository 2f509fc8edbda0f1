"""In which encoding a text file is written.

What decodes as UTF-8 from beginning to end is UTF-8, and so is what has far more letters of it
than bytes that are none: those are a slip, which reading the file names. Other files are few, and
which of the one-byte encodings they have is guessed by charset-normalizer from where they differ.
"""

from __future__ import annotations

import codecs
import io
from collections.abc import Iterator
from importlib.util import find_spec
from typing import TYPE_CHECKING, BinaryIO, TextIO

from ...i18n import _l
from ...later import later

if TYPE_CHECKING:
    from . import file_refused
else:
    file_refused = later("services.importing.file_refused")


#: What staff may say it is, if the guess was wrong: Python's name and how it is shown.
ENCODINGS = {
    "utf-8-sig": "UTF-8",
    "utf-16": "UTF-16",
    "cp1252": "Windows-1252 (Western Europe)",
    "cp1250": "Windows-1250 (Central Europe)",
    "cp1251": "Windows-1251 (Cyrillic)",
    "iso8859_15": "ISO 8859-15",
    "mac_roman": "Mac Roman",
    "shift_jis": "Shift JIS",
    "gb18030": "GB 18030",
}
#: One byte for a letter, the likeliest first, and more than one.
_NARROW = ("cp1252", "cp1250", "cp1251")
_WIDE = ("shift_jis", "gb18030")
_BLOCK = 256 * 1024
_SAMPLE = 64 * 1024
#: In another encoding hardly one in ten letters happens to be right.
_RIGHT_FOR_A_SLIP = 5
_MARKS = ((codecs.BOM_UTF8, "utf-8-sig"), (codecs.BOM_UTF16_LE, "utf-16"),
          (codecs.BOM_UTF16_BE, "utf-16"))  # fmt: skip


class _Borrowed(io.BufferedIOBase):
    """A file that is read through this, and not closed when this goes."""

    def __init__(self, stream: BinaryIO) -> None:
        self._stream = stream

    def readable(self) -> bool:
        """It is."""
        return True

    def read1(self, size: int = -1) -> bytes:
        """What the file gives."""
        return self._stream.read(size)


def text_of(stream: BinaryIO, encoding: str) -> TextIO:
    """The text of a file from its beginning, line breaks as they are; the file stays open."""
    stream.seek(0)
    return io.TextIOWrapper(_Borrowed(stream), encoding, newline="")  # type: ignore[type-var]


def name_of(encoding: str) -> str:
    """How an encoding is shown."""
    return ENCODINGS.get(encoding, encoding)


def line_of_slip(stream: BinaryIO, encoding: str) -> int:
    """The line of the first bytes that are no text in an encoding; the last one for none."""
    stream.seek(0)
    line = 1
    try:
        for text in _texts(stream, encoding):
            line += text.count("\n")
    except UnicodeDecodeError as error:
        line += error.object[: error.start].decode(encoding, "ignore").count("\n")
    except UnicodeError:  # UTF-16 without its mark: no byte of it is read
        pass
    return line


def detect_encoding(stream: BinaryIO) -> str:
    """The encoding of a text, by name; the stream is at its beginning before and after.

    Raises :class:`FileRefused` where it is no text, or cannot be told without
    charset-normalizer.
    """
    start = stream.read(_SAMPLE)
    stream.seek(0)
    for mark, encoding in _MARKS:
        if start.startswith(mark):
            return encoding
    if b"\0" in start:
        return _utf_16_without_mark(start)
    failed_at = _first_not_utf_8(stream)
    stream.seek(0)
    if failed_at is None or _is_utf_8_with_slips(stream):
        return "utf-8-sig"
    if find_spec("charset_normalizer") is None:
        raise file_refused.FileRefused(
            _l(
                "This file is not in UTF-8. Save it as “CSV UTF-8”, or have "
                "flask-contacts[import] installed."
            )
        )
    stream.seek(max(failed_at - _SAMPLE // 2, 0))
    sample = stream.read(_SAMPLE)
    stream.seek(0)
    return _guess(sample)


def _utf_16_without_mark(start: bytes) -> str:
    """Every other byte of Western text is zero; anything else with zeros is no text."""
    if b"\0\0" not in start and len(start) > 3:
        if start[0] and not start[1]:
            return "utf-16-le"
        if not start[0] and start[1]:
            return "utf-16-be"
    raise file_refused.FileRefused(
        _l("This is not a text file. Export it as CSV, XLSX or vCard and choose it again.")
    )


def _first_not_utf_8(stream: BinaryIO) -> int | None:
    read = 0
    try:
        for _text in _texts(stream, "utf-8"):
            read += _BLOCK
    except UnicodeDecodeError as error:
        return max(read + error.start - 4, 0)
    return None


def _texts(stream: BinaryIO, encoding: str, errors: str = "strict") -> Iterator[str]:
    """What is left of a stream, a block at a time."""
    decoder, block = codecs.getincrementaldecoder(encoding)(errors), b"begun"
    while block:
        block = stream.read(_BLOCK)
        yield decoder.decode(block, final=not block)


def _is_utf_8_with_slips(stream: BinaryIO) -> bool:
    """Whether so many letters of more than one byte are right that no other encoding makes them
    by chance. The stream is at its beginning before and after."""
    right, wrong = 0, 0
    for text in _texts(stream, "utf-8", "replace"):
        slips = text.count("\N{REPLACEMENT CHARACTER}")
        wrong += slips
        right += len(text) - len(text.encode("ascii", "ignore")) - slips
    stream.seek(0)
    return right >= _RIGHT_FOR_A_SLIP * wrong


def _guess(sample: bytes) -> str:
    """A few names look right in many encodings: then it is the likeliest, and staff see it."""
    from charset_normalizer import from_bytes  # noqa: PLC0415  an optional dependency

    found = from_bytes(sample, cp_isolation=[*_NARROW, *_WIDE])
    narrow = {
        one: match.chaos for match in found for one in match.could_be_from_charset if one in _NARROW
    }
    if not narrow and (best := found.best()) is not None:
        return str(best.encoding)
    rates = narrow or dict.fromkeys(_NARROW, 1.0)
    return min(
        rates, key=lambda one: (round(rates[one], 1), _signs(sample, one), _NARROW.index(one))
    )


def _signs(sample: bytes, encoding: str) -> int:
    """How many characters are signs among letters: ``Œwi¹tek`` is a name in another encoding."""
    text = sample.decode(encoding, "replace")
    return sum(
        not char.isascii() and not char.isalpha() and text[place - 1 : place].isalpha()
        for place, char in enumerate(text)
    )
