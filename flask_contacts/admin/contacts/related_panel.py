"""What the page of a contact needs to show a list under it."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from ...services.agent.related_records import MOST_COUNTED
from ..look_up import Candidate


@dataclass(frozen=True)
class Row:
    """A record: its cells, its page or None, what Unlink needs (its key), and what Archive does
    in its stead (a page)."""

    cells: list[Any]
    url: str | None
    key: Any = None
    label: str = ""
    archive_url: str | None = None


@dataclass
class Panel:
    """A list as the page shows it. ``link_url`` takes ``typed`` by the method ``how``;
    ``candidates`` are what it may have meant."""

    name: str
    label: Any
    columns: list[Any]
    rows: list[Row]
    total: int
    next_url: str | None = None
    first_url: str | None = None
    how: str = "post"
    link_url: str | None = None
    unlink_url: str | None = None
    offered: list[str] = field(default_factory=list)
    offers_url: str | None = None
    hidden: dict[str, Any] = field(default_factory=dict)
    field_name: str = "record"
    typed: str = ""
    problems: list[Any] = field(default_factory=list)
    candidates: list[Candidate] = field(default_factory=list)

    @property
    def is_many(self) -> bool:
        """Whether there are more than are counted."""
        return self.total > MOST_COUNTED
