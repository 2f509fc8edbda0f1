"""Signing in to the portal and out of it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select
from sqlalchemy.orm import Session

from flask_contacts.models import PortalSession
from flask_contacts.testing import PASSWORD

Make = Callable[..., Any]
Csrf = Callable[[FlaskClient, str], str]
SIGN_IN = "/portal/sign-in"


@pytest.fixture
def contact(make_customer: Make, make_contact: Make) -> Any:
    """Ada of a customer of her own, with invoices."""
    return make_contact(make_customer(company="Aurora"), permissions=["invoices"])


def post(client: FlaskClient, csrf: Csrf, **form: str) -> Any:
    """Post the sign-in form."""
    return client.post(SIGN_IN, data={"csrf_token": csrf(client, SIGN_IN), **form})


def cookie_of(response: Any, name: str) -> str:
    """The Set-Cookie header of a cookie."""
    [header] = [h for h in response.headers.getlist("Set-Cookie") if h.startswith(f"{name}=")]
    return str(header)


def test_the_cookie_is_the_portals_own(client: FlaskClient, csrf: Csrf, contact: Any) -> None:
    """ASVS 3.3: HttpOnly, SameSite=Lax, the portal's path, gone with the browser; over plain
    http it cannot be Secure."""
    response = post(client, csrf, email=contact.email, password=PASSWORD)
    header = cookie_of(response, "contacts_session")
    assert response.status_code == 303
    assert response.location == "/portal/"
    assert {"HttpOnly", "SameSite=Lax", "Path=/portal"} <= set(header.split("; "))
    assert "Secure" not in header
    assert "Max-Age" not in header
    assert "Expires" not in header


def test_the_cookie_is_secure_under_https(
    app: Flask, client: FlaskClient, csrf: Csrf, contact: Any
) -> None:
    """Where people reach the application by https, the cookie travels by https only."""
    app.config["CONTACTS_BASE_URL"] = "https://crm.example.com"
    response = post(client, csrf, email=contact.email, password=PASSWORD)
    assert "Secure" in cookie_of(response, "contacts_session")


def test_the_path_follows_the_mount_point(client: FlaskClient, csrf: Csrf, contact: Any) -> None:
    """Mounted below a path, the cookie stays inside the portal there."""
    base = "http://localhost/crm"
    token = csrf(client, SIGN_IN)
    response = client.post(
        "/portal/sign-in",
        base_url=base,
        data={"csrf_token": token, "email": contact.email, "password": PASSWORD},
    )
    assert "Path=/crm/portal" in cookie_of(response, "contacts_session")


def test_a_deep_link_is_reached_after_signing_in(
    client: FlaskClient, csrf: Csrf, contact: Any
) -> None:
    """P2: not signed in, the sign-in page, then the page asked for with its arguments."""
    response = client.get("/portal/invoices/?q=a+b&order=number")
    assert response.status_code == 302
    page = client.get(response.location)
    assert 'name="next" value="/portal/invoices/?q=a+b&amp;order=number"' in page.text
    next_url = "/portal/invoices/?q=a+b&order=number"
    response = post(client, csrf, email=contact.email, password=PASSWORD, next=next_url)
    assert response.location == next_url
    assert client.get(next_url).status_code == 200


@pytest.mark.parametrize("next_url", ["https://evil.example", "//evil.example", "/login/", "\r\n"])
def test_next_stays_on_the_origin(
    client: FlaskClient, csrf: Csrf, contact: Any, next_url: str
) -> None:
    """ASVS 3.7.2: another place is ignored; line breaks are no fault of the server."""
    assert client.get(SIGN_IN, query_string={"next": next_url}).status_code == 200
    response = post(client, csrf, email=contact.email, password=PASSWORD, next=next_url)
    assert response.location == "/portal/"


@pytest.mark.parametrize(
    ("form", "message"),
    [
        ({"email": "", "password": "x"}, "Enter your e-mail address."),
        ({"email": "ada@example.com", "password": ""}, "Enter your password."),
        ({}, "Enter your password."),
    ],
)
def test_an_empty_field_is_named(
    client: FlaskClient, csrf: Csrf, form: dict[str, str], message: str
) -> None:
    """What is missing is said at its field."""
    response = post(client, csrf, **form)
    assert response.status_code == 422
    assert message in response.text
    assert 'aria-invalid="true"' in response.text


@pytest.mark.parametrize(
    "email",
    [
        "nobody@example.com",
        "no address at all",
        "x" * 10_000,
        "a\x00b@example.com",
        "a\r\nb@example.com",
        "'; DROP TABLE contacts_contact; --",
        "<script>alert(1)</script>",
    ],
)
def test_a_refusal_keeps_the_address_and_tells_nothing(
    client: FlaskClient, csrf: Csrf, contact: Any, email: str
) -> None:
    """A wrong password and an unknown address get the same words; no session is opened."""
    wrong = post(client, csrf, email=contact.email, password="not the password")
    unknown = post(client, csrf, email=email, password="not the password")
    for response in (wrong, unknown):
        assert response.status_code == 422
        assert "do not match" in response.text
        assert "contacts_session=" not in str(response.headers)
    assert f'value="{contact.email}"' in wrong.text
    assert "not the password" not in wrong.text
    assert "<script>alert" not in unknown.text


def test_too_many_attempts_say_how_long_to_wait(
    app: Flask, client: FlaskClient, csrf: Csrf, contact: Any
) -> None:
    """6.3.1: 429 with the time to wait, in words and as a header; even for the right password."""
    for _ in range(app.config["CONTACTS_SIGN_IN_FAILURES"]):
        post(client, csrf, email=contact.email, password="wrong")
    response = post(client, csrf, email=contact.email, password=PASSWORD)
    assert response.status_code == 429
    assert int(response.headers["Retry-After"]) > 0
    assert "Please try again in" in response.text
    assert f'value="{contact.email}"' in response.text


def test_the_sign_in_page_leads_on_who_is_signed_in(
    portal_client: Callable[[Any], FlaskClient], contact: Any
) -> None:
    """There is no need to sign in twice."""
    browser = portal_client(contact)
    assert browser.get(SIGN_IN).location == "/portal/"
    assert browser.get(SIGN_IN, query_string={"next": "/portal/invoices/"}).location == (
        "/portal/invoices/"
    )


def test_signing_out_kills_the_session(
    portal_client: Callable[[Any], FlaskClient], csrf: Csrf, contact: Any
) -> None:
    """ASVS 7.4.1: after signing out the cookie is gone, and a copy of it opens nothing."""
    browser = portal_client(contact)
    stolen = browser.get_cookie("contacts_session", path="/portal")
    assert stolen is not None
    response = browser.post("/portal/sign-out", data={"csrf_token": csrf(browser, "/portal/")})
    assert response.location == "/portal/sign-in"
    assert browser.get_cookie("contacts_session", path="/portal") is None
    assert "You have signed out." in browser.get(response.location).text
    browser.set_cookie("contacts_session", stolen.value, path="/portal")
    assert browser.get("/portal/").status_code == 302


def test_signing_out_is_no_link(portal_client: Callable[[Any], FlaskClient], contact: Any) -> None:
    """An image on another site cannot sign anybody out."""
    browser = portal_client(contact)
    assert browser.get("/portal/sign-out").status_code in {404, 405}
    assert browser.get("/portal/").status_code == 200


def test_signing_in_again_ends_the_session_before(
    portal_client: Callable[[Any], FlaskClient], csrf: Csrf, contact: Any, session: Session
) -> None:
    """ASVS 7.2.4: a new sign-in is a new session, and the old one is over."""
    browser = portal_client(contact)
    former = browser.get_cookie("contacts_session", path="/portal")
    form = {"email": contact.email, "password": PASSWORD, "csrf_token": csrf(browser, "/portal/")}
    assert browser.post(SIGN_IN, data=form).status_code == 303
    present = browser.get_cookie("contacts_session", path="/portal")
    assert former is not None
    assert present is not None
    assert former.value != present.value
    rows = session.scalars(select(PortalSession).order_by(PortalSession.id)).all()
    assert [row.ended_at is None for row in rows] == [False, True]


@pytest.mark.parametrize("token", ["x", "", "\u00e9", "a" * 4000, '"', "null", "0"])
def test_a_junk_cookie_is_signed_out(client: FlaskClient, token: str) -> None:
    """No value of the cookie is a fault; it opens nothing, and the page says so."""
    client.set_cookie("contacts_session", token, path="/portal")
    response = client.get("/portal/")
    assert response.status_code == 302
    assert client.get(response.location).status_code == 200


def test_an_ended_session_is_explained(
    portal_client: Callable[[Any], FlaskClient], contact: Any, session: Session
) -> None:
    """Who is sent to the sign-in page in the middle of work is told why, once."""
    browser = portal_client(contact)
    session.query(PortalSession).delete()
    session.commit()
    page = browser.get("/portal/", follow_redirects=True)
    assert "Your session has ended" in page.text
    assert "Your session has ended" not in browser.get(SIGN_IN).text
