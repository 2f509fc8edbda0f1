"""A host's own error pages and the API's: neither answers for the other."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from werkzeug.exceptions import HTTPException

from tests import api_client
from tests.host_app import create_host_app, db

pytestmark = pytest.mark.bundled_only(reason="an error is answered, whoever the customers are")


@pytest.fixture
def host(tmp_path: Path) -> Flask:
    """A host that answers every error itself, with text that says so."""
    app = create_host_app(f"sqlite:///{tmp_path}/host.db")
    app.config["JWT_SECRET_KEY"] = "a secret of more than thirty-two bytes, for tests only"
    for status in (401, 404, 405, 413, 415):
        app.register_error_handler(status, lambda _error, kind=status: (f"own {kind}", 418))
    app.register_error_handler(HTTPException, lambda _error: ("own HTTP", 418))
    app.register_error_handler(Exception, lambda _error: ("own fault", 418))

    @app.get("/breaks")
    def breaks() -> Any:
        raise ZeroDivisionError

    yield app
    with app.app_context():
        db.session.remove()
        db.engine.dispose()


def test_the_host_keeps_its_own(host: Flask) -> None:
    """Its pages, and addresses that are nobody's, are answered as the host wants them."""
    client = host.test_client()
    assert client.get("/nowhere").text == "own 404"
    assert client.get("/breaks").text == "own fault"
    assert client.get("/api/v1/contact/1/2/3/4").text == "own 404"
    assert client.post("/breaks").text == "own 405"


def test_the_api_keeps_its_own(host: Flask) -> None:
    """What its endpoints refuse, and what comes to none of them, is JSON of the description,
    whatever the host has set."""
    host.config["MAX_CONTENT_LENGTH"] = 1_000
    ours = api_client.Program(host, *api_client.ADMIN)
    stranger = host.test_client().get(f"{api_client.ROOT}/")
    large = ours.post(firstname="x" * (2 << 20), lastname="x")
    for answer, status in (
        (stranger, 401), (ours.get("/999"), 404), (ours.get("/x"), 404), (large, 413),
        (ours.get(limit="x"), 400), (ours.put("/999", position="X"), 404),
        (ours.get("/1/2/3"), 404), (ours.get("/1/"), 404), (ours.send("PATCH", "/1", {}), 405),
    ):  # fmt: skip
        assert answer.status_code == status, answer.text
        assert answer.is_json
        assert "message" in answer.json
        assert ("Allow" in answer.headers) == (status == 405)


def test_another_method(host: Flask) -> None:
    """405 names the methods that there are, and is as private as all answers."""
    ours = api_client.Program(host, *api_client.ADMIN)
    for method, path, allowed in (
        ("PATCH", "/1", {"GET", "PUT", "DELETE"}), ("GET", "/bulk", {"POST", "PUT"}),
        ("DELETE", "/invitations/", {"GET", "POST"}), ("GET", "/1/move", {"POST"}),
    ):  # fmt: skip
        answer = ours.send(method, path, None)
        assert (answer.status_code, set(answer.json)) == (405, {"message"})
        named = {one.strip() for one in answer.headers["Allow"].split(",")}
        assert named - {"HEAD", "OPTIONS"} == allowed
        assert answer.headers["Cache-Control"] == "no-store"
