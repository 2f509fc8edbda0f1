"""The own sessions, ending them, and the notice of a new device."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
import time_machine
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from flask_contacts.clock import utc_now
from flask_contacts.models import Contact, Mail, PortalSession
from flask_contacts.testing import PASSWORD, csrf_token, portal_sign_in
from tests.page_forms import press
from tests.portal_forms import hidden_fields

Make = Callable[..., Any]
Browser = Callable[..., FlaskClient]
URL = "/portal/account/sessions"
FIREFOX = "Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:127.0) Gecko/20100101 Firefox/127.0"
NEWER_FIREFOX = FIREFOX.replace("127.0", "131.0")
PHONE = (
    "Mozilla/5.0 (iPhone; CPU iPhone OS 17_5 like Mac OS X) AppleWebKit/605.1.15 "
    "(KHTML, like Gecko) Version/17.5 Mobile/15E148 Safari/604.1"
)


@pytest.fixture
def contact(make_customer: Make, make_contact: Make) -> Any:
    """Ada of a customer of her own."""
    return make_contact(make_customer(), language="en")


@pytest.fixture
def browser(app: Flask, contact: Any) -> Browser:
    """``browser(user_agent, address)`` is one in which the contact signs in."""

    def sign_in(user_agent: str = FIREFOX, address: str = "192.0.2.1", again: Any = None) -> Any:
        client = again or app.test_client()
        client.environ_base.update(HTTP_USER_AGENT=user_agent, REMOTE_ADDR=address)
        assert portal_sign_in(client, contact.email, PASSWORD).status_code == 303
        return client

    return sign_in


def post(client: FlaskClient, action: str, **form: object) -> Any:
    """Press a button of the page."""
    return client.post(f"{URL}/{action}", data={**hidden_fields(client, URL), **form})


def ids(session: Session) -> list[int]:
    """The sessions in the order in which they were opened."""
    session.expire_all()
    return list(session.scalars(select(PortalSession.id).order_by(PortalSession.id)))


def test_the_own_sessions(session: Session, browser: Browser) -> None:
    """7.4.5: each with its device, address and times; this one first and without a button."""
    phone, desk = browser(PHONE, "2001:db8::7"), browser()
    page = desk.get(URL).text
    assert page.index("Firefox on Windows") < page.index("Mobile Safari on iOS")
    assert page.index("This one") < page.index("Mobile Safari on iOS")
    assert "2001:db8::7" in page
    first, second = ids(session)
    assert f'name="session" value="{first}"' in page
    assert f'name="session" value="{second}"' not in page
    assert post(desk, "end", session=first).status_code == 303
    assert phone.get("/portal/").status_code == 302
    assert desk.get("/portal/").status_code == 200
    assert post(desk, "end", session=first).status_code == 303  # pressed twice: no error
    page = desk.get(URL).text
    assert "Mobile Safari" not in page
    assert "You are signed in nowhere else." in page


def test_ending_all_others(browser: Browser) -> None:
    """One button; this session goes on."""
    others, desk = [browser(), browser(PHONE)], browser()
    assert post(desk, "end-others").location == URL
    assert "2 other sessions have ended." in desk.get(URL).text
    assert [one.get("/portal/").status_code for one in others] == [302, 302]
    assert post(desk, "end-others").status_code == 303
    assert "There was no other session." in desk.get(URL).text


def test_nobody_elses_session_can_be_ended(
    session: Session,
    browser: Browser,
    make_customer: Make,
    make_contact: Make,
    portal_client: Browser,
) -> None:
    """A stranger's id, junk, and the own session (which one signs out of) are 404."""
    stranger = portal_client(make_contact(make_customer()))
    desk = browser()
    theirs, own = ids(session)
    for chosen in (theirs, own, 0, -1, "abc", "", "٣", "1e3", 2**70):
        assert post(desk, "end", session=chosen).status_code == 404
    assert stranger.get("/portal/").status_code == 200
    assert desk.get("/portal/").status_code == 200


def test_sessions_that_are_over_are_not_listed(session: Session, browser: Browser) -> None:
    """Signed out, timed out or of former credentials: they open nothing."""
    browser(PHONE)
    desk = browser()
    first, _ = ids(session)
    row = session.get_one(PortalSession, first)
    row.session_epoch -= 1
    session.commit()
    assert "Mobile Safari" not in desk.get(URL).text


def test_what_a_browser_calls_itself_is_text(browser: Browser) -> None:
    """1.2.1: a User-Agent is anybody's to write."""
    browser("<script>alert(1)</script>/1.0")
    browser("Mozilla/5.0 " + "(" * 3000)
    page = browser().get(URL)
    assert page.status_code == 200
    assert "<script>alert" not in page.text


def test_a_new_device_is_told(
    session: Session, browser: Browser, captured_mail: Callable[..., Any], contact: Any
) -> None:
    """Not the first sign-in of all, then each new browser: with device, time and address;
    a browser that has signed in before is known by its cookie, wherever it is."""
    desk = browser()
    assert captured_mail() == []
    browser(PHONE, "2001:db8::7")
    [mail] = captured_mail(contact.email)
    assert mail["Subject"] == "A new device signed in to your account"
    text = mail.get_body(("plain",)).get_content()
    assert "Mobile Safari on iOS" in text
    assert "2001:db8::7" in text
    assert "UTC" in text
    browser(NEWER_FIREFOX, "203.0.113.50", again=desk)
    assert len(captured_mail()) == 1


@pytest.mark.parametrize(
    ("user_agent", "address", "is_told"),
    [
        (NEWER_FIREFOX, "192.0.2.1", False),
        (FIREFOX, "203.0.113.50", True),
        (PHONE, "192.0.2.1", True),
    ],
)
def test_a_browser_without_cookies(
    session: Session, browser: Browser, user_agent: str, address: str, is_told: bool
) -> None:
    """Who clears the cookies is not told at each sign-in from the same place and browser."""
    browser()
    browser(user_agent, address)
    templates = session.scalars(select(Mail.template)).all()
    assert templates == (["new_device"] if is_told else [])


def test_do_not_send_emails_does_not_stop_it(
    session: Session, browser: Browser, contact: Any, captured_mail: Callable[..., Any]
) -> None:
    """N7: a security notice always goes to its person."""
    session.get_one(Contact, contact.id).do_not_send_emails = True
    session.commit()
    browser()
    browser(PHONE)
    assert len(captured_mail(contact.email)) == 1


@pytest.mark.parametrize("value", ["junk", "", "WzEsMl0.x.y", "x" * 3000])
def test_a_forged_device_cookie_is_none(
    app: Flask, session: Session, browser: Browser, value: str
) -> None:
    """What we did not sign does not keep a notice from being mailed."""
    browser()
    client = app.test_client()
    client.set_cookie("contacts_device", value, path="/portal")
    browser(PHONE, again=client)
    assert session.scalars(select(Mail.template)).all() == ["new_device"]


def test_the_device_cookie_opens_nothing(app: Flask, browser: Browser) -> None:
    """3.3: HttpOnly, SameSite, the portal's path; without a session it is worth nothing."""
    cookie = browser().get_cookie("contacts_device", path="/portal")
    assert cookie.http_only
    assert cookie.same_site == "Lax"
    client = app.test_client()
    client.set_cookie("contacts_device", cookie.value, path="/portal")
    assert client.get("/portal/").status_code == 302


@pytest.mark.parametrize("how", ["ended", "token too old"])
def test_text_is_shown_once_more_where_the_session_is_over(
    session: Session,
    make_customer: Callable[..., Any],
    make_contact: Callable[..., Any],
    portal_client: Callable[..., FlaskClient],
    how: str,
) -> None:
    """P2: what was typed into a form is not lost with the session; a password is never shown."""
    contact = make_contact(make_customer(company="Aurora"))
    client = portal_client(contact)
    pages = {url: client.get(url) for url in ("/portal/account/", "/portal/account/password")}
    session.execute(delete(PortalSession))
    session.commit()
    hours = 24 if how == "token too old" else 0
    with time_machine.travel(utc_now() + timedelta(hours=hours), tick=False):
        answer = press(client, pages["/portal/account/"], "Save", position="Baker <i>of</i> bread")
        assert answer.status_code in {400, 403}
        assert "Baker &lt;i&gt;of&lt;/i&gt; bread" in answer.text
        assert answer.headers["Cache-Control"] == "no-store"
        secret = {"current_password": "the old secret", "password": "the new secret"}
        token = csrf_token(client, "/portal/sign-in")
        url = "/portal/account/password"
        answer = client.post(url, data={"csrf_token": token, **secret}, follow_redirects=True)
    assert "secret" not in answer.text
    answer = client.post("/portal/account/", data={"csrf_token": "forged", "position": "Spoof"})
    assert answer.status_code == 400
    assert "Spoof" not in answer.text, "another site's words are not shown as the visitor's"
