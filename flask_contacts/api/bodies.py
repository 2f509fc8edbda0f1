"""The body of a request: JSON of a known form and a bounded size."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable
from typing import Any

from flask import request
from jsonschema import Draft202012Validator, validators
from jsonschema.exceptions import ValidationError
from werkzeug.exceptions import RequestEntityTooLarge

from ..i18n import _, _p
from .problems import Refused, misfit, none_of, refused_fields
from .schemas import Schema

#: The largest body, in bytes.
LARGEST = 1 << 20


def read_body(validator: Any, *, required: bool = True) -> Any:
    """The body, checked; where it is not ``required``, nothing is as good as ``{}``.

    How long it is, is not asked: one that comes in chunks does not say. Raises
    :class:`Refused`: 413 for too large a one, 415 for another type, 400 for what is no JSON,
    422 with the problems at their fields for what does not fit.
    """
    data = _received()
    if not data and not required:
        return {}
    if request.mimetype != "application/json":
        raise Refused(415, _("Send JSON, as application/json."))
    body = _parsed(data)
    errors: dict[str, list[object]] = {}
    for error in _errors(validator, body):
        for name, message in _messages(error):
            said = errors.setdefault(name, [])
            if message not in said:  # each field that is missing is an error, which names all
                said.append(message)
    if errors:
        raise refused_fields(errors)
    return body


def _received() -> bytes:
    """All bytes. Werkzeug cuts off what comes in chunks at the limit: so that is one further."""
    request.max_content_length = LARGEST + 1
    data = request.get_data(cache=False)
    if len(data) > LARGEST:
        raise RequestEntityTooLarge
    return data


def _no_constant(name: str) -> Any:
    raise ValueError(name)


def _parsed(data: bytes) -> Any:
    try:
        return json.loads(data, parse_constant=_no_constant, parse_float=_number)
    except (ValueError, RecursionError):
        raise Refused(400, _("This is no JSON.")) from None


def _number(text: str) -> float | int:
    """1.0 is a whole number in JSON."""
    value = float(text)
    return int(value) if value.is_integer() else value


def _errors(validator: Any, body: Any) -> Iterable[ValidationError]:
    try:
        return list(validator.iter_errors(body))
    except RecursionError:
        raise Refused(400, _("This is no JSON.")) from None


def _messages(error: ValidationError) -> Iterable[tuple[str, object]]:
    """What is wrong, at a field's name; deeper ones have their way with points between."""
    place = ".".join(str(one) for one in error.absolute_path)
    names, value = error.validator_value, error.instance
    match error.validator:
        case "additionalProperties":
            for name in sorted(set(value) - set(error.schema["properties"])):
                yield _at(place, name), _("There is no such field.")
        case "required":
            for name in sorted(set(names) - set(value)):
                yield _at(place, name), _p("form", "This field is required.")
        case "type":
            yield place or "body", _of_type(names)
        case "enum":
            yield place, none_of(names)
        case "maxLength":
            yield place, _("Use at most %(count)s characters.", count=names)
        case "maxItems":
            yield place, _("At most %(count)s at once.", count=names)
        case "minItems" | "minLength" | "minProperties":
            yield place or "body", _p("form", "This field is required.")
        case _:
            yield place or "body", misfit(error.schema)


def _at(place: str, name: str) -> str:
    return f"{place}.{name}" if place else name


def _of_type(kinds: Any) -> object:
    kind = kinds[0] if isinstance(kinds, list) else kinds
    match kind:
        case "string":
            return _("This must be text.")
        case "boolean":
            return _("This must be yes or no.")
        case "integer":
            return _("This must be a whole number.")
        case "array":
            return _("This must be a list.")
        case _:
            return _("This must be an object.")


def _whole(_validator: Any, pattern: str, text: Any, _schema: Schema) -> Iterable[ValidationError]:
    """A pattern from end to end: Python's ``$`` lets a line's end follow, JSON Schema's not."""
    if isinstance(text, str) and not re.fullmatch(pattern, text):
        yield ValidationError("does not match")


_Validator = validators.extend(Draft202012Validator, {"pattern": _whole})


def validator_of(schema: Schema) -> Any:
    """What checks bodies by a schema. Whether it is one, a test asks: that takes 10 ms for each."""
    return _Validator(schema)
