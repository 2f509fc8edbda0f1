"""A list as a CSV file: what the page shows, for a spreadsheet and for programs.

Comma and CRLF (RFC 4180), UTF-8 with a mark for Excel. Dates are ISO, numbers plain: a
spreadsheet reads those in any language. Words (a badge's, say) are those of the page.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from flask import Response, stream_with_context
from markupsafe import Markup
from sqlalchemy import Select

from ...clock import utc_now
from ...i18n import _
from ...services.csv_text import MARK, csv_line, neutral, plain
from ...state import current_contacts
from . import columns
from .paging import Order, Position, page_of

if TYPE_CHECKING:
    from .model_view import PortalModelView

#: Records that a file holds at most; its last line then says that there are more.
MOST_ROWS = 10_000
_BATCH = 500


def csv_file(view: PortalModelView, statement: Select[Any], order: Order) -> Response:
    """The records of ``statement`` as a file, sent while it is read.

    A batch is a query of its own, so that a slow reader holds no transaction open; the
    first one runs before anything is sent, and what is wrong gets a page of its own.
    """
    model, names = view.model, view.list_columns
    first = page_of(statement, model, names, order, Position(), _BATCH)
    headings = [view.presenter.label(name) for name in names]
    ending = str(_("There are more. These are the first %(count)s.", count=MOST_ROWS))

    def lines() -> Iterator[str]:
        yield MARK + csv_line(headings)
        page, left = first, MOST_ROWS
        while True:
            rows = [csv_line([cell(view, one, name) for name in names]) for one in page.records]
            current_contacts.session.rollback()
            yield "".join(rows)
            left -= len(rows)
            if page.end is None or left <= 0:
                break
            page = page_of(statement, model, names, order, Position(page.end), min(left, _BATCH))
        if page.end is not None:
            yield csv_line([ending])

    name = f"{view.module.name}-{utc_now().date().isoformat()}.csv"
    response = Response(stream_with_context(lines()), mimetype="text/csv")
    response.headers["Content-Disposition"] = f"attachment; filename={name}"
    response.headers["X-Content-Type-Options"] = "nosniff"
    return response


def cell(view: PortalModelView, record: Any, name: str) -> str:
    """A record's value as the file has it."""
    value = columns.read(record, name)
    written = plain(value)
    if written is not None:
        return written
    shown = view.presenter.shown(value, name)
    return neutral(shown.striptags() if isinstance(shown, Markup) else str(shown))
