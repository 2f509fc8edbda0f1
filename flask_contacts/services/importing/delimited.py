"""CSV files, with a comma, a semicolon or a tab, read as they come: no row is kept."""

from __future__ import annotations

import csv
from collections import Counter
from collections.abc import Iterator
from typing import BinaryIO

from ...i18n import _l
from .encodings import line_of_slip, name_of, text_of
from .file_refused import FileRefused
from .table import Row, Table, check_row, checked_headers, too_long

#: What may stand between two cells, and how it is shown.
DELIMITERS = {",": _l("Comma"), ";": _l("Semicolon"), "\t": _l("Tab"), "|": "|"}
_LONGEST_LINE = 1024 * 1024


def read_csv(stream: BinaryIO, encoding: str, delimiter: str | None = None) -> Table:
    """The table of a CSV file; a ``delimiter`` of None is found in its first line.

    Raises :class:`FileRefused`, here or while the rows are read.
    """
    lines = _lines(stream, encoding)
    first = next(lines, "")
    if first.lower().startswith("sep=") and len(first.strip()) == 5:  # Excel writes that
        delimiter, first = first[4], next(lines, "")
    delimiter = delimiter or _delimiter_of(first)
    records = _records(_again(first, lines), delimiter)
    rows = (row for row in records if any(row[1]))
    _number, header = next(rows, (1, []))
    return Table("csv", checked_headers(header), rows, encoding, delimiter)


def _again(first: str, rest: Iterator[str]) -> Iterator[str]:
    yield first
    yield from rest


def _lines(stream: BinaryIO, encoding: str) -> Iterator[str]:
    text, number = text_of(stream, encoding), 0
    while True:
        number += 1
        try:
            line = text.readline(_LONGEST_LINE)
        except UnicodeError:
            raise FileRefused(
                _l(
                    "Near line %(line)s the file is not written in %(encoding)s. Say which "
                    "encoding it has, or save it as UTF-8.",
                    line=line_of_slip(stream, encoding),
                    encoding=name_of(encoding),
                )
            ) from None
        if not line:
            return
        if len(line) >= _LONGEST_LINE and not line.endswith(("\n", "\r")):
            raise FileRefused(_l("Line %(line)s is too long for a row of contacts.", line=number))
        if "\0" in line:
            raise FileRefused(
                _l("Line %(line)s holds characters that no text has. Is it a CSV?", line=number)
            )
        yield line


def _records(lines: Iterator[str], delimiter: str) -> Iterator[Row]:
    """The rows by their number in a spreadsheet, where an empty line is a row too."""
    reader = csv.reader(lines, delimiter=delimiter, strict=True)
    number, is_below_heading = 0, False
    while True:
        number += 1
        started = reader.line_num + 1
        try:
            cells = next(reader)
        except StopIteration:
            return
        except csv.Error as error:
            if "field limit" in str(error):
                raise FileRefused(too_long(number)) from None
            raise FileRefused(
                _l(
                    "The quotes in row %(row)s (line %(line)s) are not closed, or stand inside "
                    "a cell without being doubled.",
                    row=number,
                    line=started,
                )
            ) from None
        if is_below_heading:
            check_row(number, cells)
        is_below_heading = is_below_heading or any(cells)
        yield number, cells


def _delimiter_of(line: str) -> str:
    """The one that stands most often outside of quotes."""
    outside = "".join(line.split('"')[::2])
    found = Counter({one: outside.count(one) for one in DELIMITERS})
    best, count = found.most_common(1)[0]
    return best if count else ","
