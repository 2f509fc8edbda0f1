"""A method of an API with its address, what it takes and what it gives, in one place.

``@endpoint(...)`` exposes and protects the method, reads what was sent, and keeps the
description: what is documented is what is checked.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from functools import wraps
from typing import TYPE_CHECKING, Any, NamedTuple

from flask import Response, request
from flask_appbuilder.api import expose
from sqlalchemy import Integer

from ..later import later
from ..record_keys import typed_key
from .keys import KEY
from .problems import Refused, not_found
from .queries import Parameter, read_query
from .schemas import Schema

if TYPE_CHECKING:
    from . import bodies, json_text, tokens
else:
    bodies = later("api.bodies")
    json_text = later("api.json_text")
    tokens = later("api.tokens")


Method = Callable[..., Any]
_KEYS = re.compile(r"<(\w+)>")


class Operation(NamedTuple):
    """The description of an endpoint.

    ``body_required``: nothing sent is not as good as ``{}``; ``may_miss``: it answers 404;
    ``leads_on``: 308, where a contact has become another.
    """

    url: str
    method: str
    summary: str
    answer: Schema
    status: int
    parameters: Mapping[str, Parameter]
    body: Schema | None
    body_required: bool
    may_miss: bool
    leads_on: bool

    @property
    def keys(self) -> Sequence[str]:
        """The variables of the address: all are keys of rows."""
        return _KEYS.findall(self.url)


def endpoint(
    url: str,
    method: str = "GET",
    *,
    summary: str,
    answer: Schema,
    status: int = 200,
    query: Sequence[Parameter] = (),
    body: Schema | None = None,
    may_miss: bool = False,
    leads_on: bool = False,
) -> Callable[[Method], Method]:
    """Make a method an endpoint; it gives what becomes the JSON of the answer.

    Keys of the address are passed by position, as numbers; ``query`` and ``body`` by name,
    where there are any. ``may_miss``: it answers 404 also without a key in its address.
    """
    operation = Operation(
        url=url,
        method=method,
        summary=summary,
        answer=answer,
        status=status,
        parameters={one.name: one for one in query},
        body=body,
        body_required=bool(body and (body.get("required") or body.get("minProperties"))),
        may_miss=may_miss or "<" in url,
        leads_on=leads_on,
    )
    validator = None if body is None else bodies.validator_of(body)

    def decorate(method_of_api: Method) -> Method:
        @wraps(method_of_api)
        def called(api: Any, **texts: str) -> Response:
            values: dict[str, Any] = {}
            asked = read_query(request.args, operation.parameters)
            keys = [_key(texts[name]) for name in operation.keys]
            if operation.parameters:
                values["query"] = asked
            if validator is not None:
                values["body"] = bodies.read_body(validator, required=operation.body_required)
            return json_text.respond(method_of_api(api, *keys, **values), operation.status)

        called._operation = operation  # type: ignore[attr-defined]
        rule = _KEYS.sub(rf"<{KEY}:\1>", url)
        exposed: Method = expose(rule, (method,))(tokens.protected(called))
        return exposed

    return decorate


def operation_of(method: Any) -> Operation | None:
    """The description of a method that is an endpoint."""
    return getattr(method, "_operation", None)


def _key(text: str) -> int:
    key: int | None = typed_key(text, Integer())
    if key is None or key < 1:
        raise Refused(404, not_found()["message"])
    return key
