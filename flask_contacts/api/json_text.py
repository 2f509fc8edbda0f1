"""Answers as JSON, the same whatever the host has set for its own."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Sequence
from datetime import date, datetime
from functools import lru_cache
from json.encoder import encode_basestring_ascii
from typing import Any

from flask import Response, current_app


class Written(str):
    """A body that is JSON already."""


def respond(body: Any, status: int = 200) -> Response:
    """A response of ``body``, its fields in the order that they were made in."""
    text = body if isinstance(body, Written) else _as_json(body)
    return current_app.response_class(text, status, mimetype="application/json")


def page(names: tuple[str, ...], rows: Iterable[Sequence[Any]], after: str | None) -> Written:
    """A page of a list: of each row so many values as there are names, and what asks for more.

    As :func:`respond` writes a mapping for each row, without making that: each name is written
    once, and most values are of a few types.
    """
    frame, width = _frame(names), len(names)
    written = ",".join(
        [
            frame % tuple([_WRITERS.get(type(value), _as_json)(value) for value in row[:width]])
            for row in rows
        ]
    )
    return Written(f'{{"result":[{written}],"next":{_as_json(after)}}}')


@lru_cache(maxsize=256)
def _frame(names: tuple[str, ...]) -> str:
    fields = ",".join(f"{_as_json(name).replace('%', '%%')}:%s" for name in names)
    return f"{{{fields}}}"


def _unusual(value: Any) -> str:
    """What JSON has no word for: times as ISO 8601 in UTC, days, all else as its text."""
    if isinstance(value, datetime):
        return f"{value.isoformat()}Z"
    return value.isoformat() if isinstance(value, date) else str(value)


_as_json = json.JSONEncoder(separators=(",", ":"), default=_unusual).encode
#: The same for single values of just these types; those derived from them are left to the above.
_WRITERS: dict[type, Callable[[Any], str]] = {
    str: encode_basestring_ascii,
    int: int.__repr__,
    bool: {True: "true", False: "false"}.__getitem__,
    type(None): lambda _none: "null",
    datetime: lambda moment: f'"{moment.isoformat()}Z"',
}
