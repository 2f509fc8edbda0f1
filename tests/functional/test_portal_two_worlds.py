"""A contact is never staff, and staff is never a contact (DESIGN 1)."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from flask import Flask, g
from flask.testing import FlaskClient
from flask_login import current_user

from flask_contacts.portal import current_contact
from flask_contacts.testing import assert_two_worlds, portal_sign_in

Make = Callable[..., Any]


@pytest.fixture
def contact(make_customer: Make, make_contact: Make) -> Any:
    """The first contact: id 1, as the staff user ``admin`` has."""
    contact = make_contact(make_customer(), permissions=["invoices"])
    assert contact.id == 1
    return contact


def test_no_route_is_open_to_the_other_world(
    app: Flask, staff_client: FlaskClient, contact_client: Callable[..., FlaskClient]
) -> None:
    """Every route of the application, by every method: the contact's cookie is nobody's in the
    admin, the staff's nobody's in the portal."""
    browser = contact_client(permissions=["invoices", "support"])
    assert_two_worlds(app, staff_client, browser, methods=("GET", "POST", "PUT", "DELETE"))


def test_the_staff_cookie_opens_no_portal_page(staff_client: FlaskClient, contact: Any) -> None:
    """Staff user 1 is not contact 1."""
    for path in ("/portal/", "/portal/invoices/", "/portal/invoices/1"):
        response = staff_client.get(path)
        assert response.status_code == 302
        assert response.location.startswith("/portal/sign-in")


def test_the_portal_cookie_opens_no_staff_page(
    portal_client: Callable[[Any], FlaskClient], contact: Any
) -> None:
    """Contact 1 is not staff user 1: every page of Flask-AppBuilder asks for its own sign-in."""
    browser = portal_client(contact)
    token = browser.get_cookie("contacts_session", path="/portal")
    assert token is not None
    browser.set_cookie("contacts_session", token.value, path="/")
    browser.set_cookie("session", token.value, path="/")
    for path in ["/users/list/", "/roles/list/", "/hostinvoiceview/list/", "/customerview/list/"]:
        response = browser.get(path)
        assert response.status_code in {302, 404}, path
        if response.status_code == 302:
            assert "/login" in response.location


def test_the_portals_token_is_no_jwt(client: FlaskClient, app: Flask, contact: Any) -> None:
    """A contact's password opens no API: Flask-AppBuilder's login knows no contact."""
    response = client.post(
        "/api/v1/security/login",
        json={
            "username": contact.email,
            "password": "correct horse battery staple",
            "provider": "db",
        },
    )
    assert response.status_code in {401, 404}


@pytest.mark.filterwarnings("ignore::DeprecationWarning")  # Flask-AppBuilder's own page
def test_both_may_be_signed_in_in_one_browser(
    app: Flask, staff_client: FlaskClient, contact: Any
) -> None:
    """Each page knows its own person, in whatever order they are opened, and signing out of
    the portal leaves the staff session alone."""
    assert portal_sign_in(staff_client, contact.email).status_code == 303
    for _ in range(2):
        assert staff_client.get("/roles/list/").status_code == 200
        assert contact.name in staff_client.get("/portal/").text
    with staff_client.session_transaction() as cookie:
        token = cookie["_user_id"]
    assert token == "1"


def test_identities_resolve_on_their_own_side_only(
    app: Flask, staff_client: FlaskClient, contact: Any
) -> None:
    """Inside the portal there is a contact and no user; outside a user and no contact."""
    portal_sign_in(staff_client, contact.email)
    cookie = staff_client.get_cookie("contacts_session", path="/portal")
    assert cookie is not None
    session_cookie = staff_client.get_cookie("session")
    assert session_cookie is not None
    header = {"Cookie": f"contacts_session={cookie.value}; session={session_cookie.value}"}
    with app.test_request_context("/portal/", headers=header):
        app.preprocess_request()
        assert current_contact.id == contact.id
        assert not current_user.is_authenticated
        assert not g.user.is_authenticated
    with app.test_request_context("/users/list/", headers=header):
        app.preprocess_request()
        assert not current_contact
        assert current_user.is_authenticated
    assert not current_contact


def test_the_portal_leaves_the_staffs_language_alone(
    app: Flask, staff_client: FlaskClient, contact: Any
) -> None:
    """Flask-AppBuilder keeps the language in the session, which both share: the portal
    neither follows it nor writes it."""
    staff_client.get("/lang/pt_BR")
    assert '<html lang="en"' in staff_client.get("/portal/sign-in").text
    staff_client.get("/portal/sign-in", headers={"Accept-Language": "pt-BR"})
    with staff_client.session_transaction() as cookie:
        assert cookie["locale"] == "pt_BR"


def test_visiting_the_portal_first_writes_no_language(client: FlaskClient, app: Flask) -> None:
    """A portal page puts no language into the session for Flask-AppBuilder to find."""
    client.get("/portal/sign-in")
    with client.session_transaction() as cookie:
        assert "locale" not in cookie


def test_messages_stay_in_their_world(
    portal_client: Callable[[Any], FlaskClient], contact: Any, csrf: Any
) -> None:
    """A staff page's message is not shown, nor lost, in the portal."""
    browser = portal_client(contact)
    with browser.session_transaction() as cookie:
        cookie["_flashes"] = [("info", "for staff alone")]
    assert "for staff alone" not in browser.get("/portal/").text
    with browser.session_transaction() as cookie:
        assert cookie["_flashes"]
