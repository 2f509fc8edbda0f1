"""Forms of records that are there: what others save while one is open is not written over."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qsl, urlencode

from markupsafe import Markup

from ..errors import Overtaken
from ..later import later
from .fields import AnyOf, CarryingForm, OneOf

if TYPE_CHECKING:
    from ..services import meanwhile
    from ..services.meanwhile import Mark
else:
    meanwhile = later("services.meanwhile")

#: The hidden input with the marks of what the form said when it was opened.
OPENED = "opened"


class OpenedForm(CarryingForm):
    """A form that carries the marks of what it said when it was opened.

    They come back with it however often it is shown again. ``opened`` is None for a form of a new
    record, and where the page did not send them: then all that was typed is written.
    """

    hidden = frozenset({OPENED})
    #: The fields that are no value of the record: what is asked for besides, and each secret.
    not_carried: frozenset[str] = frozenset()

    def __init__(self, typed: Any = None, **options: Any) -> None:
        super().__init__(typed, **options)
        sent = typed.get(OPENED) if typed is not None else None
        self.opened: dict[str, Mark] | None = None if sent is None else self._read(sent)

    def note_opened(self, **facts: object) -> None:
        """Mark what the fields say now, and ``facts`` that they say in words of their own."""
        shown = {name: _shown(field) for name, field in self._fields.items()}
        carried = {name: value for name, value in shown.items() if name not in self.not_carried}
        self.opened = meanwhile.marks_of({**carried, **facts})

    def is_left(self, name: str) -> bool:
        """Whether a field was left as it was when the form was opened."""
        typed = {name: self[name].data}
        return self.opened is not None and meanwhile.is_left(name, typed, self.opened)

    @property
    def opened_input(self) -> Markup:
        """The hidden input, for the template."""
        if self.opened is None:
            return Markup("")
        value = urlencode(list(_pairs(self.opened)))
        return Markup('<input type="hidden" name="{}" value="{}">').format(OPENED, value)

    def look_again(self, error: Overtaken) -> None:
        """Show what others have changed; who saves again has seen it."""
        self.show_errors(error.problems)
        for name, sentence in error.sentences.items():
            field = self.place_of(name)
            if field is None:
                self.other_errors.append(sentence)
                continue
            choices = dict(field.choices) if isinstance(field, OneOf) else {}
            now = error.now[name]
            said = meanwhile.changed_to(choices[now]) if now in choices else sentence
            field.errors = [*field.errors, said]
        if self.opened is not None:
            self.opened.update(error.marks)

    def place_of(self, name: str) -> Any:
        """The field at which the messages of a service's field stand, or None."""
        return self._fields.get(name)

    def _read(self, sent: str) -> dict[str, Mark]:
        marks: dict[str, Mark] = {}
        for name, text in parse_qsl(sent, keep_blank_values=True):
            if isinstance(self._fields.get(name), AnyOf):
                marks[name] = frozenset([*marks.get(name, ()), text]) - {""}
            else:
                marks[name] = text
        return marks


def _shown(field: Any) -> object:
    """What the page says: of a choice that is not offered any more the first one that is."""
    choices = [value for value, _label in getattr(field, "choices", ())]
    if isinstance(field, AnyOf):
        return [value for value in choices if value in (field.data or ())]
    if isinstance(field, OneOf) and choices and (field.data or "") not in choices:
        return choices[0]
    return field.data


def _pairs(marks: dict[str, Mark]) -> Iterator[tuple[str, str]]:
    for name, one in marks.items():
        if isinstance(one, str):
            yield name, one
        else:
            yield from ((name, text) for text in sorted(one) or [""])
