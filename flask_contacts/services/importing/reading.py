"""A file as a table: what it is, is told from its content and never from its name."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from dataclasses import replace
from importlib.util import find_spec
from typing import BinaryIO

from flask_babel import format_decimal

from ...i18n import _l
from .cards import read_vcards
from .delimited import read_csv
from .encodings import detect_encoding
from .file_refused import FileRefused, Limits
from .table import Row, Table
from .workbook import read_workbook

_ZIP = (b"PK\x03\x04", b"PK\x05\x06")
_OLE = b"\xd0\xcf\x11\xe0"
_CARD = "begin:vcard"
_BLANK = rb"(?:\xef\xbb\xbf)?\s*"
_OTHERS = {
    "PDF": re.compile(_BLANK + rb"%PDF-"),
    "HTML": re.compile(_BLANK + rb"<(?:!doctype html|html|head|body|table|div|meta)\b", re.I),
    "XML": re.compile(_BLANK + rb"<\?xml\b", re.I),
    "JSON": re.compile(_BLANK + rb'(?:\{\s*"[^"]*"\s*:|\[\s*[\[{"])'),
    "RTF": re.compile(rb"\{\\rtf"),
}


def read_table(
    stream: BinaryIO, limits: Limits, encoding: str | None = None, delimiter: str | None = None
) -> Table:
    """The table of a CSV, XLSX or vCard file, which can be sought in.

    ``encoding`` and ``delimiter`` are guessed where they are None. Raises
    :class:`FileRefused`, here or while the rows are read.
    """
    size = stream.seek(0, os.SEEK_END)
    stream.seek(0)
    if size == 0:
        raise FileRefused(_l("The file is empty."))
    if size > limits.size:
        raise FileRefused(
            _l("The file is larger than %(size)s MiB.", size=limits.size // (1024 * 1024))
        )
    start = stream.read(8)
    stream.seek(0)
    if start.startswith((*_ZIP, _OLE)):
        return _limited(read_workbook(stream, limits), limits)
    _refuse_others(stream)
    encoding = encoding or detect_encoding(stream)
    if _begins_as_card(stream, encoding):
        return _limited(read_vcards(stream, encoding), limits)
    return _limited(read_csv(stream, encoding, delimiter), limits)


def _refuse_others(stream: BinaryIO) -> None:
    """Say what it is, where it is no table but would be read as one."""
    start = stream.read(256)
    stream.seek(0)
    for kind, pattern in _OTHERS.items():
        if pattern.match(start):
            raise FileRefused(
                _l(
                    "This is a file of the kind %(kind)s. Export the contacts as CSV, XLSX or "
                    "vCard and choose that file.",
                    kind=kind,
                )
            )


def _begins_as_card(stream: BinaryIO, encoding: str) -> bool:
    start = stream.read(256)
    stream.seek(0)
    return start.decode(encoding, "ignore").lstrip("\ufeff \t\r\n").lower().startswith(_CARD)


def _limited(table: Table, limits: Limits) -> Table:
    return replace(table, rows=_at_most(table.rows, limits.rows))


def _at_most(rows: Iterator[Row], most: int) -> Iterator[Row]:
    for count, row in enumerate(rows):
        if count >= most:
            raise FileRefused(
                _l(
                    "The file has more than %(count)s rows. Split it, or import it on the "
                    "command line.",
                    count=format_decimal(most),
                )
            )
        yield row


def missing_formats() -> list[str]:
    """What cannot be read until ``flask-contacts[import]`` is installed."""
    needs = {"openpyxl": _l("Excel workbooks"), "charset_normalizer": _l("CSV that is not UTF-8")}
    return [str(label) for module, label in needs.items() if find_spec(module) is None]
