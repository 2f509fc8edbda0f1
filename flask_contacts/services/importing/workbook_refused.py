"""The sentences for workbooks that are not read."""

from __future__ import annotations

from ...i18n import _l
from .file_refused import FileRefused


def broken() -> FileRefused:
    """It is no workbook, or none that can be opened."""
    return FileRefused(
        _l(
            "This workbook cannot be opened: it is damaged, protected by a password, or of an old "
            "format. Save it as .xlsx or as CSV."
        )
    )


def unpacks_too_far() -> FileRefused:
    """It would take more memory or time than any file of contacts."""
    return FileRefused(_l("This workbook unpacks to far more than contacts need. Save it as CSV."))


def too_many_cells(most: int) -> FileRefused:
    """More cells than are taken."""
    return FileRefused(_l("The sheet has more than %(count)s cells. Save it as CSV.", count=most))
