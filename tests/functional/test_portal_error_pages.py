"""The portal's own pages for what goes wrong, also where the host has some of its own."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.exceptions import Forbidden, NotFound


def test_a_hosts_error_pages_stay_its_own(
    app: Flask, client: FlaskClient, contact_client: Callable[..., FlaskClient],
    monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    """A host with a page for 404 and 403, as Flask-AppBuilder's skeleton has, shows it outside of
    the portal; inside, the portal's page comes, with its navigation for who is signed in."""
    handlers: Any = app.error_handler_spec[None]
    for kind in (NotFound, Forbidden):
        monkeypatch.setitem(
            handlers, kind.code, {kind: lambda error: ("the host's own", error.code)}
        )
    assert client.get("/nowhere").text == "the host's own"
    ada = contact_client(permissions=["invoices"])
    for path, code in (("/portal/nowhere", 404), ("/portal/support/", 403)):
        answer = ada.get(path)
        assert answer.status_code == code
        assert "the host's own" not in answer.text
        assert "/portal/account/" in answer.text
