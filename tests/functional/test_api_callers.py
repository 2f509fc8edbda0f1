"""Who calls the REST API: by a token, by a key of Flask-AppBuilder's, or by neither."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select
from sqlalchemy.orm import Session

from flask_contacts.models import Contact
from tests import api_client
from tests.host_app import LIMITS_STAFF
from tests.staff_people import add_staff

Make = Callable[..., Any]
Programs = Callable[..., api_client.Program]
program = api_client.program
URL = f"{api_client.ROOT}/"
CONTACTS = "Customer contacts"


@pytest.fixture
def make_key(app: Flask) -> Callable[..., dict[str, Any]]:
    """``make_key("lou", right, …)`` adds a staff user with a key, which ``headers`` send."""
    app.config["FAB_API_KEY_ENABLED"] = True

    def make(username: str, *rights: str) -> dict[str, Any]:
        add_staff(app, username, *((right, CONTACTS) for right in rights))
        with app.app_context():
            manager = app.appbuilder.sm  # type: ignore[attr-defined]
            made: dict[str, Any] = manager.create_api_key(manager.find_user(username), "key")
        return {**made, "headers": {"Authorization": f"Bearer {made['key']}"}}

    return make


def test_a_key_opens_what_its_user_may(
    app: Flask, make_key: Callable[..., dict[str, Any]], make_customer: Make
) -> None:
    """A key serves as a token does, as often as it is sent: with the rights of its user."""
    headers = make_key("lou", "can_list", "can_add")["headers"]
    client = app.test_client(use_cookies=False)
    for _time in range(2):
        answer = client.get(URL, headers=headers)
        assert answer.status_code == 200, answer.text
    made = client.post(URL, headers=headers, json={"firstname": "Ada", "lastname": "Byron"})
    assert made.status_code == 201, made.text
    refused = client.get(f"{URL}invitations/", headers=headers)
    assert refused.status_code == 403
    assert refused.json["message"].startswith("Your role does not allow this.")


def test_a_key_that_is_none(app: Flask, make_key: Callable[..., dict[str, Any]]) -> None:
    """Revoked, unknown, of a user who was switched off, or with keys switched off: 401."""
    client = app.test_client(use_cookies=False)
    revoked, off = make_key("lou", "can_list"), make_key("moe", "can_list")
    assert client.get(URL, headers=revoked["headers"]).status_code == 200
    with app.app_context():
        manager = app.appbuilder.sm  # type: ignore[attr-defined]
        assert manager.revoke_api_key(revoked["uuid"])
        manager.find_user("moe").active = False
        manager.session.commit()
    unknown = {"Authorization": "Bearer sst_unknown"}
    for headers in (revoked["headers"], off["headers"], unknown):
        answer = client.get(URL, headers=headers)
        assert answer.status_code == 401, answer.text
        assert answer.headers["WWW-Authenticate"] == "Bearer"
    other = make_key("nina", "can_list")["headers"]
    app.config["FAB_API_KEY_ENABLED"] = False
    assert client.get(URL, headers=other).status_code == 401


def test_a_key_beside_a_cookie(
    app: Flask,
    make_key: Callable[..., dict[str, Any]],
    staff_client: FlaskClient,
    make_customer: Make,
    make_contact: Make,
    session: Session,
) -> None:
    """A browser's cookie of one user beside a key of another: the key's user is who asks, who
    sees no more, and who has done what is done."""
    make_contact(make_customer())
    headers = make_key("lou", "can_list", "can_add")["headers"]
    alone = app.test_client(use_cookies=False).get(URL, headers=headers)
    beside = staff_client.get(URL, headers=headers)
    assert beside.json == alone.json
    assert alone.json["result"] == [] or LIMITS_STAFF
    made = staff_client.post(URL, headers=headers, json={"firstname": "B", "lastname": "C"})
    assert made.status_code == 201, made.text
    contact = session.get(Contact, made.json["result"]["id"])
    with app.app_context():
        manager = app.appbuilder.sm  # type: ignore[attr-defined]
        assert contact is not None
        assert contact.created_by_id == manager.find_user("lou").id


def test_a_cookie_is_nobody_where_the_public_may(
    app: Flask,
    program: Programs,
    staff_client: FlaskClient,
    make_customer: Make,
    make_contact: Make,
    session: Session,
) -> None:
    """3.5.1: with rights for the role Public, a staff user's cookie is as good as none: it
    neither sees nor changes what the user may."""
    contact = make_contact(make_customer())
    program()
    with app.app_context():
        manager = app.appbuilder.sm  # type: ignore[attr-defined]
        public = manager.find_role(manager.auth_role_public) or manager.add_role("Public")
        for right in ("can_list", "can_edit", "can_add"):
            pair = manager.find_permission_view_menu(right, CONTACTS)
            manager.add_permission_role(public, pair)
    stranger = app.test_client(use_cookies=False)
    for client in (stranger, staff_client):
        answer = client.get(URL)
        assert (answer.status_code, answer.json["result"]) == (200, [])
        assert client.post(f"{URL}{contact.id}/archive").status_code == 404
        assert client.get(URL, headers={"Authorization": "Bearer x"}).status_code == 401
        assert client.get(f"{URL}{contact.id}").status_code == 401
    made = staff_client.post(URL, json={"firstname": "B", "lastname": "C"})
    assert made.status_code == 201, made.text
    session.rollback()
    query = select(Contact.created_by_id, Contact.archived_at).order_by(Contact.id)
    assert [tuple(row) for row in session.execute(query)][1:] == [(None, None)]
    assert session.get(Contact, contact.id).archived_at is None  # type: ignore[union-attr]
