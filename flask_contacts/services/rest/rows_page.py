"""A page of rows of named columns."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple


class RowsPage(NamedTuple):
    """Rows in order: of each the values of ``names``, and maybe more after them. ``after`` asks
    for the next page, None: the last one."""

    names: tuple[str, ...]
    rows: Sequence[Sequence[Any]]
    after: str | None
