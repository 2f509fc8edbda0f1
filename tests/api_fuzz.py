"""Schemathesis against a host that is served: every endpoint, with what fits and what does not."""

from __future__ import annotations

import json
import re
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from flask import Flask
from sqlalchemy.orm import Session
from werkzeug.serving import make_server

from flask_contacts.api.schemas import LARGEST_KEY
from flask_contacts.services.marketing.lists import create_list
from tests.api_client import Program

_CASES = re.compile(r"(\d+) generated")
#: So many rows of a kind there are.
_KEYS = 9
#: That what fits a schema is taken is not asked: an address may be taken already, a contact
#: away, a name a blank. Those are told as 422, with the reasons by field.
_NOT_ASKED = "positive_data_acceptance"
#: Who is added to a list is told one by one: of a contact that there is not, that it is "gone".
#: Taking it off the list is 404 then, where schemathesis takes all that was sent for made.
_CONFIG = """
[[operations]]
include-name = "DELETE /api/v1/contacts/marketing-lists/{pk}/members/{contact}"
checks.ensure_resource_availability.enabled = false
"""


def populate(app: Flask, session: Session, make_customer: Any, make_contact: Any) -> None:
    """Some of each: customers, contacts in several states, a list, mail."""
    for _number in range(3):
        customer = make_customer()
        make_contact(customer)
        make_contact(customer, password="", send_password_mail=True, no_welcome_mail=False)
        make_contact(customer, is_user=False, password="")
    with app.app_context():
        create_list(session, {"name": "News"})


def fuzz(app: Flask, ours: Program, directory: Path, *arguments: str) -> int:
    """Run schemathesis with these arguments; how many cases there were.

    Raises AssertionError with its report where an answer is a server's error, or is not what
    the description says, or where what does not fit was taken.
    """
    description = directory / "openapi.json"
    document = ours.get("/openapi.json").json
    description.write_text(json.dumps(_name_rows(document)))
    config = directory / "schemathesis.toml"
    config.write_text(_CONFIG)
    with served(app) as url:
        command = [
            str(Path(sys.executable).with_name("schemathesis")),
            f"--config-file={config}",
            "run",
            str(description),
            f"--url={url}",
            f"--header=Authorization: {ours.headers['Authorization']}",
            f"--exclude-checks={_NOT_ASKED}",
            "--no-color",
            *arguments,
        ]
        run = subprocess.run(command, cwd=directory, capture_output=True, text=True, check=False)
    report = run.stdout + run.stderr
    assert run.returncode == 0, report
    found = _CASES.search(report)
    assert found is not None, report
    return int(found[1])


def _name_rows(schema: Any) -> Any:
    """The same, with keys that are often small, so that there is such a row."""
    if isinstance(schema, list):
        return [_name_rows(one) for one in schema]
    if not isinstance(schema, dict):
        return schema
    if schema.get("maximum") == LARGEST_KEY:
        return {"anyOf": [{**schema, "maximum": _KEYS}, schema]}
    return {name: _name_rows(one) for name, one in schema.items()}


@contextmanager
def served(app: Flask) -> Iterator[str]:
    """The address at which the application answers; a fault of it is an answer, too."""
    app.testing = False
    app.config["PROPAGATE_EXCEPTIONS"] = False
    server = make_server("127.0.0.1", 0, app, request_handler=_handler())
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
        app.testing = True


def _handler() -> Callable[..., Any]:
    from werkzeug.serving import WSGIRequestHandler

    class Silent(WSGIRequestHandler):
        """No line for each of thousands of requests; connections stay open."""

        protocol_version = "HTTP/1.1"

        def log(self, *args: object, **kwargs: object) -> None:
            """Say nothing."""

    return Silent
