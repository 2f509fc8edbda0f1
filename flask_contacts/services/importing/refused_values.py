"""What a row of a file holds where a field of it was refused, as reports show it."""

from __future__ import annotations

from collections.abc import Callable, Sequence

#: A longer value is cut.
LONGEST = 60
#: The fields whose values may stand in a column of another.
_ELSEWHERE = {
    "customer": ("customer", "customer_key"),
    "firstname": ("firstname", "fullname"),
    "lastname": ("lastname", "fullname"),
}

Read = Callable[[Sequence[str], str], str]


def value_reader(columns: Sequence[str]) -> Read:
    """A function of a row's cells and a field that gives what the file has there.

    In one line, without what a terminal would obey, and cut; nothing for what is no column of
    the file, and for what is about the whole row.
    """
    places = {name: place for place, name in enumerate(columns) if name}

    def read(cells: Sequence[str], field: str) -> str:
        for name in _ELSEWHERE.get(field, (field,)):
            place = places.get(name)
            text = in_one_line(cells[place]) if place is not None and place < len(cells) else ""
            if text:
                return text
        return ""

    return read


def in_one_line(text: str) -> str:
    """``text`` without what a terminal would obey, and cut."""
    shown = "".join(char if char.isprintable() else " " for char in text[: 10 * LONGEST])
    words = " ".join(shown.split())
    return words if len(words) <= LONGEST else f"{words[:LONGEST]}…"
