"""A file that cannot be imported, and how much of one is taken."""

from __future__ import annotations

from dataclasses import dataclass

from ...errors import InvalidInput

#: Excel takes no longer text in a cell, and no field of a contact is nearly as long.
LONGEST_CELL = 32_767
MOST_COLUMNS = 200


class FileRefused(InvalidInput):
    """Nothing of the file is imported; the message at ``file`` says why."""

    def __init__(self, message: object) -> None:
        super().__init__({"file": [message]})


@dataclass(frozen=True)
class Limits:
    """The largest file that is taken: bytes, rows, and what a workbook may hold: cells, and
    bytes of its sheet and of its texts when they are unpacked.

    A workbook is read in one go; a server that stops a request after thirty seconds must be
    done by then.
    """

    size: int
    rows: int
    cells: int
    unpacked: int = 200 * 1024 * 1024


#: What a browser may send, and what the command line takes.
IN_BROWSER = Limits(size=50 * 1024 * 1024, rows=200_000, cells=2_500_000)
IN_TERMINAL = Limits(
    size=1024 * 1024 * 1024, rows=2_000_000, cells=50_000_000, unpacked=8 * 1024 * 1024 * 1024
)
