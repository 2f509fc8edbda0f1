"""What all our APIs share: their place, their errors, their description."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from flask import Response, request
from flask_appbuilder.api import BaseApi
from werkzeug.exceptions import MethodNotAllowed, NotFound

from ..services.staff.roles import RIGHTS
from . import openapi, problems
from .endpoints import Operation, operation_of

if TYPE_CHECKING:
    from apispec import APISpec

#: Where all of it stands.
ROOT = "/api/v1/contacts"


def rights_on(name: str) -> tuple[str, ...]:
    """All permissions of a name.

    Flask-AppBuilder takes those off a name that the last view registered under it does not
    list, so an API that shares the name with pages shares their permissions too.
    """
    return tuple(RIGHTS[name])


class RestApi(BaseApi):
    """A base for our APIs, on Flask-AppBuilder's; nothing of a request is kept here."""

    version = "v1"
    allow_browser_login = False
    openapi_spec_tag = "Contacts"

    def create_blueprint(
        self, appbuilder: Any, endpoint: str | None = None, static_folder: str | None = None
    ) -> Any:
        """As FAB's, with errors as JSON."""
        blueprint = super().create_blueprint(appbuilder, endpoint, static_folder)
        problems.register(blueprint)
        blueprint.after_request(_keep_private)
        return blueprint

    def response_401(self) -> Response:
        """Flask-AppBuilder's guard, in our words."""
        return problems.as_response(problems.stranger())

    def response_403(self) -> Response:
        """The same."""
        return problems.as_response(problems.forbidden())

    def add_api_spec(self, api_spec: APISpec) -> None:
        """Add our endpoints to Flask-AppBuilder's description of all APIs."""
        openapi.describe(self, api_spec)

    def operations(self) -> Iterator[tuple[str, Operation]]:
        """The endpoints by the names of their methods."""
        for name in sorted(dir(type(self))):
            operation = operation_of(getattr(type(self), name))
            if operation is not None:
                yield name, operation


def refuse_astray() -> Response | None:
    """A ``before_request`` function: what comes to no endpoint, for there is no such address or
    it is for other methods, is no blueprint's and would be answered with the host's page."""
    error = request.routing_exception
    if error is None or not request.path.startswith(f"{ROOT}/"):
        return None
    if isinstance(error, MethodNotAllowed | NotFound):
        return _keep_private(problems.astray(error))
    return None


def _keep_private(response: Response) -> Response:
    """What is read here belongs to people: no proxy and no browser keeps it."""
    response.headers["Cache-Control"] = "no-store"
    response.headers["X-Content-Type-Options"] = "nosniff"
    return response
