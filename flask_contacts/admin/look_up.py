"""Fields into which staff type what is there already: a company, a contact, a list.

What fits one record exactly is taken. Where it does not, the page comes back with the records
that may be meant, to choose from: no script is needed for it.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import islice
from typing import TYPE_CHECKING, Any

from flask import request

from ..i18n import _l
from ..later import later

if TYPE_CHECKING:
    from ..services import timezones as services_timezones
    from .fields import Field as StringField
else:
    from wtforms import StringField

    services_timezones = later("services.timezones")

#: At most so many records are shown to choose from.
MOST = 10
SEVERAL = _l("Several records fit. Choose one of them, or type more of its name.")
NOT_CALLED_SO = _l("No record is called exactly so. Is it this one?")
_ZONES = _l("There is no such timezone. Is it one of these?")

#: What is posted for a record, and the words that are shown for it.
Candidate = tuple[str, Any]


class LookUp(StringField):
    """A field for one record; ``candidates`` are those that what was typed may mean.

    One that is chosen is posted under the same name behind what was typed, and counts.
    """

    candidates: Sequence[Candidate] = ()

    def process_formdata(self, valuelist: list[str]) -> None:
        """Take what was chosen, else what was typed."""
        if valuelist:
            self.data = valuelist[-1]

    def offer(self, found: Iterable[Candidate], unknown: Any) -> Any:
        """Show the first of the records; gives the message for the field."""
        self.candidates, message = offered(found, unknown)
        return message


class ZoneField(LookUp):
    """A field for a time zone."""

    def explain(self, messages: Sequence[Any]) -> Sequence[Any]:
        """What stands at a zone that there is not: those that the text may mean, if any."""
        found = services_timezones.timezones_holding(self.data or "")
        self.candidates = labels(found[:MOST])
        return [_ZONES] if found else messages


def offered(found: Iterable[Candidate], unknown: Any) -> tuple[list[Candidate], Any]:
    """The first of the records, and the message: ``unknown`` where there is none."""
    shown = list(islice(found, MOST))
    if not shown:
        return shown, unknown
    return shown, SEVERAL if len(shown) > 1 else NOT_CALLED_SO


def labels(found: Iterable[str]) -> list[Candidate]:
    """Records that are posted as they are shown."""
    return [(one, one) for one in found]


def posted(name: str) -> str:
    """What was chosen, else what was typed, where the page has no form of fields."""
    return (request.form.getlist(name) or [""])[-1]
