"""The private names of Flask-AppBuilder that the admin is built on are still there."""

from __future__ import annotations

import inspect

import pytest
from flask_appbuilder import AppBuilder, ModelView
from flask_appbuilder.models.filters import Filters
from flask_appbuilder.models.sqla.interface import SQLAInterface
from flask_appbuilder.security.sqla.manager import SecurityManager

from flask_contacts.admin.fab import DECISION, PRIVATE_NAMES, adds_in_its_own_way


@pytest.mark.parametrize("name", PRIVATE_NAMES)
def test_private_names_exist(name: str) -> None:
    """Each private name that the package uses is an attribute of FAB's ModelView."""
    assert hasattr(ModelView, name)


@pytest.mark.parametrize("name", DECISION)
def test_what_decides_is_asked(name: str) -> None:
    """FAB still decides by these, each asked by another: has_access goes through them all."""
    sources = (
        inspect.getsource(SecurityManager.has_access),
        inspect.getsource(SecurityManager._has_view_access),
    )
    assert callable(getattr(SecurityManager, name))
    assert name == "has_access" or any(f"self.{name}(" in source for source in sources)


def test_signatures_hold() -> None:
    """The private methods take the arguments that we give or override."""
    related = list(inspect.signature(ModelView._get_related_view_widget).parameters)
    assert related[1:5] == ["item", "related_view", "order_column", "order_direction"]
    assert {"page", "page_size"} <= set(related)
    listing = inspect.signature(ModelView._get_list_widget).parameters
    assert {"filters", "page_size", "order_column"} <= set(listing)
    assert "filters" in inspect.signature(SQLAInterface.get).parameters


def test_permissions_are_added_one_by_one() -> None:
    """What we have FAB do for one view or one entry of the menu takes the argument that we give."""
    for one in (AppBuilder._add_permission, AppBuilder._add_permissions_menu):
        assert "update_perms" in inspect.signature(one).parameters


@pytest.mark.parametrize("name", ["add_permissions_view", "add_permissions_menu"])
def test_a_hosts_own_way_to_add_permissions_is_seen(name: str) -> None:
    """A security manager of the host's that overrides either is asked for every view."""
    own = type("Own", (SecurityManager,), {name: lambda *_values: None})
    assert adds_in_its_own_way(object.__new__(own))
    assert not adds_in_its_own_way(object.__new__(SecurityManager))


def test_filters_can_be_cloned() -> None:
    """A clone of FAB's filters is made by clear_filters, and says its search filters."""
    assert callable(Filters.clear_filters)
    assert callable(Filters.get_search_filters)
    assert callable(Filters.apply_all)


def test_mutation_by_get_is_asked_for() -> None:
    """FAB asks is_get_mutation_allowed before it deletes; we answer by the method alone."""
    assert "is_get_mutation_allowed" in inspect.getsource(ModelView.delete)
