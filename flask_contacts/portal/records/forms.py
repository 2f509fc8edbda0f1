"""A host's forms on portal pages: filled from a request, checked against the table."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from typing import Any

from flask import request
from flask_babel import get_locale
from werkzeug.datastructures import CombinedMultiDict, MultiDict
from wtforms import FileField, Form, HiddenField, MultipleFileField, PasswordField
from wtforms.fields.core import UnboundField

from ..form_owner import FormOfAnother, is_of_another
from . import fitting
from .uploads import UploadField


def empty_form(form: type[Form], record: Any = None) -> Any:
    """The form as it opens: empty, or with the values of ``record``."""
    return form(formdata=None, obj=record, meta=_meta())


def sent_form(form: type[Form], record: Any = None) -> Any:
    """The form with what the request has sent."""
    # A browser sends a line's end as two characters and counts it as one.
    typed: MultiDict[str, Any] = MultiDict(
        (name, value.replace("\r\n", "\n")) for name, value in request.form.items(multi=True)
    )
    # A file that comes for a text field is no text: the field was not sent then.
    takers = {name for name in field_names(form) if _takes_files(getattr(form, name))}
    files: MultiDict[str, Any] = MultiDict(
        (name, value) for name, value in request.files.items(multi=True) if name in takers
    )
    return form(formdata=CombinedMultiDict([files, typed]), obj=record, meta=_meta())


def refuse_of_another(form: type[Form] | None) -> None:
    """Raise :class:`FormOfAnother`, with what was typed, where the company was changed."""
    if is_of_another():
        raise FormOfAnother([] if form is None else typed_texts(sent_form(form)))


def is_good(form: Any, model: type | None) -> bool:
    """Whether the form holds, and every value fits into the column of its name.

    A text too long or a number too large is an error of the database otherwise, at no
    field. Errors stand at the fields.
    """
    fitting.drop_absurd_numbers(form)
    is_valid = bool(form.validate())
    problems = {
        field.name: problem
        for field in form
        if not field.errors and (problem := fitting.misfit(field.data, model, field.name))
    }
    add_errors(form, {name: [problem] for name, problem in problems.items()})
    return is_valid and not problems


def add_errors(form: Any, errors: Mapping[str, Sequence[Any]]) -> None:
    """Put messages at the form's fields; those of no field at the form as a whole."""
    for name, messages in errors.items():
        texts = [str(message) for message in messages]
        if name in form:
            form[name].errors = [*form[name].errors, *texts]
        else:
            form.form_errors = [*form.form_errors, *texts]


def field_names(form: type[Form]) -> list[str]:
    """The names of the fields of a form's class."""
    return [name for name in dir(form) if isinstance(getattr(form, name, None), UnboundField)]


def values_for(form: Any, model: type) -> dict[str, Any]:
    """The form's values that are attributes of ``model``, without files."""
    return {
        field.name: field.data
        for field in form
        if not isinstance(field, UploadField) and hasattr(model, field.name)
    }


def version_of(form: Any, model: type) -> str:
    """What the form showed of the record, in short, to see later whether it still holds."""
    shown = [
        (field.name, repr(field.data))
        for field in form
        if not isinstance(field, UploadField) and hasattr(model, field.name)
    ]
    return hashlib.sha256(repr(sorted(shown)).encode()).hexdigest()[:32]


def differences(form: Any, present: Any, model: type) -> list[tuple[str, str]]:
    """Label and present value of each field in which ``present`` differs from what was typed."""
    return [
        (str(field.label.text), _shown(present[field.name]))
        for field in form
        if not isinstance(field, (UploadField, HiddenField))
        and hasattr(model, field.name)
        and field.data != present[field.name].data
    ]


def typed_texts(form: Any) -> list[tuple[str, str]]:
    """Label and text of what was typed, for a page that cannot take it any more."""
    if form is None:
        return []
    return [
        (str(field.label.text), field.data)
        for field in form
        if isinstance(field.data, str)
        and field.data
        and not isinstance(field, (HiddenField, PasswordField))
    ]


def longest(form: Any, model: type | None) -> dict[str, int]:
    """The ``maxlength`` of fields that do not say one and whose column has one."""
    return {
        field.name: length
        for field in form
        if getattr(field.flags, "maxlength", None) is None
        and (length := getattr(fitting.column_type(model, field.name), "length", None))
    }


def _meta() -> dict[str, Any]:
    # Our own token stands in the page's form and is checked before any view runs.
    return {"csrf": False, "locales": [str(get_locale() or "en")]}


def _takes_files(field: UnboundField) -> bool:
    return issubclass(field.field_class, (FileField, MultipleFileField))


def _shown(field: Any) -> str:
    """A field's value as a reader knows it: the chosen label, not its key."""
    if getattr(field, "choices", None):
        for value, label, *_rest in field.iter_choices():
            if value == field.data:
                return str(label)
    written = field._value() if hasattr(field, "_value") else field.data
    return "" if written is None else str(written)
