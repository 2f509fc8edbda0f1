"""Permissions of staff at the start: what Flask-AppBuilder would make is made, and asked once."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import Engine, event

from tests.host_app import create_host_app, db

Held = set[tuple[str, str, bool]]
VIEW, ENTRY = "Customer contacts", "contacts_all"


@pytest.fixture
def start(tmp_path: Path) -> Callable[..., Flask]:
    """The host, each time in a new application, on one database; settings by name."""

    def make(**config: object) -> Flask:
        return create_host_app(f"sqlite:///{tmp_path}/host.db", config)

    return make


def held(app: Flask) -> Held:
    """Every permission on every view, and whether the administrators hold it."""
    with app.app_context():
        manager: Any = app.appbuilder.sm  # type: ignore[attr-defined]
        admins = manager.find_role(manager.auth_role_admin).permissions
        pairs = db.session.query(manager.permissionview_model).all()
        return {(one.permission.name, one.view_menu.name, one in admins) for one in pairs}


def spoil(app: Flask) -> None:
    """Take a permission from the administrators, delete two, and leave one that is no more."""
    with app.app_context():
        manager: Any = app.appbuilder.sm  # type: ignore[attr-defined]
        admins = manager.find_role(manager.auth_role_admin)
        admins.permissions.remove(manager.find_permission_view_menu("can_list", VIEW))
        for name, view in (("can_show", VIEW), ("menu_access", ENTRY)):
            pair = manager.find_permission_view_menu(name, view)
            admins.permissions.remove(pair)
            db.session.delete(pair)
        db.session.commit()
        manager.add_permission_view_menu("can_fly", VIEW)


def test_what_is_wrong_is_mended(start: Callable[..., Flask]) -> None:
    """Missing permissions are made and given to the administrators, one of no use any more goes."""
    app = start()
    whole = held(app)
    assert ("can_list", VIEW, True) in whole
    assert ("menu_access", ENTRY, True) in whole
    spoil(app)
    assert ("can_fly", VIEW, False) in held(app)
    assert held(start()) == whole


@pytest.mark.bundled_only(reason="a setting of Flask-AppBuilder's, whoever the customers are")
def test_where_the_host_has_switched_it_off(start: Callable[..., Flask]) -> None:
    """With FAB_UPDATE_PERMS off nothing is mended, and it stays off."""
    app = start()
    spoil(app)
    spoiled = held(app)
    later = start(FAB_UPDATE_PERMS=False)
    assert held(later) == spoiled
    assert later.appbuilder.update_perms is False  # type: ignore[attr-defined]


@pytest.mark.bundled_only(reason="how often is asked is the same for every view")
def test_where_all_is_there_it_is_asked_once(start: Callable[..., Flask]) -> None:
    """A second start reads a view's and an entry's permissions in one statement with the others."""
    start()
    seen: list[Any] = []

    def note(*values: Any) -> None:
        seen.append(values[3])

    event.listen(Engine, "before_cursor_execute", note)
    try:
        start()
    finally:
        event.remove(Engine, "before_cursor_execute", note)
    assert len([values for values in seen if VIEW in values]) == 1
    assert len([values for values in seen if ENTRY in values]) == 1
