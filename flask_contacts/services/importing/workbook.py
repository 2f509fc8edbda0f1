"""XLSX workbooks: the first sheet, row by row, and no more of it than is safe to unpack.

A zip archive of a few kilobytes can hold gigabytes. What the archive says of its parts is
looked at before anything is unpacked (Python's zipfile never gives more of a part than that),
and what is unpacked is counted while it is read, in one go, with nothing of it kept. openpyxl
would build each row as a tree, and keep the texts and an element for each row in memory: it
is asked only which formats are dates.
"""

from __future__ import annotations

import os
import struct
import zipfile
from collections.abc import Iterator
from importlib.util import find_spec
from typing import BinaryIO

from ...i18n import _l
from .file_refused import FileRefused, Limits
from .sheet import ELEMENTS, SheetRows
from .sheet_texts import SharedTexts
from .table import Row, Table, checked_headers
from .workbook_parts import Parts
from .workbook_refused import broken, unpacks_too_far
from .xml_parts import hear

_MIB = 1024 * 1024
_LARGEST_RATIO = 200
_MOST_PARTS = 2_000
_LARGEST_DIRECTORY = _MIB
_MACROS = ("vbaproject.bin", "vbadata.xml")
#: The end of an archive: a mark, ten bytes, the size of its directory, six bytes, a comment.
_END, _END_SIZE, _LONGEST_COMMENT = b"PK\5\6", 22, 65_535
_END_OF_LARGE = b"PK\6\7"


def read_workbook(stream: BinaryIO, limits: Limits) -> Table:
    """The table on the first sheet.

    Raises :class:`FileRefused` for macros, encrypted and old workbooks, for a zip bomb, and
    where openpyxl is not installed.
    """
    if find_spec("openpyxl") is None:
        raise FileRefused(
            _l(
                "Excel workbooks need flask-contacts[import]. Have it installed, or save the "
                "sheet as “CSV UTF-8”."
            )
        )
    _check_directory(stream)
    stream.seek(0)
    rows = _rows(stream, limits)
    _number, header = next(rows, (1, []))
    return Table("xlsx", checked_headers(header), rows)


def _check_directory(stream: BinaryIO) -> None:
    """The archive's table of contents is read as a whole: see that it is no large one."""
    size = stream.seek(0, os.SEEK_END)
    stream.seek(max(size - _END_SIZE - _LONGEST_COMMENT, 0))
    tail = stream.read()
    place = tail.rfind(_END)
    if place < 0 or len(tail) - place < _END_SIZE:
        raise broken()
    (directory,) = struct.unpack_from("<L", tail, place + 12)
    if directory > _LARGEST_DIRECTORY or tail[max(place - 20, 0) :].startswith(_END_OF_LARGE):
        raise unpacks_too_far()


def _rows(stream: BinaryIO, limits: Limits) -> Iterator[Row]:
    try:
        archive = zipfile.ZipFile(stream)
    except (zipfile.BadZipFile, NotImplementedError, ValueError, OSError):
        raise broken() from None
    with archive:
        _check_parts(archive.infolist())
        parts = Parts(archive)
        texts = SharedTexts(limits.cells)
        try:
            _read_texts(parts, texts, limits)
            yield from _read_sheet(parts, texts, limits)
        finally:
            texts.close()


def _check_parts(parts: list[zipfile.ZipInfo]) -> None:
    names = [part.filename.lower() for part in parts]
    if any(name.endswith(_MACROS) for name in names):
        raise FileRefused(_l("This workbook holds macros. Save it as .xlsx and choose it again."))
    if "xl/workbook.xml" not in names:
        raise broken()
    if len(parts) > _MOST_PARTS or any(_is_bomb(part) for part in parts):
        raise unpacks_too_far()


def _is_bomb(part: zipfile.ZipInfo) -> bool:
    if part.filename.lower().startswith("xl/media/"):
        return False  # pictures are never unpacked
    size = part.file_size
    return size > _MIB and size > _LARGEST_RATIO * max(part.compress_size, 1)


def _read_texts(parts: Parts, texts: SharedTexts, limits: Limits) -> None:
    part = parts.texts
    if part is not None:
        for _ in hear(parts.archive, part, texts, limits.unpacked, ELEMENTS * limits.cells):
            pass
    texts.has_ended()


def _read_sheet(parts: Parts, texts: SharedTexts, limits: Limits) -> Iterator[Row]:
    sheet = SheetRows(texts, parts.dates(), limits)
    most = ELEMENTS * limits.cells
    for _ in hear(parts.archive, parts.sheet, sheet, limits.unpacked, most):
        yield from sheet.rows
        sheet.rows.clear()
