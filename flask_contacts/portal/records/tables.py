"""Records as rows of text: what the list and the detail page hand to their templates."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from . import columns
from .formatters import NOTHING, Formatter, as_text, is_number
from .listing import ListArguments


@dataclass(frozen=True)
class Cell:
    """A value as it is shown; ``text`` may be Markup of a formatter."""

    name: str
    label: str
    text: Any
    is_numeric: bool = False


@dataclass(frozen=True)
class Row:
    """A record in a table; ``url`` leads to its page, ``file_url`` to its file, if it has one."""

    cells: list[Cell]
    url: str | None = None
    file_url: str | None = None


@dataclass(frozen=True)
class Heading:
    """A table's column; ``sorted`` is ``ascending``, ``descending`` or None."""

    name: str
    label: str
    is_numeric: bool = False
    url: str | None = None
    sorted: str | None = None


@dataclass(frozen=True)
class RelatedTable:
    """Records that belong to the one shown, by the relationship ``name``; a page of them."""

    name: str
    label: str
    headings: list[Heading]
    rows: list[Row]
    previous_url: str | None = None
    next_url: str | None = None


@dataclass(frozen=True)
class Presenter:
    """Labels and formatters of a view, by column."""

    labels: Mapping[str, Any]
    formatters: Mapping[str, Formatter]

    def label(self, name: str) -> str:
        """The column's label; made of its name where the view gives none."""
        words = name.replace("_", " ").replace(".", " ")
        return str(self.labels.get(name, words.capitalize()))

    def text(self, record: Any, name: str) -> Any:
        """The value at ``name`` as it is shown: escaped by the template, unless Markup."""
        return self.shown(columns.read(record, name), name)

    def row(self, record: Any, names: Sequence[str]) -> Row:
        """One record with the columns ``names``."""
        return self.rows([record], names, [None])[0]

    def rows(
        self, found: Sequence[Any], names: Sequence[str], urls: Sequence[str | None]
    ) -> list[Row]:
        """Many records with the columns ``names``; each label is translated once."""
        shown = [(name, self.label(name)) for name in names]
        rows = []
        for record, url in zip(found, urls, strict=True):
            cells = []
            for name, label in shown:
                value = columns.read(record, name)
                cells.append(Cell(name, label, self.shown(value, name), is_number(value)))
            rows.append(Row(cells, url))
        return rows

    def headings(self, names: Sequence[str], rows: Sequence[Row]) -> list[Heading]:
        """Plain headings; numeric where the column's values are."""
        return [
            Heading(name, self.label(name), any(row.cells[index].is_numeric for row in rows))
            for index, name in enumerate(names)
        ]

    def order_headings(
        self,
        names: Sequence[str],
        rows: Sequence[Row],
        orderable: Sequence[str],
        arguments: ListArguments,
    ) -> list[Heading]:
        """Headings that order the list when they are followed."""
        return [
            Heading(
                heading.name,
                heading.label,
                heading.is_numeric,
                arguments.order_url(heading.name) if heading.name in orderable else None,
                arguments.sorting(heading.name),
            )
            for heading in self.headings(names, rows)
        ]

    def shown(self, value: Any, name: str) -> Any:
        """``value`` of the column ``name`` in words of the page's language."""
        if value is None or value == "":
            return NOTHING
        formatter = self.formatters.get(name)
        return as_text(value) if formatter is None else formatter(value)
