"""What SafeModelView changes about FAB's views."""

from __future__ import annotations

import pytest
from flask import Flask
from flask_appbuilder import ModelView

from flask_contacts.admin import SafeModelView
from flask_contacts.admin.customers.visible_tabs import VisibleTabs
from flask_contacts.admin.request_local import RequestLocal


@pytest.mark.parametrize(
    ("method", "may"), [("GET", False), ("HEAD", False), ("OPTIONS", False), ("POST", True)]
)
def test_only_post_changes(method: str, may: bool) -> None:
    """3.5.3: neither GET nor HEAD deletes or acts, whatever the host has set."""
    app = Flask(__name__)
    app.config["FAB_ALLOW_GET_UNSAFE_MUTATIONS"] = True
    view = object.__new__(SafeModelView)
    with app.test_request_context(method=method):
        assert view.is_get_mutation_allowed() is may


def test_it_is_a_model_view() -> None:
    """It is FAB's ModelView, with the filters of the request before FAB's own."""
    assert issubclass(SafeModelView, ModelView)
    owner = next(base for base in SafeModelView.__mro__ if "_filters" in vars(base))
    assert isinstance(vars(owner)["_filters"], RequestLocal)


def test_visible_tabs() -> None:
    """In a request the denied tabs are neither counted nor shown; at start all are there."""
    asked: list[str] = []

    def visible(tab: str) -> bool:
        asked.append(tab)
        return tab == "open"

    tabs = VisibleTabs(["open", "closed"], visible)
    assert list(tabs) == ["open", "closed"]
    assert "closed" in tabs
    with Flask(__name__).test_request_context():
        assert list(tabs) == ["open"]
        assert len(tabs) == 1
        assert list(tabs) == ["open"]
    assert asked == ["open", "closed"]
    with Flask(__name__).test_request_context():
        assert not VisibleTabs(["closed"], visible)
