"""The parameters of an address: each has a type, a default, and a place in the description.

An unknown one is refused by its name (400): no filter, order or column reaches the database
but those that are listed.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import date
from typing import Any

from werkzeug.datastructures import MultiDict

from ..i18n import _, _p
from .problems import Refused, misfit, none_of, refused_fields
from .schemas import (
    BOOLEAN,
    DAY,
    KEY,
    LARGEST_KEY,
    STRING,
    Schema,
    choice,
    listing,
    number,
    text,
)

LARGEST_PAGE = 100
_DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", re.ASCII)
_NUMBER = re.compile(r"-?[0-9]{1,10}", re.ASCII)
_LONGEST_CURSOR = 2_000
_MOST_WORDS = 100
_LONGEST_WORD = 50


@dataclass(frozen=True)
class Parameter:
    """A parameter; ``read`` gives its value, or raises ValueError.

    ``names`` are the words that are possible in the present application, where it has a say.
    """

    name: str
    schema: Schema
    read: Callable[[str], Any]
    description: str
    default: Any = None
    required: bool = False
    is_list: bool = False
    names: Callable[[], Collection[str]] | None = None


def word(name: str, description: str, longest: int = 200) -> Parameter:
    """A text without control characters."""

    def read(given: str) -> str:
        if len(given) > longest or "\x00" in given:
            raise ValueError(name)
        return given

    return Parameter(name, text(longest), read, description, default="")


def one_of(
    name: str, names: Collection[str], description: str, default: str | None = None
) -> Parameter:
    """One of some words."""

    def read(given: str) -> str:
        if given not in names:
            raise ValueError(name)
        return given

    schema = choice(names) if default is None else {**choice(names), "default": default}
    return Parameter(name, schema, read, description, default)


def known(name: str, names: Callable[[], Collection[str]], description: str) -> Parameter:
    """One of the words that the application has, such as its modules."""

    def read(given: str) -> str:
        if given not in names():
            raise ValueError(name)
        return given

    return Parameter(name, STRING, read, description, names=names)


def yes_no(name: str, description: str) -> Parameter:
    """``true`` or ``false``."""
    return Parameter(name, BOOLEAN, {"true": True, "false": False}.__getitem__, description)


def day(name: str, description: str) -> Parameter:
    """A day such as ``2026-11-22``."""

    def read(given: str) -> date:
        if not _DAY.fullmatch(given):
            raise ValueError(name)
        return date.fromisoformat(given)

    return Parameter(name, DAY, read, description)


def whole(name: str, least: int, most: int, default: int, description: str) -> Parameter:
    """A whole number in a range."""

    def read(given: str) -> int:
        if not _NUMBER.fullmatch(given) or not least <= int(given) <= most:
            raise ValueError(name)
        return int(given)

    schema = {**number(least, most), "default": default}
    return Parameter(name, schema, read, description, default)


def key(name: str, description: str) -> Parameter:
    """The key of a contact."""

    def read(given: str) -> int:
        if not _NUMBER.fullmatch(given) or not 1 <= int(given) <= LARGEST_KEY:
            raise ValueError(name)
        return int(given)

    return Parameter(name, KEY, read, description)


def words(name: str, description: str) -> Parameter:
    """Names, with commas between them."""

    def read(given: str) -> tuple[str, ...]:
        names = tuple(given.split(","))
        if len(names) > _MOST_WORDS or not all(len(one) <= _LONGEST_WORD for one in names):
            raise ValueError(name)
        return names

    schema = listing(text(_LONGEST_WORD), _MOST_WORDS, 1)
    return Parameter(name, schema, read, f"{description} With commas.", (), is_list=True)


def columns(names: Collection[str], usual: Collection[str]) -> Parameter:
    """Which columns are given, with commas between them."""

    def read(given: str) -> tuple[str, ...]:
        asked = tuple(dict.fromkeys(given.split(",")))
        unknown = [name for name in asked if name not in names]
        if unknown:
            raise ValueError(", ".join(unknown))
        return asked

    schema = {"type": "array", "items": choice(names), "minItems": 1}
    usual_names = ", ".join(usual)
    description = f"The columns of a row, with commas between them. Usually: {usual_names}."
    return Parameter("columns", schema, read, description, tuple(usual), is_list=True)


CURSOR = Parameter(
    "cursor",
    {**STRING, "maxLength": _LONGEST_CURSOR},
    word("cursor", "", _LONGEST_CURSOR).read,
    "Where the page starts: `next` of the page before, as it is. It is good for the same order.",
)
LIMIT = whole("limit", 1, LARGEST_PAGE, 25, "How many rows a page has at most.")


def read_query(given: MultiDict[str, str], parameters: Mapping[str, Parameter]) -> dict[str, Any]:
    """The values of all parameters; raises :class:`Refused` (400) with what is wrong by name."""
    errors: dict[str, list[object]] = {}
    values = {name: parameter.default for name, parameter in parameters.items()}
    for name in given:
        parameter, texts = parameters.get(name), given.getlist(name)
        if parameter is None:
            errors[name] = [_("There is no such parameter.")]
        elif len(texts) > 1:
            errors[name] = [_("This stands here twice.")]
        else:
            with suppress(ValueError, KeyError):
                values[name] = parameter.read(texts[0])
                continue
            names = parameter.names
            errors[name] = [misfit(parameter.schema) if names is None else none_of(names())]
    for name, parameter in parameters.items():
        if parameter.required and name not in given:
            errors[name] = [_p("form", "This field is required.")]
    if errors:
        raise refused_fields(errors, 400)
    return values


def unknown_cursor() -> Refused:
    """A cursor that this list has not given in this order."""
    return refused_fields({"cursor": [_("This is no cursor of this list in this order.")]}, 400)
