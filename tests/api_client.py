"""A program that calls the REST API with a token of a staff user's."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from flask import Flask
from werkzeug.test import TestResponse

from tests.host_app import ADMIN

ROOT = "/api/v1/contacts"


class Program:
    """Calls the API: ``get("/5")``, ``post("/", firstname="Ada", …)``; answers are responses."""

    def __init__(self, app: Flask, username: str, password: str) -> None:
        self.client = app.test_client(use_cookies=False)
        login = {"username": username, "password": password, "provider": "db"}
        answer = self.client.post("/api/v1/security/login", json=login)
        assert answer.status_code == 200, answer.text
        self.headers = {"Authorization": f"Bearer {answer.json['access_token']}"}

    def get(self, path: str = "/", **parameters: object) -> TestResponse:
        """Read; ``parameters`` are those of the address."""
        return self.client.get(ROOT + path, query_string=parameters, headers=self.headers)

    def post(self, path: str = "/", **body: object) -> TestResponse:
        """Do something."""
        return self.send("POST", path, body)

    def put(self, path: str, **body: object) -> TestResponse:
        """Change something."""
        return self.send("PUT", path, body)

    def delete(self, path: str) -> TestResponse:
        """Remove something."""
        return self.client.delete(ROOT + path, headers=self.headers)

    def send(self, method: str, path: str, body: object) -> TestResponse:
        """A body of any kind."""
        return self.client.open(ROOT + path, method=method, json=body, headers=self.headers)


@pytest.fixture
def program(app: Flask) -> Callable[..., Program]:
    """``program()`` acts for the administrator, ``program("sam")`` for a staff user."""
    app.config["JWT_SECRET_KEY"] = "a secret of more than thirty-two bytes, for tests only"

    def of(username: str = ADMIN[0], password: str | None = None) -> Program:
        return Program(app, username, password or username)

    return of


def errors(response: TestResponse, status: int = 422) -> dict[str, Any]:
    """The reasons by field of an answer with that status."""
    assert response.status_code == status, (response.status_code, response.text)
    assert response.json is not None
    assert set(response.json) <= {"message", "errors", "silences"}
    found: dict[str, Any] = response.json["errors"]
    return found
