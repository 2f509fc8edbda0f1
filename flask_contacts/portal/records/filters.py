"""Filters of a module's list: by a choice, by yes or no, by a span of days."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta, timezone
from enum import Enum
from typing import Any, NamedTuple

from flask_babel import format_date, to_utc
from sqlalchemy import Boolean, ColumnElement, Date, DateTime
from werkzeug.exceptions import NotFound

from ...errors import ConfigError
from ...i18n import _
from . import columns

#: Arguments of a list that no filter can be named like.
RESERVED = frozenset({"q", "order", "direction", "after", "before", "endpoint"})
Choices = Mapping[Any, Any]


@dataclass(frozen=True)
class PortalFilter:
    """A filter by a stored column of the model.

    ``choices`` maps values of the column to labels, or is a function that gives such a
    mapping for the visitor. Without choices the column's type decides: yes or no for a
    Boolean, from and until for dates.
    """

    name: str
    label: Any = None
    choices: Choices | Callable[[], Choices] | None = None


class FilterInput(NamedTuple):
    """An input of the filters' form, and what was put into it.

    ``options`` are pairs of value and label, None for a date. ``chip`` says in words what
    the list is narrowed to, ``condition`` does it; both are None where the input is empty
    or in ``errors``. ``span`` is ``from`` or ``until`` where two inputs are one span of days.
    """

    name: str
    label: str
    value: str
    options: Sequence[tuple[str, str]] | None = None
    chip: str | None = None
    condition: ColumnElement[bool] | None = None
    errors: Sequence[str] = ()
    span: str | None = None


class Filters:
    """The filters of one list; made at start, asked for each request.

    Raises :class:`ConfigError` for a filter that cannot be.
    """

    def __init__(
        self, model: type, wanted: Sequence[str | PortalFilter], label: Callable[[str], str]
    ) -> None:
        self._model = model
        self._label = label
        self._filters = tuple(
            one if isinstance(one, PortalFilter) else PortalFilter(one) for one in wanted
        )
        where = f"A filter of {model.__name__}"
        columns.require(
            model, [one.name for one in self._filters], where, stored=True, through=False
        )
        for one in self._filters:
            if one.name in RESERVED or (one.choices is None and not self._is_known(one.name)):
                raise ConfigError(
                    "contacts.C036",
                    f"{model.__name__} cannot be filtered by {one.name!r}.",
                    "Give PortalFilter choices=, or filter by a Boolean or a date column; "
                    f"the names {', '.join(sorted(RESERVED))} are taken.",
                )

    def asked(self, arguments: Mapping[str, str]) -> list[FilterInput]:
        """The inputs as the address fills them; 404 for a choice that there is not.

        A date that is none keeps its text and gets a message: somebody typed it.
        """
        found: list[FilterInput] = []
        for one in self._filters:
            if one.choices is None and isinstance(self._type(one.name), (Date, DateTime)):
                found += self._days(one, arguments)
            else:
                found.append(self._choice(one, arguments.get(one.name, "")))
        return found

    def _choice(self, one: PortalFilter, value: str) -> FilterInput:
        choices = self._choices(one)
        label = self._label_of(one)
        options = [(token, text) for token, (_key, text) in choices.items()]
        if not value:
            return FilterInput(one.name, label, "", options)
        if value not in choices:
            raise NotFound
        key, text = choices[value]
        column = getattr(self._model, one.name)
        condition = column.is_(key) if key is None or isinstance(key, bool) else column == key
        return FilterInput(one.name, label, value, options, f"{label}: {text}", condition)

    def _days(self, one: PortalFilter, arguments: Mapping[str, str]) -> list[FilterInput]:
        label = self._label_of(one)
        since = arguments.get(f"{one.name}_from", "").strip()
        until = arguments.get(f"{one.name}_until", "").strip()
        return [
            self._day(one.name, f"{one.name}_from", _("%(label)s: from", label=label), since),
            self._day(one.name, f"{one.name}_until", _("%(label)s: until", label=label), until),
        ]

    def _day(self, column_name: str, name: str, label: str, typed: str) -> FilterInput:
        span = name.rpartition("_")[2]
        if not typed:
            return FilterInput(name, label, "", span=span)
        try:
            day = date.fromisoformat(typed)
        except ValueError:
            wrong = _("Enter a date such as %(example)s.", example="2026-12-31")
            return FilterInput(name, label, typed[:40], errors=[wrong], span=span)
        column = getattr(self._model, column_name)
        condition = _on_or_after(column, day) if span == "from" else _on_or_before(column, day)
        chip = f"{label} {format_date(day, 'medium')}"
        return FilterInput(name, label, typed, chip=chip, condition=condition, span=span)

    def _choices(self, one: PortalFilter) -> dict[str, tuple[Any, str]]:
        if one.choices is None:
            given: Choices = {True: _("Yes"), False: _("No")}
        else:
            given = one.choices() if callable(one.choices) else one.choices
        return {_token(key): (key, str(text)) for key, text in given.items()}

    def _label_of(self, one: PortalFilter) -> str:
        return self._label(one.name) if one.label is None else str(one.label)

    def _is_known(self, name: str) -> bool:
        return isinstance(self._type(name), (Boolean, Date, DateTime))

    def _type(self, name: str) -> Any:
        return getattr(self._model, name).type


def _token(key: Any) -> str:
    if isinstance(key, Enum):
        return key.name
    if isinstance(key, bool):
        return "yes" if key else "no"
    return str(key)


def _on_or_after(column: Any, day: date) -> ColumnElement[bool]:
    condition: ColumnElement[bool] = column >= _start(column, day)
    return condition


def _on_or_before(column: Any, day: date) -> ColumnElement[bool]:
    condition: ColumnElement[bool]
    if isinstance(column.type, DateTime) and day < date.max:
        condition = column < _start(column, day + timedelta(days=1))
    else:
        condition = column <= _start(column, day)
    return condition


def _start(column: Any, day: date) -> date | datetime:
    """The day as the column has it: moments with a zone begin where the visitor is."""
    if not isinstance(column.type, DateTime):
        return day
    midnight = datetime.combine(day, time())
    if not column.type.timezone or not date.min < day < date.max:
        return midnight
    moment: datetime = to_utc(midnight)
    return moment.replace(tzinfo=timezone.utc)
