"""The columns behind the page Company: what a host named must be there and hold text."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Column, Enum, String, inspect
from sqlalchemy.orm import ColumnProperty

from ...errors import ConfigError
from ...models import Customer
from ...registry import CompanyField, Registry

KINDS = ("text", "multiline", "tel", "email", "url")
#: Where the column sets no limit.
_LONGEST = 2_000


def check_company_fields(registry: Registry) -> None:
    """Raise :class:`ConfigError` for a field that could not work; asked at start."""
    seen: set[str] = set()
    for field in registry.company_fields or ():
        if field.name in seen:
            raise ConfigError(
                "contacts.C001", f"The company field {field.name!r} is named twice.", "Remove one."
            )
        seen.add(field.name)
        if not hasattr(Customer, field.name):
            raise ConfigError(
                "contacts.C090",
                f"company_fields names {field.name!r}, which {Customer.__name__} does not have.",
                "Correct the name.",
            )
        if field.kind not in KINDS:
            raise ConfigError(
                "contacts.C091",
                f"The company field {field.name!r} has the unknown kind {field.kind!r}.",
                f"Use one of: {', '.join(KINDS)}.",
            )
        if not field.read_only and not _can_be_typed(field.name):
            raise ConfigError(
                "contacts.C092",
                f"The company field {field.name!r} is no column of text that could be typed.",
                "Make it read_only.",
            )


def column_of(name: str) -> Column[Any]:
    """The column of the customer behind an attribute."""
    column: Column[Any] = inspect(Customer).attrs[name].columns[0]
    return column


def longest(field: CompanyField) -> int:
    """How many characters a field takes."""
    return int(getattr(column_of(field.name).type, "length", None) or _LONGEST)


def _can_be_typed(name: str) -> bool:
    attribute = inspect(Customer).attrs.get(name)
    if not isinstance(attribute, ColumnProperty):
        return False
    column = attribute.columns[0]
    return (
        isinstance(column, Column)
        and isinstance(column.type, String)
        and not isinstance(column.type, Enum)
        and not column.primary_key
        and not column.foreign_keys
    )
