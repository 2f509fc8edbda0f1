"""Statements that are made once for each shape, and none that fails."""

from __future__ import annotations

import pytest

from flask_contacts.services.agent.made_statements import dropped_if_failing, made_once


def test_made_once() -> None:
    """A shape is made once; what has no shape is made each time."""
    made = iter(range(10))
    shape = object()
    assert [made_once(shape, lambda: next(made)) for _ in range(3)] == [0, 0, 0]
    assert [made_once(None, lambda: next(made)) for _ in range(3)] == [1, 2, 3]


def test_a_failure_is_not_kept() -> None:
    """What fails while it is used is made anew, and so is what could not be made."""
    made = iter(range(10))
    shape = object()

    def use() -> None:
        with dropped_if_failing(shape):
            raise LookupError(made_once(shape, lambda: next(made)))

    for number in range(2):
        with pytest.raises(LookupError, match=str(number)):
            use()
    with pytest.raises(ZeroDivisionError), dropped_if_failing(None):
        made_once(shape, lambda: 1 // 0)
    assert made_once(shape, lambda: next(made)) == 2
