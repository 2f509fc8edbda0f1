"""The rows of a workbook's sheet, as they come."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date, datetime, time, timedelta
from typing import Any

from .cell_errors import as_error
from .file_refused import Limits
from .sheet_texts import SharedTexts, TextOf
from .table import Row, check_row
from .workbook_refused import broken, too_many_cells, unpacks_too_far
from .xml_parts import Handler

#: Excel's sheets have no more.
_MOST_ROWS = 1_048_576
_MOST_CELLS_IN_ROW = 16_384
#: Elements for each cell that is taken: a cell, its value, and twice as many empty ones.
ELEMENTS = 6
_EMPTY = 2


#: What makes a date of a style's number.
Dates = Mapping[str, Callable[[float], Any]]


class SheetRows(Handler):
    """Hears of a sheet and makes rows of texts; ``dates`` turns a style's numbers into dates."""

    def __init__(self, texts: SharedTexts, dates: Dates, limits: Limits) -> None:
        self._texts, self._dates, self._limits = texts, dates, limits
        self._columns: dict[str, int] = {}
        self._width = 0
        self._text = TextOf()
        self._number = self._place = self._in_row = self._seen = self._held = 0
        self._cells: list[str] = []
        self._kind: str | None = None
        self._style = ""
        self._is_in_sheet = False
        self.rows: list[Row] = []

    def depth(self) -> int:
        """How many elements are open inside of a cell, or beside the rows."""
        return self._text.depth

    def start(self, name: str, attributes: dict[str, str]) -> None:
        """A row, a cell, or something inside of one begins."""
        if name == "c" and self._is_in_sheet:
            self._begin_cell(attributes)
        elif name == "row" and self._is_in_sheet:
            self._begin_row(attributes)
        elif name == "sheetData":
            self._is_in_sheet = True
        else:
            self._text.start(name)

    def end(self, name: str) -> None:
        """Keep a cell or a row that has ended."""
        if name == "c" and self._is_in_sheet:
            self._end_cell()
        elif name == "row" and self._is_in_sheet:
            self._end_row()
        elif name == "sheetData":
            self.is_done = True
        else:
            self._text.end(name)

    def data(self, text: str) -> None:
        """Some of a cell's value."""
        if self._kind is not None:
            self._text.data(text)

    def _begin_row(self, attributes: dict[str, str]) -> None:
        given = attributes.get("r")
        number = int(given) if given else self._number + 1
        if number > _MOST_ROWS:
            raise unpacks_too_far()
        if number <= self._number:
            raise broken()
        self._number, self._place, self._in_row, self._cells = number, 0, 0, []

    def _begin_cell(self, attributes: dict[str, str]) -> None:
        if self._kind is not None:
            raise broken()
        self._seen += 1
        self._in_row += 1
        if self._seen > _EMPTY * self._limits.cells:
            raise too_many_cells(self._limits.cells)
        reference = attributes.get("r")
        self._place = self._column(reference) if reference else self._place + 1
        if self._in_row > _MOST_CELLS_IN_ROW or self._place > _MOST_CELLS_IN_ROW:
            raise unpacks_too_far()
        self._kind, self._style = attributes.get("t", "n"), attributes.get("s", "")
        self._text.begin()

    def _column(self, reference: str) -> int:
        letters = reference.rstrip("0123456789")
        place = self._columns.get(letters)
        if place is None:
            if not (0 < len(letters) <= 3 and letters.isascii() and letters.isalpha()):
                raise broken()
            place = 0
            for letter in letters.upper():
                place = 26 * place + ord(letter) - ord("A") + 1
            self._columns[letters] = place
        return place

    def _end_cell(self) -> None:
        kind, self._kind = self._kind, None
        text = self._text.whole()
        if not text or kind is None or (self._width and self._place > self._width):
            return
        if kind == "s":
            text = self._texts.at(int(text))
        elif kind == "n":
            text = _number(text, self._dates.get(self._style))
        elif kind == "b":
            text = "FALSE" if text == "0" else "TRUE"
        elif kind == "e":
            text = as_error(text)
        elif kind == "d":
            text = text.removesuffix("T00:00:00")
        if text:
            missing = self._place - 1 - len(self._cells)
            if missing < 0:
                raise broken()
            self._cells.extend([""] * missing)
            self._cells.append(text)

    def _end_row(self) -> None:
        cells = self._cells
        if not cells:
            return
        self._held += len(cells)
        if self._held > self._limits.cells:
            raise too_many_cells(self._limits.cells)
        if self._width:
            check_row(self._number, cells)
        else:  # the heading; what stands far to the right of it is no part of the table
            self._width = len(cells) + 2
        self.rows.append((self._number, cells))


def _number(text: str, date_of: Callable[[float], Any] | None) -> str:
    """A number as a person would type it, or the date that it stands for."""
    try:
        if date_of is not None:
            return _date(date_of(float(text)))
        if text.isdigit():
            return text
        value = float(text)
    except (ValueError, OverflowError):
        return text
    return str(int(value)) if value.is_integer() and abs(value) < 1e16 else str(value)


def _date(value: date | time | timedelta) -> str:
    """A date as ISO, with a time only where it has one."""
    if isinstance(value, datetime):
        return value.date().isoformat() if value.time() == time() else value.isoformat(" ")
    return str(value) if isinstance(value, timedelta) else value.isoformat()
