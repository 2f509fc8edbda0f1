"""The XML parts of a workbook, read as they are unpacked: no more of one than is safe.

A kilobyte can unpack to gigabytes, and small XML can make large trees. So nothing is built of
it here: a handler hears of elements as they come, and whoever feeds it counts them.
"""

from __future__ import annotations

import zipfile
import zlib
from collections.abc import Iterator
from xml.parsers import expat

from .file_refused import FileRefused
from .workbook_refused import broken, unpacks_too_far

_BLOCK = 64 * 1024
#: An element's name with its attributes, a comment: expat keeps as much until it ends.
_LONGEST_TAG = 1024 * 1024
_MOST_NAMES = 2_000
_DEEPEST = 100
_SMALL = 4 * 1024 * 1024
#: Others than a spreadsheet writes could take more memory than what they unpack to.
_METHODS = {zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED}
#: A LookupError is an encoding that Python does not know, or that is none of texts.
_ERRORS = (expat.ExpatError, zipfile.BadZipFile, zlib.error, EOFError, OSError, RuntimeError,
           NotImplementedError, ValueError, LookupError)  # fmt: skip


class Handler:
    """What hears of a part's elements; names have no prefix."""

    is_done = False

    def depth(self) -> int:
        """How many elements are open, but for those that are counted in another way."""
        return 0

    def start(self, name: str, attributes: dict[str, str]) -> None:
        """An element begins."""

    def end(self, name: str) -> None:
        """It ends."""

    def data(self, text: str) -> None:
        """Some text inside of it."""


def hear(
    archive: zipfile.ZipFile, part: zipfile.ZipInfo, handler: Handler, most: int, most_elements: int
) -> Iterator[None]:
    """Let the handler hear of a part of at most so many bytes, some thousand elements at a time.

    It ends where the handler is done. Raises :class:`FileRefused`.
    """
    if part.file_size > most or part.compress_type not in _METHODS:
        raise unpacks_too_far()
    parser = expat.ParserCreate()
    parser.buffer_text = True
    parser.StartDoctypeDeclHandler = _refuse_doctype
    count = 0

    def start(name: str, attributes: dict[str, str]) -> None:
        nonlocal count
        count += 1
        handler.start(name.rpartition(":")[2] if ":" in name else name, attributes)

    def end(name: str) -> None:
        handler.end(name.rpartition(":")[2] if ":" in name else name)

    parser.StartElementHandler, parser.EndElementHandler = start, end
    parser.CharacterDataHandler = handler.data
    fed = 0
    try:
        with archive.open(part) as stream:
            while not handler.is_done:
                block = stream.read(_BLOCK)
                parser.Parse(block, not block)
                fed += len(block)
                if (
                    count > most_elements
                    or handler.depth() > _DEEPEST
                    or len(parser.intern) > _MOST_NAMES
                    or fed - max(parser.CurrentByteIndex, 0) > _LONGEST_TAG
                ):
                    raise unpacks_too_far()
                yield
                if not block:
                    return
    except FileRefused:
        raise
    except _ERRORS:
        raise broken() from None


def hear_all(archive: zipfile.ZipFile, part: zipfile.ZipInfo, handler: Handler) -> None:
    """Let the handler hear of a small part."""
    for _ in hear(archive, part, handler, _SMALL, most_elements=500_000):
        pass


def _refuse_doctype(*_given: object) -> None:
    """No workbook has a DTD; entities could grow without end."""
    raise broken()
