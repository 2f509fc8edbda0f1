"""Why our tables cannot be brought to the present models, for who reads it in a terminal."""

from __future__ import annotations

from ..errors import ContactsError
from ..i18n import _


class CannotFill(ContactsError):
    """A column must have a value in every row, and there is none that could be right."""

    def __init__(self, column: str) -> None:
        super().__init__(
            _(
                "%(column)s needs a value in every row. Fill it by hand, then try again.",
                column=column,
            )
        )
        self.column = column


class CannotMend(ContactsError):
    """The database refused a change: rows break a rule, or do not fit a type."""

    def __init__(self, difference: str, said: str, partly: bool) -> None:
        done = _("What was mended before it stays.") if partly else _("Nothing was changed.")
        super().__init__(
            _(
                "%(difference)s. The database refuses to mend this: %(said)s. Correct those rows "
                "or that column by hand, then try again. %(done)s",
                difference=difference,
                said=said.rstrip("."),
                done=done,
            )
        )
