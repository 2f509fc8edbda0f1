"""What a workbook says of its parts: which is the first sheet, and which numbers are dates."""

from __future__ import annotations

import posixpath
import zipfile
from collections.abc import Callable, Mapping
from functools import partial
from typing import Any

from .workbook_refused import broken, unpacks_too_far
from .xml_parts import Handler, hear_all

_BOOK = "xl/workbook.xml"
_LINKS = "xl/_rels/workbook.xml.rels"
#: Numbers of formats that are dates where the East has them, and that no part describes.
_EASTERN_DATES = frozenset([*range(27, 37), *range(50, 59)])
#: Excel's styles of cells, and characters of a format, are no more. openpyxl's expressions take
#: the square of a format's length.
_MOST_STYLES = 65_490
_LONGEST_FORMAT = 255


class Parts:
    """The parts of an archive, by name in any case."""

    def __init__(self, archive: zipfile.ZipFile) -> None:
        self.archive = archive
        self._parts = {one.filename.lower(): one for one in archive.infolist()}
        self._book, links = _Book(), _Links()
        hear_all(archive, self._part(_BOOK), self._book)
        hear_all(archive, self._part(_LINKS), links)
        self._links = links.found

    @property
    def sheet(self) -> zipfile.ZipInfo:
        """The first sheet that has cells."""
        for link in self._book.sheets:
            kind, name = self._links.get(link, ("", ""))
            if kind == "worksheet":
                return self._part(name)
        raise broken()

    @property
    def texts(self) -> zipfile.ZipInfo | None:
        """The table of texts, where there is one."""
        return self._of_kind("sharedstrings")

    def dates(self) -> dict[str, Callable[[float], Any]]:
        """By the number of a style, what makes a date of a cell's number."""
        from openpyxl.styles import numbers  # type: ignore[import-untyped]  # noqa: PLC0415
        from openpyxl.utils import datetime as dates  # type: ignore[import-untyped]  # noqa: PLC0415

        part = self._of_kind("styles")
        if part is None:
            return {}
        styles = _Styles()
        hear_all(self.archive, part, styles)
        epoch = dates.MAC_EPOCH if self._book.begins_in_1904 else dates.WINDOWS_EPOCH

        def date_of(number: int) -> Callable[[float], Any] | None:
            code = styles.formats.get(number) or numbers.BUILTIN_FORMATS.get(number, "General")
            if numbers.is_timedelta_format(code):
                return partial(dates.from_excel, timedelta=True)
            if number in _EASTERN_DATES or numbers.is_date_format(code):
                return partial(dates.from_excel, epoch=epoch)
            return None

        made = {number: date_of(number) for number in set(styles.used)}
        uses = ((str(place), made[number]) for place, number in enumerate(styles.used))
        return {style: date for style, date in uses if date is not None}

    def _of_kind(self, kind: str) -> zipfile.ZipInfo | None:
        names = [name for one, name in self._links.values() if one == kind]
        return self._part(names[0]) if names else None

    def _part(self, name: str) -> zipfile.ZipInfo:
        part = self._parts.get(name.lower())
        if part is None:
            raise broken()
        return part


class _Book(Handler):
    def __init__(self) -> None:
        self.sheets: list[str] = []
        self.begins_in_1904 = False

    def start(self, name: str, attributes: dict[str, str]) -> None:
        if name == "sheet":
            links = [value for key, value in attributes.items() if key.rpartition(":")[2] == "id"]
            self.sheets.extend(links[:1])
        elif name == "workbookPr":
            self.begins_in_1904 = attributes.get("date1904") in {"1", "true"}


class _Links(Handler):
    """By its id the kind of a part, and its name in the archive."""

    def __init__(self) -> None:
        self.found: dict[str, tuple[str, str]] = {}

    def start(self, name: str, attributes: Mapping[str, str]) -> None:
        if name != "Relationship" or attributes.get("TargetMode") == "External":
            return
        target = posixpath.normpath(posixpath.join("/xl", attributes.get("Target", "")))
        kind = attributes.get("Type", "").rpartition("/")[2].lower()
        self.found[attributes.get("Id", "")] = (kind, target.lstrip("/"))


class _Styles(Handler):
    """The formats that are described, and which of all the formats each style uses."""

    def __init__(self) -> None:
        self.formats: dict[int, str] = {}
        self.used: list[int] = []
        self._is_of_cells = False

    def start(self, name: str, attributes: Mapping[str, str]) -> None:
        if name == "numFmt":
            code = attributes.get("formatCode", "")
            self.formats[int(attributes.get("numFmtId", 0))] = code[:_LONGEST_FORMAT]
        elif name == "cellXfs":
            self._is_of_cells = True
        elif name == "xf" and self._is_of_cells:
            self.used.append(int(attributes.get("numFmtId", 0)))
            if len(self.used) > _MOST_STYLES:
                raise unpacks_too_far()

    def end(self, name: str) -> None:
        if name == "cellXfs":
            self._is_of_cells = False
