"""A file as rows of texts, whatever its format."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from ...i18n import _l
from .file_refused import LONGEST_CELL, MOST_COLUMNS, FileRefused

#: The number that a spreadsheet shows beside it, and its cells.
Row = tuple[int, list[str]]


@dataclass
class Table:
    """What was read of a file: its columns at once, its rows as they are asked for.

    Reading them raises :class:`FileRefused` where the file turns out to be broken.
    """

    kind: str
    headers: list[str]
    rows: Iterator[Row]
    encoding: str | None = None
    delimiter: str | None = None


def checked_headers(cells: list[str]) -> list[str]:
    """The names of the columns: one that is blank or there already gets its number."""
    last = max((number for number, cell in enumerate(cells, 1) if cell.strip()), default=0)
    if not last:
        raise FileRefused(_l("The file is empty."))
    cells = cells[:last]
    if len(cells) > MOST_COLUMNS:
        raise FileRefused(_l("The file has more than %(count)s columns.", count=MOST_COLUMNS))
    if any("@" in cell for cell in cells):
        raise FileRefused(
            _l("The first row must name the columns, such as Firstname, Lastname, Email.")
        )
    headers: list[str] = []
    for number, cell in enumerate(cells, 1):
        name = " ".join(cell.split())[:100] or f"#{number}"
        headers.append(name if name not in headers else f"{name} #{number}")
    return headers


def check_row(number: int, cells: list[str]) -> None:
    """Refuse the file for a cell that no spreadsheet holds."""
    if len(cells) > MOST_COLUMNS:
        raise FileRefused(
            _l(
                "Row %(row)s has more than %(count)s cells. Are the quotes right?",
                row=number,
                count=MOST_COLUMNS,
            )
        )
    if max(map(len, cells), default=0) > LONGEST_CELL:
        raise FileRefused(too_long(number))


def too_long(number: int) -> Any:
    """Why a row is no row of contacts."""
    return _l(
        "Row %(row)s has a cell of more than %(count)s characters. Are the quotes right?",
        row=number,
        count=LONGEST_CELL,
    )
