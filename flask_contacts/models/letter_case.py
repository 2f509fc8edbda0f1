"""Texts in whatever case, on every database: SQLite knows the cases of ASCII alone."""

from __future__ import annotations

from typing import Any

from sqlalchemy import func, or_
from sqlalchemy.sql.elements import ColumnElement

_ASCII_LOWER = {code: code + 32 for code in range(ord("A"), ord("Z") + 1)}


def spellings(text: str) -> list[str]:
    """The text in the cases that it may be written in, as a database lowers them that knows
    those of ASCII alone: one for a text of ASCII, five at most."""
    ways = (text, text.lower(), text.upper(), text.title(), text.capitalize())
    return list(dict.fromkeys(one.translate(_ASCII_LOWER) for one in ways))


def equals(column: Any, text: str) -> ColumnElement[bool]:
    """The column is this text, in whatever case."""
    return or_(*(func.lower(column) == func.lower(way) for way in spellings(text)))


def begins(column: Any, text: str) -> ColumnElement[bool]:
    """The column begins with this text, in whatever case."""
    return or_(*(column.istartswith(way, autoescape=True) for way in spellings(text)))
