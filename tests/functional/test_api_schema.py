"""The description of the REST API is complete and true: schemathesis finds nothing."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

from flask import Flask
from jsonschema import Draft202012Validator
from sqlalchemy.orm import Session

from flask_contacts.api.rest_api import RestApi
from tests import api_client
from tests.api_fuzz import fuzz, populate
from tests.conftest import HOST

Make = Callable[..., Any]
#: Described in the same words on each host: they have no customer, neither asked for nor told.
ALIKE = r"/(marketing-lists|outgoing-mail|invitations)/|/openapi\.json$"
program = api_client.program


def test_schemas_are_schemas(app: Flask) -> None:
    """Each body's schema is one that jsonschema knows: at the start nobody asks."""
    count = 0
    for api in app.appbuilder.baseviews:  # type: ignore[attr-defined]
        for _name, operation in api.operations() if isinstance(api, RestApi) else ():
            if operation.body is not None:
                Draft202012Validator.check_schema(operation.body)
                count += 1
    assert count > 15


def test_schemathesis_finds_nothing(
    app: Flask,
    session: Session,
    make_customer: Make,
    make_contact: Make,
    program: Callable[..., api_client.Program],
    tmp_path: Path,
) -> None:
    """No 5xx, no status, type or body that is not described, nothing taken that does not fit.

    Each boundary of each parameter and field once, and a few cases at random; ``make soak`` has
    50,000 of them. With customers of a host's own, what speaks of customers is asked.
    """
    populate(app, session, make_customer, make_contact)
    arguments = ["--phases=coverage,fuzzing", "--max-examples=2", "--seed=1"]
    if HOST == "own":
        arguments.append(f"--exclude-path-regex={ALIKE}")
    assert fuzz(app, program(), tmp_path, *arguments) > 1_000
