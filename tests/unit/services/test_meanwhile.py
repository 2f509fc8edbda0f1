"""The marks of what a form said, and what is written of a form that was opened before."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from flask_contacts.errors import InvalidInput, Overtaken
from flask_contacts.services.meanwhile import changed_to, is_left, mark, marks_of, merged


@pytest.mark.parametrize(
    ("one", "same"),
    [
        ("a\nb", " a\r\nb\r\n"),
        ("Zo\u0065\u0308", "Zo\u00eb"),
        (None, ""),
        (None, "  \n"),
        (False, None),
        (date(1906, 12, 9), "1906-12-09"),
        (7, "7"),
        (["b", "a"], frozenset({"a", "b"})),
        ("\ud800", "\ud800"),
    ],
)
def test_the_same_in_a_form(one: object, same: object) -> None:
    """What a browser or a service changes on the way makes no other mark."""
    assert mark(one) == mark(same)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("ada@example.com", "Ada@example.com"),
        ("a b", "a  b"),
        ("a\nb", "a\n\nb"),
        (True, False),
        (["a"], ["a", "b"]),
        ([], ["a"]),
        ("0", ""),
    ],
)
def test_another_in_a_form(one: object, other: object) -> None:
    """What somebody may have meant is a change: case, blanks within, each name of a list."""
    assert mark(one) != mark(other)


def test_a_mark_tells_nothing() -> None:
    """No text stands in its mark, however short, and a mark is short."""
    assert "a" * 12 not in str(mark("a" * 12))
    assert len(str(mark("x" * 10_000))) == 16


def test_what_was_left() -> None:
    """A field as it was opened, and one that was not sent; one that the page did not carry is
    written as typed."""
    opened = marks_of({"name": "Ada"})
    assert is_left("name", {"name": " Ada"}, opened)
    assert is_left("name", {}, opened)
    assert not is_left("name", {"name": "Grace"}, opened)
    assert not is_left("city", {"city": ""}, opened)


def test_merged() -> None:
    """Only what was touched is written; without marks all of it is."""
    typed, now = {"a": "1", "b": "2", "c": "3"}, {"a": "9", "b": "8", "c": "3"}
    opened = marks_of({"a": "1", "b": "8", "c": "0"})
    assert merged(typed, now, opened) == {"b": "2", "c": "3"}
    assert merged(typed, now, None) == typed


def test_overtaken() -> None:
    """What both changed is refused with all of it; the marks of the error let it through."""
    typed, now = {"a": "1", "b": "2"}, {"a": "9", "b": None}
    opened: dict[str, Any] = marks_of({"a": "0", "b": "0"})
    with pytest.raises(Overtaken) as caught:
        merged(typed, now, opened)
    assert isinstance(caught.value, InvalidInput)
    assert set(caught.value.errors) == {"a", "b"}
    assert "“9”" in str(caught.value.errors["a"][0])
    assert "emptied" in str(caught.value.errors["b"][0])
    assert merged(typed, now, opened | caught.value.marks) == typed


def test_a_long_value_is_told_in_part() -> None:
    """A sentence at a field is no page of notes."""
    assert len(str(changed_to("x" * 10_000))) < 500
    assert "x" * 300 + "…" in str(changed_to("x" * 301))
