"""What staff may do is read once a request: the same answers as Flask-AppBuilder's, at once."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from flask import Flask, g, request
from flask.testing import FlaskClient
from flask_login import current_user
from sqlalchemy.orm import joinedload

from flask_contacts import testing
from flask_contacts.admin import fab, read_with_user
from flask_contacts.admin.held_permissions import _STORE, holds_for_program, holds_now

Staff = Callable[..., FlaskClient]
LIST = ("can_list", "Customer contacts")


@pytest.fixture
def staff(app: Flask) -> Staff:
    """``staff(*permissions)`` is a browser of a new staff user with a role that holds them."""

    def sign_in(*permissions: tuple[str, str]) -> FlaskClient:
        with app.app_context():
            sm = app.appbuilder.sm  # type: ignore[attr-defined]
            role = sm.add_role("North")
            for pair in permissions:
                sm.add_permission_role(role, sm.find_permission_view_menu(*pair))
            sm.add_user("sam", "Sam", "Staff", "sam@example.com", role, "sam")
        client = app.test_client()
        assert testing.staff_sign_in(client, "sam", "sam").status_code == 302
        return client

    return sign_in


def differences(app: Flask, client: FlaskClient) -> list[tuple[str, str]]:
    """Every pair that there is on which the ways of asking disagree, in a request: first what is
    read together with the user, as on a page of ours."""
    found: list[tuple[str, str]] = []
    with client.session_transaction() as session:
        kept = dict(session)
    with app.test_request_context():
        from flask import session as inner

        inner.update(kept)
        g.user = current_user
        sm = app.appbuilder.sm  # type: ignore[attr-defined]
        pairs = {
            (one.permission.name, one.view_menu.name)
            for one in sm.session.query(sm.permissionview_model)
        }
        assert len(pairs) > 50
        pairs |= {("can_fly", "Customer contacts"), ("menu_access", "nothing")}
        as_on_a_page = {pair: holds_now(*pair) for pair in pairs}
        for pair in pairs:
            has_access = sm.has_access(*pair)
            if as_on_a_page[pair] != has_access:
                found.append(pair)
            request.environ.pop(_STORE, None)  # so that a program's question is the first
            if holds_for_program(*pair) != has_access or holds_now(*pair) != has_access:
                found.append(pair)
    return found


def test_the_same_answers(app: Flask, staff_client: FlaskClient, staff: Staff) -> None:
    """For an administrator, for staff with one role, and for nobody."""
    some = staff(LIST, ("menu_access", "contacts_all"))
    for client in (staff_client, some, app.test_client()):
        assert differences(app, client) == []


def test_a_role_of_the_configuration(
    app: Flask, staff: Staff, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A role that stands in FAB_ROLES alone opens what its patterns say."""
    client = staff()
    sm = app.appbuilder.sm  # type: ignore[attr-defined]
    assert client.get("/customer-contacts/").status_code == 403
    monkeypatch.setitem(sm._builtin_roles, "North", [["Customer.*", "can_list"]])
    assert client.get("/customer-contacts/").status_code == 200
    assert differences(app, client) == []


def test_a_role_of_a_group(app: Flask, staff: Staff) -> None:
    """What a group's role holds is open to its members, as Flask-AppBuilder has it."""
    client = staff()
    with app.app_context():
        sm = app.appbuilder.sm  # type: ignore[attr-defined]
        role = sm.add_role("Readers")
        sm.add_permission_role(role, sm.find_permission_view_menu(*LIST))
        group = sm.group_model(name="Desk", roles=[role], users=[sm.find_user("sam")])
        sm.session.add(group)
        sm.session.commit()
    assert client.get("/customer-contacts/").status_code == 200
    assert differences(app, client) == []


def test_what_is_taken_away_is_gone(app: Flask, staff: Staff) -> None:
    """The next request knows of a permission that was taken away, and of one that was given."""
    client = staff(LIST, ("menu_access", "contacts_all"), ("menu_access", "CRM"))
    assert 'href="/customer-contacts/"' in client.get("/customer-contacts/").text
    with app.app_context():
        sm = app.appbuilder.sm  # type: ignore[attr-defined]
        role = sm.find_role("North")
        sm.del_permission_role(role, sm.find_permission_view_menu("menu_access", "contacts_all"))
    html = client.get("/customer-contacts/").text
    assert "fa-users" not in html[: html.index("<main")]
    with app.app_context():
        role = sm.find_role("North")
        sm.del_permission_role(role, sm.find_permission_view_menu(*LIST))
    assert client.get("/customer-contacts/").status_code == 403


def test_a_deactivated_user(app: Flask, staff: Staff) -> None:
    """Staff who are switched off may do nothing any more."""
    client = staff(LIST)
    with app.app_context():
        sm = app.appbuilder.sm  # type: ignore[attr-defined]
        user = sm.find_user("sam")
        user.active = False
        sm.update_user(user)
    assert client.get("/customer-contacts/").status_code != 200


def test_a_host_that_decides_itself(
    app: Flask, staff: Staff, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A security manager with a way of its own is asked every time."""
    client = staff()
    manager: Any = type(app.appbuilder.sm)  # type: ignore[attr-defined]
    asked = []

    def has_access(_self: Any, permission: str, view: str) -> bool:
        asked.append((permission, view))
        return (permission, view) == LIST

    own = type("OwnManager", (manager,), {"has_access": has_access})
    monkeypatch.setattr(app.appbuilder.sm, "__class__", own)  # type: ignore[attr-defined]
    assert client.get("/customer-contacts/").status_code == 200
    assert LIST in asked


def test_one_statement_for_who_asks(staff_client: FlaskClient, statements: Any) -> None:
    """The user, the menu, the buttons of a page and the user's own columns cost one statement
    together."""
    staff_client.get("/customer-contacts/")
    with statements() as seen:
        staff_client.get("/customer-contacts/")
    about = ("ab_user", "ab_permission_view", "contacts_staff_setting")
    found = [[name for name in about if name in one] for one in seen]
    assert [names for names in found if about[1] in names] == [list(about)]
    assert sum(about[2] in names for names in found) == 1


def test_outside_of_any_sign_in(app: Flask, client: FlaskClient) -> None:
    """Who is not signed in is sent to the sign-in."""
    answer = client.get("/customer-contacts/")
    assert answer.status_code == 302
    assert "/login/" in answer.location
    with app.test_request_context():
        g.user = current_user
        assert fab.deciding_user() is None


def test_a_user_whose_roles_are_joined(
    app: Flask, staff_client: FlaskClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A host's model of users may load a collection with the user: rows of one user then."""
    with app.app_context():
        sm = app.appbuilder.sm  # type: ignore[attr-defined]
        user = sm.find_user("admin")
        user.roles = [*user.roles, sm.add_role("Second")]
        sm.session.commit()
    made = read_with_user.user_query

    def joined(manager: Any, *settings: str) -> Any:
        return made(manager, *settings).options(joinedload(manager.user_model.roles))

    monkeypatch.setattr(read_with_user, "user_query", joined)
    assert staff_client.get("/customer-contacts/").status_code == 200
