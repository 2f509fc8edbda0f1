"""The rows of a page of all contacts, read stretch by stretch of its walk."""

from __future__ import annotations

from collections.abc import Hashable, Iterator, Sequence
from dataclasses import dataclass, replace
from types import SimpleNamespace
from typing import Any, NamedTuple

from sqlalchemy import FromClause, Select, Subquery, bindparam, select
from sqlalchemy.sql.elements import ColumnElement
from sqlalchemy.types import NULLTYPE

from ...models import Contact, Customer
from ...models.binding import bound_customer
from .. import keyset
from ..keyset import Place
from . import bounded_walk
from .bounded_walk import Bounded, Near, until_values
from .cursors import require_values
from .made_statements import connection_of, dropped_if_failing, made_once
from .orders import Stretch, statement_of
from .question import Question

#: What every row has.
ALWAYS = ("id", "customer_id", "firstname", "lastname")
_FEW = "few"


class Listed(SimpleNamespace):
    """A contact as the list shows it: the columns that were asked for, and the customer, or
    what stands for a bundled one in words. No object of the session: twice as quick to read."""

    customer: Any

    @property
    def name(self) -> str:
        """First and last name."""
        return f"{self.firstname} {self.lastname}"


class Row(NamedTuple):
    """A contact, and where it stands: the stretch and its sort values, the id last."""

    contact: Listed
    place: tuple[Any, ...]


@dataclass(frozen=True)
class _Step:
    """The statement of the stretch ``number``, with the names of its first columns, and where
    the sort values end after them; ``bounded`` is how it is read where matches may be far off."""

    number: int
    statement: Select[Any]
    names: list[str]
    end: int
    bounded: Bounded | None = None


class Reading:
    """Reads a page of ``asked`` and one row more, from a place on. ``few`` are the ids of all
    that match, where they are known; ``counted`` is what was counted along with the rows, by
    the numbers of the stretches."""

    def __init__(self, asked: Question, few: list[int] | None, columns: Sequence[str]) -> None:
        self.asked, self.few = asked, few
        self.backwards, self.size = asked.query.backwards, asked.query.size + 1
        self.names = tuple(dict.fromkeys((*ALWAYS, *columns)))
        self.counted: dict[int, Sequence[Any]] = {}

    def rows(self, place: Place | None, begun: Sequence[Row] = ()) -> list[Row]:
        """As many rows as are wanted, of one stretch after the other; ``begun`` are those of
        the first that were read before."""
        if self.few is not None and not self.few:
            return []
        found = list(begun)
        if len(found) >= self.size:
            return found
        known = {row.place[0] for row in found}
        values = place.values if place else []
        given = {_value(index): value for index, value in enumerate(values) if index}
        given |= {} if self.few is None else {_FEW: self.few}
        given |= self.asked.values
        start = int(values[0]) if values else None
        shape = self._shape(start, len(values))
        with dropped_if_failing(shape):
            for step in made_once(shape, lambda: self._steps(start, len(values))):
                if step.number in known:
                    continue
                found += self._found(step, given, self.size - len(found))
                if len(found) >= self.size:
                    break
        return found[: self.size]

    def _shape(self, start: int | None, values: int) -> Hashable | None:
        shape = self.asked.shape_with(self.few)
        if shape is None:
            return None
        place = (self.backwards, start, values)
        near = bounded_walk.NEAR
        return ("rows", shape, self.names, self.size, place, near, bound_customer() is None)

    def _steps(self, start: int | None, values: int) -> list[_Step]:
        """Each stretch that is to be read, in the order of reading."""
        walk = self.asked.walk()
        order = range(len(walk))
        if start is None:
            start = len(walk) - 1 if self.backwards else 0
        numbers = reversed(order[: start + 1]) if self.backwards else order[start:]
        conditions = [self._among_few()] if self.few is not None else self.asked.conditions()
        steps: list[_Step] = []
        for number in numbers:
            if walk[number].is_void:
                continue
            here = None
            if number == start and values:
                require_values(values - 1, walk[number].terms)
                here = Place(
                    0, [bindparam(_value(one), type_=NULLTYPE) for one in range(1, values)]
                )
            is_counted = not steps or self.asked.is_found_by_walking
            counting = self.asked.counting(self.few, walk[number]) if is_counted else []
            step = self._step(number, walk[number], conditions, here, counting)
            steps.append(self._bounded(step, walk[number], conditions, here, counting))
        return steps

    def _bounded(
        self,
        step: _Step,
        stretch: Stretch,
        conditions: Sequence[ColumnElement[bool]],
        here: Place | None,
        counting: Sequence[ColumnElement[Any]],
    ) -> _Step:
        can_be_gathered = self.asked.gathering.is_possible
        # By company MariaDB puts all contacts in order before the first, whoever is asked for.
        is_far = stretch.with_company and self.asked.dialect in {"mysql", "mariadb"}
        if self.few is not None or not (can_be_gathered or is_far):
            return step
        near, every = Near(stretch, here, self.backwards), step.statement
        until = self._step(step.number, stretch, [*conditions, near.condition], here, counting)
        if can_be_gathered:
            page = near.gathered(self.asked, self.size)
            every = self._looked_up(step.number, page, stretch.terms, ()).statement
        return replace(step, bounded=Bounded(near.bound, until.statement, every))

    def _found(self, step: _Step, given: dict[str, Any], wanted: int) -> list[Row]:
        """The rows of a step, of which as many are ``wanted``."""
        if step.bounded is None:
            return list(self._read(step, given))
        bound = connection_of(self.asked.session).execute(step.bounded.bound, given).first()
        if bound is None:
            return list(self._read(step, given))
        until = given | until_values(bound)
        found = list(self._read(replace(step, statement=step.bounded.until), until))
        if len(found) >= wanted:
            return found
        return list(self._read(replace(step, statement=step.bounded.gathered), given))

    def _among_few(self) -> ColumnElement[bool]:
        ids: ColumnElement[bool] = Contact.id.in_(bindparam(_FEW, expanding=True))
        return ids

    def _step(
        self,
        number: int,
        stretch: Stretch,
        conditions: Sequence[ColumnElement[bool]],
        here: Place | None,
        counting: Sequence[ColumnElement[Any]],
    ) -> _Step:
        if self.few is None and self.asked.is_plain(stretch):
            return self._along_index(number, stretch, conditions, here, counting)
        statement = keyset.ordered(
            statement_of(stretch, [], conditions), stretch.terms, here, backwards=self.backwards
        )
        page = statement.limit(self.size).subquery("page")
        return self._looked_up(number, page, stretch.terms, counting)

    def _along_index(
        self,
        number: int,
        stretch: Stretch,
        conditions: Sequence[ColumnElement[bool]],
        here: Place | None,
        counting: Sequence[ColumnElement[Any]],
    ) -> _Step:
        """Contacts and customers where an index has them in order: nothing is put in order."""
        columns, source = self._with_customer(Contact.__table__)
        statement = keyset.ordered(
            statement_of(stretch, columns, conditions).select_from(source),
            stretch.terms,
            here,
            backwards=self.backwards,
        )
        statement = statement.add_columns(*counting).limit(self.size)
        return _Step(number, statement, _names(columns), len(columns) + len(stretch.terms))

    def _looked_up(
        self,
        number: int,
        page: Subquery,
        terms: Sequence[keyset.Term],
        counting: Sequence[ColumnElement[Any]],
    ) -> _Step:
        """The contacts of ``page`` in its order: they and their customers are looked up for
        its few rows, after it was cut."""
        places, contact = list(page.c), Contact.__table__
        order = [
            column.desc() if one.is_falling != self.backwards else column.asc()
            for column, one in zip(places, terms, strict=True)
        ]
        columns, source = self._with_customer(page.join(contact, contact.c.id == places[-1]))
        statement = select(*columns, *places, *counting).select_from(source).order_by(*order)
        return _Step(number, statement, _names(columns), len(columns) + len(places))

    def _with_customer(self, source: FromClause) -> tuple[list[Any], FromClause]:
        """The columns that are wanted, and ``source`` with what they are taken from."""
        contact, customer = Contact.__table__, Customer.__table__
        columns = [contact.c[name] for name in self.names]
        if bound_customer() is not None:  # what its name is made of, only the host knows
            return columns, source
        columns.append(customer.c.company.label("customer"))
        return columns, source.outerjoin(customer, customer.c.id == contact.c.customer_id)

    def _read(self, step: _Step, given: dict[str, Any]) -> Iterator[Row]:
        width, end = len(step.names), step.end
        rows = connection_of(self.asked.session).execute(step.statement, given).all()
        if rows and len(rows[0]) > end:
            self.counted[step.number] = rows[0][end:]
        for row in rows:
            contact = Listed(**dict(zip(step.names, row, strict=False)))
            yield Row(contact, (step.number, *row[width:end]))


def _names(columns: Sequence[Any]) -> list[str]:
    return [column.name for column in columns]


def _value(index: int) -> str:
    return f"after_{index}"
