"""Pages of the portal that are loaded when they are first opened go by the names of their views."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from flask import Flask

from flask_contacts.portal.pages_later import itself
from flask_contacts.portal.visit import BLUEPRINT


def names(view: Callable[..., Any]) -> tuple[str, str]:
    """What extensions of a host know a view by."""
    return view.__module__, view.__name__


def test_each_opens_the_view_of_its_name(app: Flask) -> None:
    """What a host's limit of requests or protection of forms is told of a page stays true."""
    views = {
        endpoint: view
        for endpoint, view in app.view_functions.items()
        if endpoint.startswith(f"{BLUEPRINT}.") and itself(view) is not view
    }
    assert {f"{BLUEPRINT}.{name}" for name in ("sign_in", "own_topics", "account")} <= set(views)
    assert {endpoint: names(itself(view)) for endpoint, view in views.items()} == {
        endpoint: names(view) for endpoint, view in views.items()
    }
