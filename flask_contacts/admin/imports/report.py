"""What an import's pages say of it: how far it is, and what became of each row."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from flask import url_for

from ...i18n import _l
from ...models import ContactImport
from ...services.importing.columns import LABELS
from ...services.importing.refused_values import value_reader
from ...services.importing.reports import ResultRow
from ...services.importing.steps import OUTCOMES, Progress
from ..contacts import activity_words
from ..contacts.permissions import CONTACTS
from ..held_permissions import holds_now

STATES = {
    "reading": _l("Not read to its end"),
    "mapping": _l("Columns to be confirmed"),
    "checking": _l("Being checked"),
    "checked": _l("Checked, not imported"),
    "running": _l("Being imported"),
    "done": _l("Imported"),
    "forgotten": _l("Ended before it was done"),
}
BADGES = {"new": "success", "changed": "info", "unchanged": "default", "refused": "danger"}
_LONGEST = 120


@dataclass(frozen=True)
class Change:
    """A field that differs, in words."""

    label: Any
    before: str
    after: str


def as_json(progress: Progress) -> dict[str, Any]:
    """What the script of the page wants to know."""
    return {
        "working": progress.is_working,
        "state": progress.state,
        "position": progress.position,
        "rows": progress.rows,
        "percent": percent(progress),
        "counts": {name: progress.counts.get(name, 0) for name in OUTCOMES},
    }


def percent(progress: Progress) -> int:
    """How much is done, of a hundred."""
    return 100 * progress.position // progress.rows if progress.rows else 100


def changes_of(row: ResultRow) -> Iterator[Change]:
    """The fields that differ."""
    for name, (before, after) in row.changes.items():
        words = activity_words.value_in_words
        yield Change(LABELS.get(name, name), words(name, before), words(name, after))


def problem_reader(found: ContactImport) -> Callable[[ResultRow], Iterator[tuple[Any, str, str]]]:
    """A function that gives why a row was refused, or what is left out of it, by field: the
    label, what the file has there, and the words; no label where it is about the whole row."""
    value_of = value_reader(found.columns)

    def read(row: ResultRow) -> Iterator[tuple[Any, str, str]]:
        for problems in (row.problems, row.remarks):
            for name, texts in problems.items():
                for text in texts:
                    yield LABELS.get(name, ""), value_of(row.cells, name), text

    return read


def name_reader(found: ContactImport) -> Callable[[ResultRow], str]:
    """A function that gives what a row is called: its name or its address."""
    places = {name: place for place, name in enumerate(found.columns) if name}

    def read(row: ResultRow) -> str:
        def cell(name: str) -> str:
            place = places.get(name)
            return row.cells[place].strip() if place is not None and place < len(row.cells) else ""

        name = " ".join(one for one in (cell("firstname"), cell("lastname")) if one)
        return (name or cell("fullname") or cell("email") or "–")[:_LONGEST]

    return read


def values_reader(found: ContactImport) -> Callable[[ResultRow], list[tuple[Any, str]]]:
    """A function that gives what the file says of a new contact: labels and values."""
    places = [(LABELS.get(name, name), place) for place, name in enumerate(found.columns) if name]

    def read(row: ResultRow) -> list[tuple[Any, str]]:
        if row.outcome != "new":
            return []
        cells = [(label, row.cells[place].strip()) for label, place in places
                 if place < len(row.cells)]  # fmt: skip
        return [(label, text[:_LONGEST]) for label, text in cells if text]

    return read


def contact_url(row: ResultRow) -> str | None:
    """The page of the contact that the row became; None for staff who may not open it."""
    if row.contact_id is None or not holds_now("can_show", CONTACTS):
        return None
    return url_for("CustomerContactsView.show", pk=row.contact_id)
