"""A page of contacts read stretch by stretch of its walk, as columns that were asked for.

As for the list of staff, a statement is made once for each shape: making it takes as long as
running it.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple

from sqlalchemy import Select, bindparam, inspect
from sqlalchemy.types import NULLTYPE

from ...models import Contact
from .. import keyset
from ..agent.cursors import require_values
from ..agent.made_statements import dropped_if_failing, made_once
from ..agent.orders import statement_of
from ..agent.question import Question
from ..keyset import Place
from .contact_columns import COLUMNS

#: The number of a stretch of the walk, and what was read there.
Found = tuple[int, Sequence[Any]]
_FEW, _WANTED = "few", "wanted"


class _Step(NamedTuple):
    """The statement of the stretch ``number``."""

    number: int
    statement: Select[Any]


def read(asked: Question, names: tuple[str, ...], place: Place | None) -> list[Found]:
    """The columns, the id and the sort values of one row more than a page, from a place on.

    Raises ``CursorUnknown`` for a place of another walk.
    """
    few, wanted = asked.few(), asked.query.size + 1
    if few is not None and not few:
        return []
    start, values = (int(place.values[0]), place.values[1:]) if place else (0, ())
    given = {_FEW: few, **asked.values}
    given |= {_value(index): value for index, value in enumerate(values)}
    shape = asked.shape_with(few)
    if shape is not None:
        shape = ("rest", shape, names, start, len(values))
    # Read by the connection: the session would make objects ready, and there are none.
    connection = asked.session.connection(bind_arguments={"mapper": inspect(Contact)})
    found: list[Found] = []
    with dropped_if_failing(shape):
        for step in made_once(shape, lambda: list(_steps(asked, names, start, len(values), few))):
            given[_WANTED] = wanted - len(found)
            rows = connection.execute(step.statement, given).all()
            found += [(step.number, row) for row in rows]
            if len(found) >= wanted:
                break
    return found


def _steps(
    asked: Question, names: Sequence[str], start: int, values: int, few: list[int] | None
) -> Iterator[_Step]:
    conditions = asked.conditions()
    if few is not None:
        conditions = [Contact.id.in_(bindparam(_FEW, expanding=True))]
    columns = [*(COLUMNS[name] for name in names), COLUMNS["id"]]
    for number, stretch in enumerate(asked.walk()):
        if number < start or stretch.is_void:
            continue
        here = None
        if number == start and values:
            require_values(values, stretch.terms)
            here = Place(0, [bindparam(_value(one), type_=NULLTYPE) for one in range(values)])
        statement = keyset.ordered(statement_of(stretch, columns, conditions), stretch.terms, here)
        yield _Step(number, statement.limit(bindparam(_WANTED)))


def _value(index: int) -> str:
    return f"after_{index}"
