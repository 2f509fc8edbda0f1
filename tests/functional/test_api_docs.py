"""docs/reference/rest-api.md: its commands work as they stand, its table is all there is."""

from __future__ import annotations

import re
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest
from flask import Flask

from flask_contacts.api.rest_api import ROOT, RestApi
from tests import api_client
from tests.api_fuzz import served

program = api_client.program
PAGE = Path(__file__).parents[2] / "docs" / "reference" / "rest-api.md"
bundled = pytest.mark.bundled_only(reason="the page is about the package's own customers")


@bundled
def test_the_commands_work(app: Flask, program: Callable[..., object]) -> None:
    """All commands of the page, one after the other: none is refused."""
    program()  # which sets a secret key that is long enough for tokens
    blocks = re.findall(r"```sh\n(.*?)```", PAGE.read_text(encoding="utf-8"), re.DOTALL)
    assert len(blocks) > 6
    with served(app) as url:
        script = "set -e -o pipefail\n" + "\n".join(blocks).replace("http://localhost:8080", url)
        run = subprocess.run(["bash"], input=script, capture_output=True, text=True, check=False)
    assert run.returncode == 0, run.stdout + run.stderr
    assert '"status":422' in run.stdout
    assert '"position":"Head"' not in run.stdout
    assert '"position":"Countess"' in run.stdout


@bundled
def test_the_table_is_complete(app: Flask) -> None:
    """Every endpoint with its right, and no other."""
    found = set()
    for api in app.appbuilder.baseviews:  # type: ignore[attr-defined]
        for name, operation in api.operations() if isinstance(api, RestApi) else ():
            path = api.route_base.removeprefix(ROOT) + re.sub(r"<(\w+)>", r"{\1}", operation.url)
            right = f"`can_{api.get_method_permission(name)}`"
            summary = operation.summary
            found.add((f"`{operation.method} {path}`", summary, right, api.class_permission_name))
    table = PAGE.read_text(encoding="utf-8").partition("## Endpoints")[2]
    rows = [line.strip("| ").split(" | ") for line in table.splitlines() if line.startswith("| `")]
    written = {
        (endpoint, summary, right.split()[0], re.sub(r"^.*? on |,.*$", "", right))
        for endpoint, summary, right in rows
    }
    assert written == found
