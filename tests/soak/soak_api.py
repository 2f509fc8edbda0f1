"""The long form of tests/functional/test_api_schema.py: ``make soak-api``.

``SOAK_CASES`` (50,000) is the least number of calls that schemathesis makes.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

from flask import Flask
from sqlalchemy.orm import Session

from tests import api_client
from tests.api_fuzz import fuzz, populate
from tests.conftest import _host, app, engine, make_contact, make_customer, session

CASES = int(os.environ.get("SOAK_CASES", "50000"))
_ROUND = 5_000
__all__ = ["_host", "app", "engine", "make_contact", "make_customer", "session"]
program = api_client.program


def test_schemathesis_finds_nothing(
    app: Flask,
    session: Session,
    make_customer: Any,
    make_contact: Any,
    program: Callable[..., api_client.Program],
    tmp_path: Path,
) -> None:
    """As the short form, and with calls that build on the answers of others."""
    app.config["JWT_ACCESS_TOKEN_EXPIRES"] = False
    populate(app, session, make_customer, make_contact)
    ours, done, number = program(), 0, 0
    operations = len(list(ours.get("/openapi.json").json["paths"]))
    while done < CASES:
        number += 1
        examples = max(1, min(CASES - done, _ROUND) // operations)
        arguments = ("--phases=fuzzing,stateful", f"--max-examples={examples}")
        done += fuzz(app, ours, tmp_path, *arguments, f"--seed={number}")
        print(f"round {number}: {done} cases in all", flush=True)
