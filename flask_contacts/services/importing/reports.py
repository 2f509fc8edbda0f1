"""What staff read of imports: which there were, and what became of each row."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Text, cast, select
from sqlalchemy.orm import Session
from sqlalchemy.sql.elements import ColumnElement

from ...i18n import _
from ...models import ContactImport, ContactImportResult, ContactImportRow
from ..csv_text import MARK, csv_line, neutral
from .columns import LABELS
from .kept_words import told
from .refused_values import value_reader

#: Asked for instead of an outcome: the rows with which companies come.
COMPANIES = "companies"
_AT_ONCE = 500


@dataclass(frozen=True)
class ResultRow:
    """A row of the file with what became, or would become, of it.

    ``brings`` is the company that comes with it, ``brought_by`` the row that its company comes
    with; nothing where the company was there before.
    """

    number: int
    cells: Sequence[str]
    outcome: str
    changes: Mapping[str, Sequence[Any]]
    problems: Mapping[str, Sequence[str]]
    remarks: Mapping[str, Sequence[str]]
    contact_id: int | None
    brings: str = ""
    brought_by: int | None = None


@dataclass(frozen=True)
class ResultPage:
    """Rows in the order of the file; ``after`` asks for the next page, None: the last one."""

    rows: list[ResultRow]
    after: int | None


def list_imports(
    session: Session, visible: ColumnElement[bool], after: int | None = None, size: int = 25
) -> tuple[list[ContactImport], int | None]:
    """A page of imports, the newest first, and after which to go on; ``visible`` is a condition
    on :class:`ContactImport`."""
    query = select(ContactImport).where(visible).order_by(ContactImport.id.desc()).limit(size + 1)
    if after is not None:
        query = query.where(ContactImport.id < after)
    found = list(session.scalars(query))
    return found[:size], found[size - 1].id if len(found) > size else None


def first_rows(session: Session, import_id: int, count: int = 3) -> list[list[str]]:
    """The cells of the first rows, to show what a column holds."""
    query = (
        select(ContactImportRow.cells)
        .where(ContactImportRow.import_id == import_id)
        .order_by(ContactImportRow.number)
        .limit(count)
    )
    return list(session.scalars(query))


def result_rows(
    session: Session,
    import_id: int,
    outcome: str | None = None,
    after: int | None = None,
    size: int = 50,
) -> ResultPage:
    """A page of results, all or of one outcome, by key: the last is as quick as the first.

    The outcome :data:`COMPANIES` gives the rows with which companies come.
    """
    query = (
        select(
            ContactImportResult.number,
            ContactImportRow.cells,
            ContactImportResult.outcome,
            ContactImportResult.details,
            ContactImportResult.contact_id,
        )
        .join(
            ContactImportRow,
            (ContactImportRow.import_id == ContactImportResult.import_id)
            & (ContactImportRow.number == ContactImportResult.number),
        )
        .where(ContactImportResult.import_id == import_id)
        .order_by(ContactImportResult.number)
        .limit(size + 1)
    )
    if outcome == COMPANIES:
        details = cast(ContactImportResult.details, Text)
        query = query.where(details.contains('"brings":', autoescape=True))
    elif outcome is not None:
        query = query.where(ContactImportResult.outcome == outcome)
    if after is not None:
        query = query.where(ContactImportResult.number > after)
    found = [_result(*row) for row in session.execute(query)]
    return ResultPage(found[:size], found[size - 1].number if len(found) > size else None)


def refused_csv(session: Session, found: ContactImport) -> Iterator[str]:
    """The refused rows as a CSV: the file's own columns, the row's number and why.

    It can be mended and imported again. Some rows are a query of their own, so that a slow
    reader holds no transaction open.
    """
    import_id, width = found.id, len(found.headers)
    heading = [*found.headers, str(_("Row")), str(_("Why it was refused"))]
    page = result_rows(session, import_id, "refused", size=_AT_ONCE)
    session.rollback()
    yield MARK + csv_line([neutral(one) for one in heading])
    while True:
        for row in page.rows:
            cells = [*row.cells, *[""] * (width - len(row.cells))][: max(width, len(row.cells))]
            why = problems_in_words(row, found.columns)
            if len(cells) > width:  # what is too much goes to the last cell, so that none moves
                cells = [*cells[: width - 1], " ".join(cells[width - 1 :])]
            yield csv_line([neutral(one) for one in (*cells, str(row.number), why)])
        if page.after is None:
            return
        page = result_rows(session, import_id, "refused", page.after, _AT_ONCE)
        session.rollback()


def problems_in_words(row: ResultRow, columns: Sequence[str]) -> str:
    """Why a row was refused, in one line, with what stands in it there."""
    value_of = value_reader(columns)

    def label(name: str) -> str:
        value = value_of(row.cells, name)
        return f"{LABELS[name]} “{value}”" if value else str(LABELS[name])

    return " ".join(
        f"{label(name)}: {text}" if name in LABELS else text
        for name, texts in row.problems.items()
        for text in texts
    )


def _result(
    number: int,
    cells: Sequence[str],
    outcome: str,
    details: Mapping[str, Any] | None,
    contact_id: int | None,
) -> ResultRow:
    facts = details or {}
    problems, remarks = told(facts.get("problems", {})), told(facts.get("remarks", {}))
    return ResultRow(
        number,
        cells,
        outcome,
        facts.get("changes", {}),
        problems,
        remarks,
        contact_id,
        facts.get("brings", ""),
        facts.get("brought_by"),
    )
