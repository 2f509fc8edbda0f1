"""The description of the API as OpenAPI 3.0: in Flask-AppBuilder's, and on its own."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import suppress
from inspect import cleandoc
from typing import TYPE_CHECKING, Any

from apispec import APISpec
from apispec.exceptions import DuplicateComponentNameError

from .queries import Parameter
from .schemas import KEY, MOVED, PROBLEM, Schema, as_openapi, choice

if TYPE_CHECKING:
    from .endpoints import Operation
    from .rest_api import RestApi

VERSION = "3.0.2"
_PROBLEM = "ContactsProblem"
_TITLES = {
    400: "The address has a parameter that is not known or not possible; the body is no JSON",
    401: "No valid token was sent",
    403: "The role does not allow it",
    404: "It does not exist, or it is not yours to see",
    405: "The address is not for this method; `Allow` names those that it is for",
    413: "The body is larger than 1 MiB",
    415: "The body is no application/json",
    422: "What was sent cannot be taken; `errors` has the reasons by field",
    503: "The database is busy: try again after the seconds of `Retry-After`",
}
_MADE, _MADE_KEY = 201, "pk"
_RULES = re.compile(r" \((?:BEHAVIOUR )?[A-Z][0-9]+[^)]*\)")
_VARIABLE = re.compile(r"<(\w+)>")


def describe(api: RestApi, spec: APISpec) -> None:
    """Add the endpoints of an API."""
    with suppress(DuplicateComponentNameError):
        spec.components.schema(_PROBLEM, as_openapi(PROBLEM))
    with suppress(DuplicateComponentNameError):
        scheme = {"type": "http", "scheme": "bearer", "bearerFormat": "JWT"}
        spec.components.security_scheme("jwt", scheme)
    for name, operation in api.operations():
        path = api.route_base + _VARIABLE.sub(r"{\1}", operation.url)
        described = _described(api, name, operation)
        spec.path(path=path, operations={operation.method.lower(): described})


def _described(api: RestApi, name: str, operation: Operation) -> dict[str, Any]:
    found: dict[str, Any] = {
        "tags": [api.openapi_spec_tag],
        "summary": operation.summary,
        "description": _description_of(getattr(type(api), name)),
        "operationId": f"{api.endpoint}.{name}",
        "security": [{"jwt": []}],
        "parameters": [
            *(_of_key(key) for key in operation.keys),
            *(_of_query(one) for one in operation.parameters.values()),
        ],
        "responses": {
            str(operation.status): _done(api, operation),
            **({"308": _elsewhere()} if operation.leads_on else {}),
            **{str(status): _refusal(status) for status in _refusals(operation)},
        },
    }
    if operation.body is not None:
        content = _json(operation.body)
        found["requestBody"] = {"required": operation.body_required, "content": content}
    return found


def _description_of(method: Any) -> str:
    """The method's own words, without the numbers of rules."""
    text = cleandoc(method.__doc__ or "").replace("``", "`")
    return " ".join(_RULES.sub("", text).split())


def _done(api: RestApi, operation: Operation) -> dict[str, Any]:
    """The answer; what was made leads on to what can be done with it."""
    found: dict[str, Any] = {"description": "Done", "content": _json(operation.answer)}
    if operation.status == _MADE:
        parameters = {_MADE_KEY: "$response.body#/result/id"}
        found["links"] = {
            name: {"operationId": f"{api.endpoint}.{name}", "parameters": parameters}
            for name, other in api.operations()
            if list(other.keys) == [_MADE_KEY]
        }
    return found


def _refusals(operation: Operation) -> Iterator[int]:
    yield from (400, 401, 403)
    if operation.may_miss:
        yield 404
    yield 405
    if operation.body is not None:
        yield from (413, 415)
    if operation.method != "GET":
        yield 422
    yield 503


def _refusal(status: int) -> dict[str, Any]:
    schema = {"$ref": f"#/components/schemas/{_PROBLEM}"}
    return {"description": _TITLES[status], "content": {"application/json": {"schema": schema}}}


def _elsewhere() -> dict[str, Any]:
    described = "The contact was merged into `merged_into`: ask there"
    location = {"description": "The address of that one", "schema": {"type": "string"}}
    return {"description": described, "headers": {"Location": location}, "content": _json(MOVED)}


def _of_key(name: str) -> dict[str, Any]:
    return {"in": "path", "name": name, "required": True, "schema": as_openapi(KEY)}


def _of_query(parameter: Parameter) -> dict[str, Any]:
    names = parameter.names() if parameter.names else ()
    found = {
        "in": "query",
        "name": parameter.name,
        "required": parameter.required,
        "description": parameter.description,
        "schema": as_openapi(choice(names) if names else parameter.schema),
    }
    return {**found, "style": "form", "explode": False} if parameter.is_list else found


def _json(schema: Schema) -> dict[str, Any]:
    return {"application/json": {"schema": as_openapi(schema)}}
