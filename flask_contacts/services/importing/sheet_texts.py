"""The texts that the cells of a workbook share, kept in a file on the disk."""

from __future__ import annotations

import os
import re
from array import array
from functools import lru_cache
from tempfile import TemporaryFile

from .file_refused import LONGEST_CELL
from .workbook_refused import broken, too_many_cells
from .xml_parts import Handler

_KEPT_AT_HAND = 20_000
_ESCAPED = re.compile("_x([0-9A-Fa-f]{4})_")


class SharedTexts(Handler):
    """The table of texts: of two million some eight bytes each are in memory."""

    def __init__(self, most: int) -> None:
        self._most = most
        self._file = TemporaryFile()  # noqa: SIM115  close() ends it
        self._ends = array("Q", [0])
        self._text = TextOf()
        self.at = lru_cache(maxsize=_KEPT_AT_HAND)(self._read)

    def start(self, name: str, attributes: dict[str, str]) -> None:
        """A text, or a run of it, begins."""
        if name == "si":
            self._text.begin()
        else:
            self._text.start(name)

    def end(self, name: str) -> None:
        """Keep a text that has ended."""
        if name != "si":
            self._text.end(name)
            return
        if len(self._ends) > self._most:
            raise too_many_cells(self._most)
        content = self._text.whole().encode("utf-8", "replace")
        self._file.write(content)
        self._ends.append(self._ends[-1] + len(content))

    def data(self, text: str) -> None:
        """Some of it."""
        self._text.data(text)

    def depth(self) -> int:
        """How many elements are open inside of a text, or beside them."""
        return self._text.depth

    def has_ended(self) -> None:
        """From now on they are looked up."""
        self._file.flush()

    def close(self) -> None:
        """Forget them."""
        self.at.cache_clear()
        self._file.close()

    def _read(self, place: int) -> str:
        """A text by its place in the table."""
        if not 0 <= place < len(self._ends) - 1:
            raise broken()
        begin, end = self._ends[place], self._ends[place + 1]
        return os.pread(self._file.fileno(), end - begin, begin).decode()


class TextOf:
    """The text of a cell out of its runs; how it is read aloud (``rPh``) is no part of it."""

    def __init__(self) -> None:
        self._parts: list[str] = []
        self._length = 0
        self._is_heard = False
        self._is_aloud = False
        self.depth = 0

    def begin(self) -> None:
        """Begin with an empty one."""
        self._parts, self._length = [], 0
        self._is_heard = self._is_aloud = False

    def start(self, name: str) -> None:
        """An element inside of it begins."""
        self.depth += 1
        if name == "rPh":
            self._is_aloud = True
        self._is_heard = name in {"t", "v"} and not self._is_aloud

    def end(self, name: str) -> None:
        """It ends."""
        self.depth -= 1
        self._is_heard = False
        if name == "rPh":
            self._is_aloud = False

    def data(self, text: str) -> None:
        """Keep it where it is text; of one that is too long no more than shows that it is."""
        if self._is_heard and self._length <= LONGEST_CELL:
            self._parts.append(text)
            self._length += len(text)

    def whole(self) -> str:
        """The text; ``_x000D_`` and the like as the characters that they stand for."""
        text = self._parts[0] if len(self._parts) == 1 else "".join(self._parts)
        return _ESCAPED.sub(_unescaped, text) if "_x" in text else text


def _unescaped(found: re.Match[str]) -> str:
    char = chr(int(found[1], 16))
    return char if char.isprintable() or char in "\t\n" else ""
