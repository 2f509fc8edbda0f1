"""XLSX workbooks: the first sheet, row by row, and no more of it than is safe to unpack.

A zip archive of a few kilobytes can hold gigabytes. What the archive says of its parts is
looked at before anything is unpacked; Python's zipfile never gives more of a part than that.
"""

from __future__ import annotations

import zipfile
from collections.abc import Iterator
from contextlib import suppress
from datetime import date, datetime, time
from importlib.util import find_spec
from typing import Any, BinaryIO

from ...i18n import _l
from .file_refused import MOST_COLUMNS, FileRefused, Limits
from .table import Row, Table, check_row, checked_headers

_MIB = 1024 * 1024
_LARGEST_SHEET = 1024 * _MIB
_LARGEST_TEXTS = 32 * _MIB
_LARGEST_PART = 4 * _MIB
_LARGEST_RATIO = 200
_MOST_PARTS = 2_000
_MACROS = ("vbaproject.bin", "vbadata.xml")


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
    stream.seek(0)
    _check_archive(stream)
    stream.seek(0)
    rows = _rows(stream, limits)
    _number, header = next(rows, (1, []))
    return Table("xlsx", checked_headers(header), rows)


def _check_archive(stream: BinaryIO) -> None:
    try:
        with zipfile.ZipFile(stream) as archive:
            parts = archive.infolist()
    except (zipfile.BadZipFile, NotImplementedError, ValueError, OSError):
        raise FileRefused(_broken()) from None
    names = [part.filename.lower() for part in parts]
    if any(name.endswith(_MACROS) for name in names):
        raise FileRefused(_l("This workbook holds macros. Save it as .xlsx and choose it again."))
    if "xl/workbook.xml" not in names:
        raise FileRefused(_broken())
    if len(parts) > _MOST_PARTS or any(_is_bomb(part) for part in parts):
        raise FileRefused(
            _l("This workbook unpacks to far more than contacts need. Save it as CSV.")
        )


def _is_bomb(part: zipfile.ZipInfo) -> bool:
    name, size = part.filename.lower(), part.file_size
    if not name.endswith((".xml", ".rels")):
        return False  # pictures and the like are never unpacked
    if name.startswith("xl/worksheets/"):
        largest = _LARGEST_SHEET
    else:
        largest = _LARGEST_TEXTS if name.endswith("sharedstrings.xml") else _LARGEST_PART
    return size > largest or (size > _MIB and size > _LARGEST_RATIO * max(part.compress_size, 1))


def _rows(stream: BinaryIO, limits: Limits) -> Iterator[Row]:
    import openpyxl  # type: ignore[import-untyped]  # noqa: PLC0415  an optional dependency

    try:
        book = openpyxl.load_workbook(stream, read_only=True, data_only=True, keep_links=False)
    except Exception:  # noqa: BLE001  whatever a broken file makes it raise
        raise FileRefused(_broken()) from None
    try:
        if not book.worksheets:
            raise FileRefused(_broken())
        sheet = book.worksheets[0]
        sheet.reset_dimensions()  # what the file says of its size may be wrong
        header = next(_cells(sheet, 1, MOST_COLUMNS + 1, limits), None)
        if header is not None:
            yield header
            yield from _cells(sheet, header[0] + 1, len(header[1]) + 2, limits)
    finally:
        with suppress(Exception):
            book.close()


def _cells(sheet: Any, first: int, width: int, limits: Limits) -> Iterator[Row]:
    """The rows that are not empty; openpyxl makes each as wide as ``width``."""
    seen = 0
    found = enumerate(sheet.iter_rows(min_row=first, max_col=width, values_only=True), first)
    while True:
        try:
            number, values = next(found)
        except StopIteration:
            return
        except Exception:  # noqa: BLE001  whatever a broken file makes it raise
            raise FileRefused(_broken()) from None
        if not any(values):
            continue
        cells = [_text(value) for value in values]
        while cells and not cells[-1]:
            cells.pop()
        seen += len(cells)
        if seen > limits.cells:
            raise FileRefused(
                _l("The sheet has more than %(count)s cells. Save it as CSV.", count=limits.cells)
            )
        if cells:
            check_row(number, cells)
            yield number, cells


def _text(value: Any) -> str:
    """A cell as text: dates as ISO, whole numbers without a fraction."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "TRUE" if value else "FALSE"
    if isinstance(value, float) and value.is_integer() and abs(value) < 1e16:
        return str(int(value))
    if isinstance(value, datetime):
        return value.date().isoformat() if value.time() == time() else value.isoformat(" ")
    if isinstance(value, (date, time)):
        return value.isoformat()
    return str(value)


def _broken() -> Any:
    return _l(
        "This workbook cannot be opened: it is damaged, protected by a password, or of an old "
        "format. Save it as .xlsx or as CSV."
    )
