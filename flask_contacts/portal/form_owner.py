"""Whose form was sent: a person may have changed the company in another tab meanwhile."""

from __future__ import annotations

from collections.abc import Sequence

from flask import request
from markupsafe import Markup
from werkzeug.exceptions import Conflict

from .protection import SAFE_METHODS, token_field
from .visit import BLUEPRINT, current_contact

#: The hidden field that says as which contact a form was opened.
OWNER_FIELD = "_contact"
#: Forms that mean the same whichever company is chosen.
_ANYBODYS = {f"{BLUEPRINT}.switch_company", f"{BLUEPRINT}.sign_out"}


class FormOfAnother(Conflict):
    """A form was opened as one of the person's contacts and sent as another of them.

    ``typed`` is what stood in it, label and text: the page shows it, so that it can be copied.
    """

    def __init__(self, typed: Sequence[tuple[str, str]] = ()) -> None:
        super().__init__()
        self.typed = list(typed)


def owner_field() -> Markup:
    """The hidden field for the forms of this page; empty where nobody is signed in."""
    if not current_contact:
        return Markup()
    return Markup('<input type="hidden" name="{}" value="{}">').format(
        OWNER_FIELD, current_contact.id
    )


def typed_fields() -> dict[str, str]:
    """What stood in the form that was sent, without the fields that every form has."""
    typed = request.form.to_dict()
    for name in (token_field(), OWNER_FIELD):
        typed.pop(name, None)
    return typed


def is_of_another() -> bool:
    """Whether the request sends a form that was opened as another contact.

    A form that does not say it (a host's own script's) is the visitor's.
    """
    if request.method in SAFE_METHODS or request.endpoint in _ANYBODYS:
        return False
    opened_as = request.form.get(OWNER_FIELD)
    return opened_as is not None and opened_as != str(current_contact.id)
