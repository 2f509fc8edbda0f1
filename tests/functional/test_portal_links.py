"""The pages of mailed links (BEHAVIOUR C9)."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from flask.testing import FlaskClient
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from flask_contacts.models import Link, Login, Mail
from flask_contacts.testing import PASSWORD, RecordingSmtp, links_in, portal_sign_in

Make = Callable[..., Any]
Csrf = Callable[[FlaskClient, str], str]
FORGOT, SET = "/portal/forgot-password", "/portal/set-password"
NEW = "a quiet river under the bridge"


@pytest.fixture
def contact(make_customer: Make, make_contact: Make) -> Any:
    """Ada of a customer of her own."""
    return make_contact(make_customer(company="Aurora"), permissions=["invoices"])


@pytest.fixture
def mailed_link(
    client: FlaskClient,
    csrf: Csrf,
    contact: Any,
    smtp: RecordingSmtp,
    drain: Callable[[], None],
) -> Callable[[], str]:
    """``mailed_link()`` asks for a link, lets the mail go out, and gives the link's path."""

    def ask() -> str:
        client.post(FORGOT, data={"csrf_token": csrf(client, FORGOT), "email": contact.email})
        drain()
        [link] = [url for url in links_in(smtp.to(contact.email)[-1]) if "set-password" in url]
        return link.removeprefix("http://localhost")

    return ask


def set_password(client: FlaskClient, csrf: Csrf, first: str, second: str) -> Any:
    """Post the form of an opened link."""
    form = {"csrf_token": csrf(client, SET), "password": first, "confirm": second}
    return client.post(SET, data=form)


def test_a_link_sets_the_password_once(
    client: FlaskClient, csrf: Csrf, contact: Any, mailed_link: Callable[[], str]
) -> None:
    """Opened, typed twice, set; then the person signs in with it, and the link is used."""
    path = mailed_link()
    response = client.get(path)
    assert response.location == SET
    page = client.get(SET)
    assert page.status_code == 200
    assert contact.email in page.text
    assert "Aurora" in page.text
    assert page.text.count('autocomplete="new-password"') == 2
    assert "At least 12 characters" in page.text
    done = set_password(client, csrf, NEW, NEW)
    assert done.status_code == 303
    assert done.location == "/portal/sign-in"
    assert client.get_cookie("contacts_link", path="/portal") is None
    assert "Your password is set" in client.get(done.location).text
    assert client.get("/portal/").status_code == 302  # nobody is signed in by it
    assert portal_sign_in(client, contact.email, NEW).status_code == 303
    client.get(path)
    again = client.get(SET)
    assert again.status_code == 410
    assert "This link has been used" in again.text


def test_opening_a_link_changes_nothing(
    client: FlaskClient, session: Session, mailed_link: Callable[[], str]
) -> None:
    """A scanner or a prefetch may open it as often as it likes, by GET and by HEAD."""
    path = mailed_link()
    before = session.execute(select(Link.__table__)).all()
    for _ in range(3):
        assert client.head(path).status_code == 302
        assert client.get(path, follow_redirects=True).status_code == 200
        assert client.head(SET).status_code == 200
    session.expire_all()
    assert session.execute(select(Link.__table__)).all() == before


def test_the_token_leaves_the_address_at_once(
    client: FlaskClient, mailed_link: Callable[[], str]
) -> None:
    """ASVS 14.2.1: it goes into a signed cookie of half an hour; no page and no address
    holds it, and no referrer is sent."""
    path = mailed_link()
    token = path.rpartition("/")[2]
    response = client.get(path)
    [cookie] = [h for h in response.headers.getlist("Set-Cookie") if h.startswith("contacts_link")]
    assert {"HttpOnly", "SameSite=Lax", "Path=/portal", "Max-Age=1800"} <= set(cookie.split("; "))
    page = client.get(SET)
    for answer in (response, page):
        assert token not in answer.text
        assert answer.headers["Referrer-Policy"] == "no-referrer"
        assert answer.headers["Cache-Control"] == "no-store"
    assert token not in response.location


@pytest.mark.parametrize(
    ("first", "second", "message"),
    [
        ("", "", "Use at least 12 characters"),
        ("short", "short", "Use at least 12 characters"),
        (NEW, NEW + "x", "The two passwords differ"),
        ("a\x00" + NEW, "a\x00" + NEW, "cannot be used"),
        ("x" * 1100, "x" * 1100, "cannot be used"),
        ("password1234", "password1234", "too common"),
    ],
)
def test_a_bad_password_is_refused_at_its_field(
    client: FlaskClient,
    csrf: Csrf,
    mailed_link: Callable[[], str],
    first: str,
    second: str,
    message: str,
) -> None:
    """The reason is said, nothing typed comes back, and the link still works."""
    client.get(mailed_link())
    response = set_password(client, csrf, first, second)
    assert response.status_code == 422
    assert message in response.text
    assert 'aria-invalid="true"' in response.text
    assert "value" not in [part for part in response.text.split() if part.startswith("type=")]
    assert set_password(client, csrf, NEW, NEW).status_code == 303


@pytest.mark.parametrize("first", ["päss wörd ist lang", "密码密码密码密码密码密码12", "x y" * 21])
def test_any_long_text_is_a_password(
    client: FlaskClient, csrf: Csrf, contact: Any, mailed_link: Callable[[], str], first: str
) -> None:
    """Unicode, spaces and 63 characters round-trip, untrimmed."""
    client.get(mailed_link())
    assert set_password(client, csrf, f" {first} ", f" {first} ").status_code == 303
    assert portal_sign_in(client, contact.email, first).status_code == 422
    assert portal_sign_in(client, contact.email, f" {first} ").status_code == 303


@pytest.mark.parametrize(
    ("change", "title"),
    [
        ({"expires_at": timedelta(seconds=-1)}, "This link has expired"),
        ({"used_at": timedelta()}, "This link has been used"),
        ({"void_reason": "newer_link"}, "This link is no longer valid"),
    ],
)
def test_a_dead_link_says_why_and_offers_another(
    client: FlaskClient,
    csrf: Csrf,
    session: Session,
    contact: Any,
    mailed_link: Callable[[], str],
    change: dict[str, Any],
    title: str,
) -> None:
    """Expired, used, void: the page says which; the button sends one of the same kind."""
    path = mailed_link()
    link = session.scalars(select(Link)).one()
    [(name, value)] = change.items()
    setattr(link, name, link.issued_at + value if isinstance(value, timedelta) else value)
    session.commit()
    client.get(path)
    page = client.get(SET)
    assert page.status_code == 410
    assert title in page.text
    assert "Send me a new link" in page.text
    assert set_password_refused(client, csrf).status_code == 410
    answer = client.post(f"{SET}/new-link", data={"csrf_token": csrf(client, SET)})
    assert answer.status_code == 303
    assert "Check your mailbox" in client.get(answer.location).text
    session.expire_all()
    assert session.scalar(select(func.count()).select_from(Mail)) == 2


def set_password_refused(client: FlaskClient, csrf: Csrf) -> Any:
    """Post a good password with whatever link is open."""
    return set_password(client, csrf, NEW, NEW)


@pytest.mark.parametrize(
    "token",
    ["", "x", "a.b.c", "0", "null", "[]", "x/y", "%0d%0a", "%00", "é", "x" * 5000, "new-link"],
)
def test_no_link_at_all(client: FlaskClient, csrf: Csrf, token: str) -> None:
    """Cut, altered or empty: the page of an invalid link, which leads to a new one."""
    response = client.get(f"{SET}/{token}")
    assert response.location == SET
    page = client.get(SET)
    assert page.status_code == 404
    assert "This link does not work" in page.text
    assert FORGOT in page.text
    assert (
        client.post(
            SET, data={"csrf_token": csrf(client, FORGOT), "password": NEW, "confirm": NEW}
        ).status_code
        == 404
    )


def test_an_altered_token_is_invalid(client: FlaskClient, mailed_link: Callable[[], str]) -> None:
    """Each cut and each changed character makes it another link's, which does not exist."""
    path = mailed_link()
    for altered in (path[:-1], path + "x", path[:-5] + "AAAAA", path.replace(".", "", 1)):
        client.get(altered)
        assert client.get(SET).status_code == 404, altered


@pytest.mark.parametrize("cookie", ["", "x", "null", "IiI", "a.b.c", "\u00e9"])
def test_no_cookie_can_be_planted(client: FlaskClient, cookie: str) -> None:
    """The cookie is signed; a page that plants another gets the invalid link's page."""
    client.set_cookie("contacts_link", cookie, path="/portal")
    assert client.get(SET).status_code == 404


def test_asking_answers_the_same_for_everybody(
    client: FlaskClient, csrf: Csrf, contact: Any, make_contact: Make, make_customer: Make
) -> None:
    """6.3.8: known, unknown, without a password: the same answer."""
    waiting = make_contact(make_customer(), password="", send_password_mail=True)
    answers = set()
    for email in (contact.email, waiting.email, "nobody@example.com", "ADA@NOBODY.example.org"):
        form = {"csrf_token": csrf(client, FORGOT), "email": email}
        response = client.post(FORGOT, data=form)
        answers.add((response.status_code, response.location))
    assert answers == {(303, f"{FORGOT}?sent=1")}


def test_asking_without_an_address(client: FlaskClient, csrf: Csrf) -> None:
    """An empty field is named."""
    response = client.post(FORGOT, data={"csrf_token": csrf(client, FORGOT), "email": " "})
    assert response.status_code == 422
    assert "Enter your e-mail address." in response.text


def test_setting_a_password_ends_the_sessions(
    client: FlaskClient,
    csrf: Csrf,
    contact: Any,
    portal_client: Callable[[Any], FlaskClient],
    mailed_link: Callable[[], str],
) -> None:
    """C9: other sessions of the login end; and in this browser nobody stays signed in."""
    other = portal_client(contact)
    portal_sign_in(client, contact.email, PASSWORD)
    client.get(mailed_link())
    set_password(client, csrf, NEW, NEW)
    assert other.get("/portal/").status_code == 302
    assert client.get("/portal/").status_code == 302


def test_setting_a_password_signs_out_another_person(
    client: FlaskClient,
    csrf: Csrf,
    make_customer: Make,
    make_contact: Make,
    mailed_link: Callable[[], str],
) -> None:
    """On a shared computer the page that follows is the sign-in, not a colleague's portal."""
    colleague = make_contact(make_customer())
    portal_sign_in(client, colleague.email)
    client.get(mailed_link())
    set_password(client, csrf, NEW, NEW)
    assert client.get("/portal/").status_code == 302


def test_proves_the_login(
    client: FlaskClient, csrf: Csrf, session: Session, mailed_link: Callable[[], str]
) -> None:
    """Whoever used a mailed link owns the address."""
    client.get(mailed_link())
    set_password(client, csrf, NEW, NEW)
    session.expire_all()
    assert session.scalars(select(Login)).one().proven_at is not None
