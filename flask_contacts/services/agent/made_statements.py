"""Statements that are made once for each shape: making one takes longer than running it.

What differs from one question to the next stands in them by name and is given when they run.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterator
from contextlib import contextmanager
from typing import Any, TypeVar

from sqlalchemy import Connection, inspect
from sqlalchemy.orm import Session

from ...models import Contact

T = TypeVar("T")
_MOST = 1000
_made: dict[Hashable, Any] = {}


def made_once(shape: Hashable | None, make: Callable[[], T]) -> T:
    """What ``make`` makes, from the second time of a shape on without making it.

    None is the shape of what has values of its own in it: that is made each time.
    """
    if shape is None:
        return make()
    made = _made.get(shape)
    if made is None:
        made = make()
        if len(_made) >= _MOST:
            _made.clear()
        _made[shape] = made
    found: T = made
    return found


def connection_of(session: Session) -> Connection:
    """The session's connection, for statements of columns: the session itself gets ready to make
    objects of each row, though there are none."""
    return session.connection(bind_arguments={"mapper": inspect(Contact)})


@contextmanager
def dropped_if_failing(shape: Hashable | None) -> Iterator[None]:
    """What was made for a shape and fails while it is used is not kept."""
    try:
        yield
    except Exception:
        _made.pop(shape, None)
        raise
