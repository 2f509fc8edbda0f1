"""What stands in a cell of a related list: a value of the host's record, for the reader."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from flask_babel import format_decimal

from ...i18n import _
from ..moments import day_in_words, moment_in_words


def in_words(record: Any, name: str, formatters: Mapping[str, Callable[[Any], Any]]) -> Any:
    """The attribute (a method is called) in the reader's language; empty for None.

    ``formatters`` are those of the host's own view: a cell looks here as it does there.
    """
    value = getattr(record, name)
    if callable(value):
        value = value()
    if name in formatters:
        return formatters[name](value)
    if value is None:
        return ""
    if isinstance(value, bool):
        return _("Yes") if value else _("No")
    if isinstance(value, datetime):
        return moment_in_words(value)
    if isinstance(value, date):
        return day_in_words(value)
    if isinstance(value, Decimal | float):
        return format_decimal(value)
    return value
