"""An attribute of a singleton that each request has for itself."""

from __future__ import annotations

from flask import Flask

from flask_contacts.admin.request_local import RequestLocal


class View:
    """A singleton with a list that requests fill."""

    items = RequestLocal(list)


def test_requests_do_not_share() -> None:
    """What one request writes, no other sees, and the start-up value stays as it was."""
    app, view = Flask(__name__), View()
    view.items = ["start"]
    with app.test_request_context():
        view.items.append("first")
        assert view.items == ["start", "first"]
    with app.test_request_context():
        assert view.items == ["start"]
    assert view.items == ["start"]


def test_outer_application_context_changes_nothing() -> None:
    """Two requests inside one application context, which share g, still do not share it."""
    app, view = Flask(__name__), View()
    view.items = []
    with app.app_context():
        with app.test_request_context():
            view.items.append("first")
        with app.test_request_context():
            assert view.items == []


def test_instances_do_not_share() -> None:
    """Two views in one request have their own."""
    app, one, other = Flask(__name__), View(), View()
    one.items, other.items = [], []
    with app.test_request_context():
        one.items.append("one")
        assert other.items == []


def test_class_has_none() -> None:
    """On the class it is None, as FAB's own default."""
    assert View.items is None
