"""Forms that carry what was typed and show it again with the messages of the services."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from functools import cache
from typing import TYPE_CHECKING, Any

from flask import request
from markupsafe import Markup

from ..later import later
from .safe_view import require_known_fields

if TYPE_CHECKING:

    class Field:
        """Stand-in for ``wtforms.Field``."""

        data: Any

        def __init__(self, label: Any = None) -> None: ...

    class Form:
        """Stand-in for ``wtforms.Form``, which is not typed."""

        _fields: dict[str, Any]

        def __init__(self, formdata: Any = None, **options: Any) -> None: ...

        def __getitem__(self, name: str) -> Any: ...

        def __iter__(self) -> Iterator[Any]: ...

        def __delattr__(self, name: str) -> None: ...

        def validate(self) -> bool:
            """Stand-in too."""

    from ..services import timezones as services_timezones

else:
    from wtforms import Field, Form

    services_timezones = later("services.timezones")


class OneOf(Field):
    """One of ``choices`` (pairs of value and label); the service judges what was posted."""

    choices: Sequence[tuple[str, Any]] = ()

    def process_formdata(self, valuelist: list[str]) -> None:
        """Take what was posted."""
        if valuelist:
            self.data = valuelist[0]


class AnyOf(Field):
    """Some of ``choices``; the service judges what was posted."""

    choices: Sequence[tuple[str, Any]] = ()

    def process_formdata(self, valuelist: list[str]) -> None:
        """Take what was posted: nothing ticked is an empty list."""
        self.data = list(valuelist)


class CarryingForm(Form):
    """A form without rules of its own: it carries, the service judges.

    No field for the token: SafeView checks it whatever the host sets.
    """

    #: The names of hidden inputs that are no fields.
    hidden: frozenset[str] = frozenset()

    def __init__(self, typed: Any = None, **options: Any) -> None:
        super().__init__(typed, **options)
        self.other_errors: list[Any] = []

    @classmethod
    def field_names(cls) -> list[str]:
        """The names of the declared fields, in their order."""
        made: dict[str, Any] = cls()._fields
        return list(made)

    def typed_values(self) -> dict[str, Any]:
        """What was typed, by field; refuses (422) a form with foreign fields."""
        require_known_fields({*self._fields, *self.hidden})
        return {
            name: "" if field.data is None else field.data for name, field in self._fields.items()
        }

    def show_errors(self, errors: Mapping[str, Sequence[Any]]) -> None:
        """Put the messages at their fields; what has no field goes to the summary."""
        for name, messages in errors.items():
            if name in self._fields:
                explain = getattr(self[name], "explain", lambda messages: messages)
                self[name].errors = list(explain(messages))
            else:
                self.other_errors.extend(messages)

    @property
    def wrong_fields(self) -> list[Any]:
        """The fields that have a message, for the summary above the form."""
        return [field for field in self._fields.values() if field.errors]


def typed_form() -> Any:
    """What this request posts, or None for a GET, so that the fields take their values."""
    return request.form if request.method == "POST" else None


@cache
def timezone_options() -> Markup:
    """The time zones to choose from, as options of a list; the same on every page."""
    options = (
        Markup('<option value="{}"></option>').format(zone)
        for zone in services_timezones.timezones()
    )
    return Markup("").join(options)
