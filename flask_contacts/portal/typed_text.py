"""What stood in a form that cannot be taken: shown once more, so that it can be copied.

Known fields of known forms alone, and of those never a password, a code or a file.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from flask import current_app, request
from wtforms import Form, HiddenField, PasswordField, StringField

from ..i18n import _l
from ..services.company.details import company_fields
from .records.uploads import FORMS
from .visit import BLUEPRINT

_PERSON = {
    "firstname": _l("Firstname"),
    "lastname": _l("Lastname"),
    "middle_name": _l("Middle name"),
    "position": _l("Position"),
    "email": _l("E-mail"),
    "phone": _l("Phone"),
    "mobile_phone": _l("Mobile phone"),
    "mobile_phone2": _l("Mobile phone 2"),
    "birthday": _l("Birthday"),
}
#: Our own pages that people type into.
_OF_PERSONS = {f"{BLUEPRINT}.{name}" for name in ("account", "account_email", "invite_colleague")}
_OF_COMPANY = f"{BLUEPRINT}.company_details"


def typed_text() -> list[tuple[str, str]]:
    """Label and text of each field of the request's form that holds something, in its order."""
    labels = _fields()
    texts = ((str(labels[name]), text) for name, text in request.form.items() if name in labels)
    return [(label, text) for label, text in texts if text.strip()]


def _fields() -> dict[str, Any]:
    if request.endpoint in _OF_PERSONS:
        return _PERSON
    if request.endpoint == _OF_COMPANY:
        return {field.name: field.label for field in company_fields() if not field.read_only}
    view = current_app.view_functions.get(request.endpoint or "")
    found: dict[str, Any] = {}
    for form in getattr(view, FORMS, ()):
        found.update(_text_fields(form))
    return found


def _text_fields(form: type[Form]) -> Iterator[tuple[str, Any]]:
    """The fields of a form's class for text; it is not made, because nobody is signed in."""
    for name in dir(form):
        field = getattr(form, name, None)
        kind = getattr(field, "field_class", None)
        if kind is None or field is None or not issubclass(kind, StringField):
            continue
        if not issubclass(kind, (PasswordField, HiddenField)):
            label = field.args[0] if field.args else field.kwargs.get("label")
            yield name, label or name
