"""Forms of staff that save only over what they have shown.

A customer answers an offer or closes a ticket while somebody in the studio has its form open:
then the form comes again (409) with what was typed, and says at each field what is there now.
"""

from __future__ import annotations

import hashlib
from typing import Any

from flask import Response, after_this_request, flash, request
from flask_babel import gettext
from markupsafe import Markup

from ..database import db

MARK = "_seen"
"""The hidden field with the mark of the values that a form was opened with."""
_ALSO = ("answered_at", "signed")


def lock(record: Any) -> None:
    """Read a record again as it is now, and hold it until the transaction ends.

    Only its own row: not every database locks what an outer join has found.
    """
    db.session.refresh(record, with_for_update={"of": type(record)})


def mark_of(record: Any, names: list[str]) -> str:
    """The mark of what a form shows of a record, and of what the customer said to it."""
    values = [str(getattr(record, name, None)) for name in (*names, *_ALSO)]
    return hashlib.sha256("\0".join(values).encode()).hexdigest()


class SeenForm:
    """First among the bases of an edit form; Flask-AppBuilder notes the key in ``_id``."""

    view: Any
    mark = ""

    def hidden_tag(self, *fields: Any) -> Markup:
        """The mark beside the other hidden fields."""
        hidden: Markup = super().hidden_tag(*fields)  # type: ignore[misc]
        return hidden + Markup('<input type="hidden" name="{}" value="{}">').format(MARK, self.mark)

    def validate(self, *args: Any, **options: Any) -> bool:
        """Refuse to save over what the form has not shown; the record stays locked."""
        form: Any = self
        record = db.session.get(self.view.datamodel.obj, form._id)
        lock(record)
        self.mark = mark_of(record, self.view.edit_columns)
        is_valid = bool(super().validate(*args, **options))  # type: ignore[misc]
        if request.form.get(MARK) == self.mark:
            return is_valid
        _say_what_is_there(form, record, self.view.formatters_columns)
        return False


def _say_what_is_there(form: Any, record: Any, formatters: Any) -> None:
    flash(
        gettext(
            "Somebody has changed this meanwhile. What you typed is still here: compare it, and "
            "save again if it is to replace what is there now."
        ),
        "danger",
    )
    for field in form:
        if not hasattr(type(record), field.name):
            continue
        present = getattr(record, field.name)
        if plain(field.data) != plain(present):
            shown = "" if present is None else formatters.get(field.name, str)(present)
            words = gettext("Now: %(value)s", value=Markup(shown).striptags() or "–")
            field.errors = [*field.errors, words]
    after_this_request(_conflict)


def _conflict(response: Response) -> Response:
    response.status_code = 409
    return response


def plain(value: Any) -> Any:
    """A value as it is compared: texts without the line breaks of a browser."""
    return "\n".join(value.splitlines()).strip() or None if isinstance(value, str) else value
