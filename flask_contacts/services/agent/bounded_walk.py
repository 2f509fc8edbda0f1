"""An order of the list in which matches may stand far off: behind most of the other contacts.

Along the order's index rows are met one after the other, and of what is common the first page is
found soon: unless all of it stands at the end, as a last name does that begins with Z. So the
walk has a bound, the sort values :data:`NEAR` rows further on, which the index alone tells. What
is not found before it is gathered by the indexes of what is looked for, and put in order then.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

from sqlalchemy import Select, Subquery, bindparam, literal_column, select, union_all
from sqlalchemy.sql.elements import ColumnElement
from sqlalchemy.types import NULLTYPE

from .. import keyset
from ..keyset import Place
from .orders import Stretch, statement_of
from .question import Question

#: So many rows are looked at on the way: among a million contacts they hold a page of what one
#: in two hundred is. To gather what is rarer takes as long.
NEAR = 5000


#: The terms by which the contacts of a company are ordered: its own stand before them.
_OF_CONTACT = 3


class Bounded(NamedTuple):
    """What gives the sort values of the bound, the rows until there, and all of the stretch."""

    bound: Select[Any]
    until: Select[Any]
    gathered: Select[Any]


def until_values(bound: Sequence[Any]) -> dict[str, Any]:
    """The sort values of the bound, by their names in a statement."""
    return {_until(index): value for index, value in enumerate(bound)}


@dataclass(frozen=True)
class Near:
    """What is near in a stretch that is read from ``here`` on."""

    stretch: Stretch
    here: Place | None
    backwards: bool

    @property
    def bound(self) -> Select[Any]:
        """The sort values of the row that is far enough, whatever row it is; none where the
        stretch has fewer."""
        rows, terms = statement_of(self.stretch, [], ()), self._terms
        here = self.here and Place(0, self.here.values[: len(terms)])
        return keyset.ordered(rows, terms, here, backwards=self.backwards).offset(NEAR).limit(1)

    @property
    def condition(self) -> ColumnElement[bool]:
        """The rows before the bound."""
        names = range(len(self._terms))
        until = [bindparam(_until(index), type_=NULLTYPE) for index in names]
        return keyset.beyond(self._terms, until, backwards=not self.backwards)

    @property
    def _terms(self) -> Sequence[keyset.Term]:
        """What the bound is told by. Of companies it is one of them: their index knows no
        contacts, and MariaDB would put all contacts of all of them in order."""
        terms = self.stretch.terms
        return terms[:-_OF_CONTACT] if self.stretch.with_company else terms

    def gathered(self, asked: Question, size: int) -> Subquery:
        """The first rows of all that match, put in order."""
        terms = self.stretch.terms
        columns: list[Any] = [one.column.label(f"place_{index}") for index, one in enumerate(terms)]
        parts = asked.gathering.statements(columns, self.stretch)
        if self.here is not None:
            further = keyset.beyond(terms, self.here.values, backwards=self.backwards)
            parts = [one.where(further) for one in parts]
        if asked.dialect == "postgresql":  # which would walk along the order again
            parts = [one.offset(literal_column("0")) for one in parts]
        every: Any = union_all(*parts) if len(parts) > 1 else parts[0]
        found = every.subquery("found")
        order = [
            column.desc() if one.is_falling != self.backwards else column.asc()
            for column, one in zip(found.c, terms, strict=True)
        ]
        return select(*found.c).order_by(*order).limit(size).subquery("page")


def _until(index: int) -> str:
    return f"until_{index}"
