"""Two-factor authentication in the portal: setting it up, signing in with it, and without it
where it is required."""

from __future__ import annotations

import re
from collections.abc import Callable
from contextlib import AbstractContextManager
from html import unescape
from typing import Any
from urllib.parse import unquote

import pytest
import time_machine
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from flask_contacts.clock import utc_now
from flask_contacts.models import Base, Contact, Login, Mail, PortalSession, TwoFactor
from flask_contacts.services.limits import TWO_FACTOR_FAILURES
from flask_contacts.services.settings import save_settings
from flask_contacts.testing import PASSWORD, RecordingSmtp, csrf_token, portal_sign_in
from tests.authenticator import Phone, code_of, give_phone
from tests.page_forms import press

Make = Callable[..., Any]
Statements = Callable[[], AbstractContextManager[list[str]]]
CODE = "/portal/sign-in/code"
STATE = "/portal/account/two-factor"
SET_UP = f"{STATE}/set-up"
NEW_CODES = f"{STATE}/recovery-codes"
OFF = f"{STATE}/off"


@pytest.fixture
def contact(make_customer: Make, make_contact: Make) -> Any:
    """Ada of a customer of her own, with invoices."""
    return make_contact(make_customer(company="Aurora"), permissions=["invoices"])


@pytest.fixture
def phone(app: Flask, session: Session, contact: Any) -> Phone:
    """Her phone: two-factor authentication is on."""
    email = contact.email
    session.rollback()
    with app.app_context():
        return give_phone(session, email)


@pytest.fixture
def required(app: Flask, session: Session) -> None:
    """Staff require it of everybody."""
    with app.app_context():
        save_settings(session, {"two_factor": ["required"]})


@pytest.fixture
def inside(client: FlaskClient, contact: Any, phone: Phone) -> FlaskClient:
    """A browser in which she has signed in with password and code."""
    portal_sign_in(client, contact.email)
    assert post(client, CODE, code=phone.code()).location == "/portal/"
    return client


def post(client: FlaskClient, url: str, page: str | None = None, **form: str) -> Any:
    """Send the form of a page."""
    return client.post(url, data={"csrf_token": csrf_token(client, page or url), **form})


def offered(page: str) -> tuple[str, str]:
    """The hidden offer of the page that sets it up, and the secret that it shows."""
    token = re.search(r'name="offer" value="([^"]+)"', page)
    groups = re.search(r'class="portal-key"[^>]*>(.*?)</p>', page, re.DOTALL)
    assert token is not None
    assert groups is not None
    return token[1], "".join(re.findall(r"<span>(\w{4})</span>", groups[1]))


def recovery_codes(page: str) -> list[str]:
    """The codes of the page that shows them."""
    return re.findall(r"<li>([2-9A-Z]{5}-[2-9A-Z]{5})</li>", page)


def set_up(client: FlaskClient, url: str = SET_UP, **form: str) -> tuple[Any, str]:
    """Scan, type the app's code of a moment ago and the password; the answer and the secret."""
    offer, secret = offered(client.get(url).text)
    typed = {"new_code": code_of(secret, -1), "current_password": PASSWORD, **form}
    return post(client, SET_UP, offer=offer, **typed), secret


def test_the_whole_way(
    client: FlaskClient, contact: Any, smtp: RecordingSmtp, drain: Callable[[], None]
) -> None:
    """P5: scan, confirm, keep the codes; then the password asks for a code, which lets in."""
    portal_sign_in(client, contact.email)
    assert "Off" in client.get(STATE).text
    answer, secret = set_up(client)
    codes = recovery_codes(answer.text)
    assert answer.status_code == 200
    assert len(set(codes)) == 10
    assert "Every other session has ended." in answer.text
    page = client.get(STATE).text
    assert "On" in page
    assert not recovery_codes(page)
    drain()
    assert "Two-factor authentication is on" in smtp.to(contact.email)[-1]["Subject"]

    post(client, "/portal/sign-out", "/portal/")
    answer = portal_sign_in(client, contact.email)
    assert answer.location == CODE
    assert "contacts_session=" not in str(answer.headers.getlist("Set-Cookie"))
    assert contact.email in client.get(CODE).text
    assert client.get("/portal/").status_code == 302
    answer = post(client, CODE, code=code_of(secret))
    assert answer.location == "/portal/"
    assert client.get("/portal/").status_code == 200
    assert client.get(CODE).location == "/portal/"  # back: nothing waits any more


def test_the_qr_code_and_the_key_say_the_same(client: FlaskClient, contact: Any) -> None:
    """Drawn inline without style, script or an address to load; each page another secret."""
    portal_sign_in(client, contact.email)
    page = client.get(SET_UP).text
    _token, secret = offered(page)
    link = re.search(r'href="(otpauth://[^"]+)"', page)
    assert link is not None
    uri = unquote(unescape(link[1]))
    assert f"secret={secret}" in uri
    assert contact.email in uri
    drawn = re.search(r'<svg[^>]*class="portal-qr-code".*?</svg>', page, re.DOTALL)
    assert drawn is not None
    assert "style" not in drawn[0]
    assert offered(client.get(SET_UP).text)[1] != secret
    assert client.get(SET_UP).headers["Cache-Control"] == "no-store"


def test_what_is_wrong_is_said_at_its_field(client: FlaskClient, contact: Any) -> None:
    """The code to scan stays the same, so that nobody has to scan again; no password is shown."""
    portal_sign_in(client, contact.email)
    offer, secret = offered(client.get(SET_UP).text)
    answer = post(client, SET_UP, offer=offer, new_code="000", current_password="not mine at all")
    assert answer.status_code == 422
    assert offered(answer.text) == (offer, secret)
    assert 'id="new_code-error"' in answer.text
    assert 'id="current_password-error"' in answer.text
    assert "not mine at all" not in answer.text


@pytest.mark.parametrize("offer", ["", "junk", "x" * 9000, "\0", "<b>"])
def test_a_foreign_offer_is_answered_with_a_new_one(
    client: FlaskClient, contact: Any, session: Session, offer: str
) -> None:
    """Nobody can plant a secret, and a page that was left open says so."""
    portal_sign_in(client, contact.email)
    answer = post(client, SET_UP, offer=offer, new_code="123456", current_password=PASSWORD)
    assert answer.status_code == 422
    assert "Scan the new code." in answer.text
    assert session.scalar(select(func.count()).select_from(TwoFactor)) == 0


def test_next_survives_both_steps(client: FlaskClient, contact: Any, phone: Phone) -> None:
    """P2: the page that was asked for, after the code; and no other site's."""
    wanted = client.get("/portal/invoices/?q=a+b").location
    token = csrf_token(client, wanted)
    form = {"csrf_token": token, "email": contact.email, "password": PASSWORD}
    answer = client.post("/portal/sign-in", data={**form, "next": "/portal/invoices/?q=a+b"})
    assert answer.location.startswith(f"{CODE}?next=")
    page = client.get(answer.location).text
    assert 'name="next" value="/portal/invoices/?q=a+b"' in page
    answer = post(client, CODE, code="000000", next="/portal/invoices/?q=a+b")
    assert 'name="next" value="/portal/invoices/?q=a+b"' in answer.text
    evil = post(client, CODE, code=phone.code(), next="https://evil.example/")
    assert evil.location == "/portal/"


def test_the_waiting_cookie(client: FlaskClient, contact: Any, phone: Phone) -> None:
    """HttpOnly, the portal's path, ten minutes, signed; it opens no page, and is gone after."""
    answer = portal_sign_in(client, contact.email)
    [cookie] = [one for one in answer.headers.getlist("Set-Cookie") if "contacts_code=" in one]
    assert {"HttpOnly", "SameSite=Lax", "Path=/portal", "Max-Age=600"} <= set(cookie.split("; "))
    assert client.get("/portal/account/").status_code == 302
    with time_machine.travel(utc_now().timestamp() + 601):
        assert client.get(CODE).location == "/portal/sign-in"
    answer = post(client, CODE, code=phone.code())
    cleared = [one for one in answer.headers.getlist("Set-Cookie") if "contacts_code=;" in one]
    assert cleared


@pytest.mark.parametrize("cookie", ["", "junk", "W10.x.y", "a" * 3000])
def test_without_the_first_step_there_is_no_second(
    client: FlaskClient, contact: Any, phone: Phone, cookie: str
) -> None:
    """Nobody comes to the page, or past it, without the password."""
    client.set_cookie("contacts_code", cookie, path="/portal")
    assert client.get(CODE).location == "/portal/sign-in"
    form = {"csrf_token": csrf_token(client, "/portal/sign-in"), "code": phone.code()}
    assert client.post(CODE, data=form).location == "/portal/sign-in"
    assert client.get("/portal/").status_code == 302


def test_a_wrong_password_tells_of_no_second_factor(
    client: FlaskClient, contact: Any, phone: Phone
) -> None:
    """6.3.8: what a stranger sees is the same with it and without."""
    answer = portal_sign_in(client, contact.email, "wrong")
    unknown = portal_sign_in(client, "nobody@example.com", "wrong")
    assert answer.status_code == unknown.status_code == 422
    assert answer.text.replace(contact.email, "nobody@example.com").count("code") == (
        unknown.text.count("code")
    )
    assert "contacts_code" not in str(answer.headers)


def test_too_many_codes_say_how_long_to_wait(
    app: Flask, client: FlaskClient, contact: Any, phone: Phone
) -> None:
    """6.3.1: 429 with the time to wait, even for the right one."""
    portal_sign_in(client, contact.email)
    for _guess in range(TWO_FACTOR_FAILURES):
        assert post(client, CODE, code="000000").status_code == 422
    answer = post(client, CODE, code=phone.code())
    assert answer.status_code == 429
    assert int(answer.headers["Retry-After"]) > 0
    assert "Too many attempts" in answer.text


def test_a_recovery_code_lets_in_and_warns(
    client: FlaskClient, contact: Any, phone: Phone, session: Session
) -> None:
    """Typed into its own field; where few are left, the next page says so."""
    for number, one in enumerate(phone.recovery_codes[:8]):
        portal_sign_in(client, contact.email)
        assert post(client, CODE, recovery_code=one).location == "/portal/"
        page = client.get("/portal/").text
        assert ("recovery code" in page) == (number >= 6), number
    assert "You have 2 recovery codes left." in page
    portal_sign_in(client, contact.email)
    answer = post(client, CODE, recovery_code=phone.recovery_codes[0])
    assert 'id="recovery_code-error"' in answer.text
    assert '<details class="portal-recovery" open>' in answer.text


def test_a_secret_that_no_key_opens(
    app: Flask, client: FlaskClient, contact: Any, phone: Phone
) -> None:
    """A page that says what to do; a recovery code still lets in."""
    app.config["CONTACTS_SECRET_KEYS"] = ["a key that nobody knew"]
    portal_sign_in(client, contact.email)
    answer = post(client, CODE, code=phone.code())
    assert answer.status_code == 409
    assert "Please ask us to reset it" in answer.text
    assert post(client, CODE, recovery_code=phone.recovery_codes[0]).location == "/portal/"
    answer = post(client, OFF, current_password=PASSWORD, code=phone.code(1))
    assert answer.status_code == 422
    assert "cannot be checked any more" in answer.text


def test_new_recovery_codes(inside: FlaskClient, phone: Phone) -> None:
    """Shown once, to be copied, downloaded and printed; those of before are void."""
    page = inside.get(NEW_CODES).text
    assert "You have 10 recovery codes left." in page
    answer = post(inside, NEW_CODES, current_password="wrong", code=phone.code(1))
    assert answer.status_code == 422
    assert not recovery_codes(answer.text)
    answer = post(inside, NEW_CODES, current_password=PASSWORD, code=phone.code(1))
    codes = recovery_codes(answer.text)
    assert len(codes) == 10
    assert not set(codes) & set(phone.recovery_codes)
    assert answer.headers["Cache-Control"] == "no-store"
    download = re.search(
        r'download="recovery-codes.txt" href="data:text/plain[^,]*,([^"]+)"', answer.text
    )
    assert download is not None
    assert unquote(download[1]).splitlines()[2:] == codes
    assert not recovery_codes(inside.get(NEW_CODES).text)


def test_another_app_takes_its_place(inside: FlaskClient, phone: Phone) -> None:
    """With a code of the former one; the session goes on with another cookie."""
    answer, _secret = set_up(inside)
    assert answer.status_code == 422
    assert 'id="code-error"' in answer.text
    answer, _secret = set_up(inside, code=phone.code(1))
    assert len(recovery_codes(answer.text)) == 10
    assert inside.get(STATE).status_code == 200


def test_turning_it_off(inside: FlaskClient, phone: Phone, contact: Any, app: Flask) -> None:
    """Password and code; then the password alone opens, and the page says Off."""
    assert post(inside, OFF, current_password=PASSWORD).status_code == 422
    answer = post(inside, OFF, current_password=PASSWORD, code=phone.code(1))
    assert answer.location == STATE
    page = inside.get(STATE).text
    assert "Two-factor authentication is off." in page
    assert inside.get(OFF).location == inside.get(NEW_CODES).location == STATE
    assert portal_sign_in(app.test_client(), contact.email).location == "/portal/"


@pytest.mark.usefixtures("required")
def test_what_is_required_cannot_be_turned_off(inside: FlaskClient, phone: Phone) -> None:
    """No button, and no way round it."""
    assert OFF not in inside.get(STATE).text
    assert "<form" not in inside.get(OFF).text.partition("<main")[2]
    answer = post(
        inside, OFF, "/portal/account/password", current_password=PASSWORD, code=phone.code(1)
    )
    assert answer.status_code == 422
    assert "On" in inside.get(STATE).text


def test_required_of_who_is_signed_in_already(
    client: FlaskClient, contact: Any, session: Session, request: pytest.FixtureRequest
) -> None:
    """With the next request nothing opens but setting it up and signing out, whoever's page it
    is; afterwards the page that was asked for."""
    portal_sign_in(client, contact.email)
    token = csrf_token(client, "/portal/account/")
    request.getfixturevalue("required")
    for path in ("/portal/", "/portal/invoices/", "/portal/account/", STATE, NEW_CODES, OFF):
        assert client.get(path).location.startswith(f"{SET_UP}?next="), path
    for path in ("/portal/switch-company", "/portal/account/", "/portal/account/data"):
        answer = client.post(path, data={"csrf_token": token, "firstname": "Eve"})
        assert answer.location.startswith(SET_UP), path
    session.expire_all()
    assert session.get_one(Contact, contact.id).firstname == "Ada"
    page = client.get(f"{SET_UP}?next=/portal/invoices/").text
    assert '/portal/invoices/"' in page
    assert "<nav" not in page
    assert "Sign out" in page
    answer, _secret = set_up(client, f"{SET_UP}?next=/portal/invoices/", next="/portal/invoices/")
    assert len(recovery_codes(answer.text)) == 10
    assert 'href="/portal/invoices/"' in answer.text
    assert client.get("/portal/").status_code == 200


@pytest.mark.usefixtures("required")
def test_required_right_after_signing_in(client: FlaskClient, contact: Any) -> None:
    """The sign-in page leads on to it too, and signing out is open."""
    assert client.get(portal_sign_in(client, contact.email).location).location.startswith(SET_UP)
    assert client.get(client.get("/portal/sign-in").location).location.startswith(SET_UP)
    answer = post(client, "/portal/sign-out", SET_UP)
    assert answer.location == "/portal/sign-in"
    assert client.get(SET_UP).location.startswith("/portal/sign-in")


@pytest.mark.usefixtures("required")
def test_a_mailed_link_works_where_it_must_be_set_up(
    client: FlaskClient, contact: Any, session: Session
) -> None:
    """Whoever has forgotten the password needs it first, and setting up asks for it."""
    portal_sign_in(client, contact.email)
    answer = post(client, "/portal/forgot-password", email=contact.email)
    assert answer.status_code == 303
    assert session.scalar(select(func.count()).where(Mail.template == "reset_password")) == 1


def test_reading_changes_nothing(inside: FlaskClient, session: Session) -> None:
    """3.5.3: no GET of these pages writes a row."""
    before = {
        table.name: session.execute(select(table)).all() for table in Base.metadata.sorted_tables
    }
    session.rollback()
    for path in (STATE, SET_UP, NEW_CODES, OFF, CODE):
        inside.get(path)
    for table in Base.metadata.sorted_tables:
        assert session.execute(select(table)).all() == before[table.name], table.name


def test_the_pages_ask_little(inside: FlaskClient, statements: Statements) -> None:
    """At most six statements each."""
    for path in (STATE, SET_UP, NEW_CODES, OFF):
        inside.get(path)
        with statements() as seen:
            assert inside.get(path).status_code == 200
        assert len(seen) <= 6, (path, seen)


def test_colleagues_of_another_login_are_not_touched(
    app: Flask, session: Session, contact: Any, phone: Phone, make_contact: Make
) -> None:
    """It belongs to one login: others sign in as before, and their codes are not hers."""
    other = make_contact(contact.customer_id)
    browser = app.test_client()
    assert portal_sign_in(browser, other.email).location == "/portal/"
    assert session.scalar(select(func.count()).select_from(TwoFactor)) == 1
    page = browser.get(STATE).text
    assert "Off" in page


def test_the_download_says_that_it_is_on(inside: FlaskClient, phone: Phone) -> None:
    """And holds no secret and no code."""
    text = post(inside, "/portal/account/data").text
    assert '"two_factor_authentication": true' in text
    assert phone.secret not in text


def test_the_session_is_a_new_one(inside: FlaskClient, session: Session, contact: Any) -> None:
    """7.2.4: signing in with a code opens one session, of the login's present epoch."""
    login = session.get_one(Login, contact.login_id)
    opened = select(PortalSession).where(PortalSession.ended_at.is_(None))
    [row] = session.scalars(opened)
    assert row.session_epoch == login.session_epoch


def test_the_codes_page_loaded_again(client: FlaskClient, contact: Any, session: Session) -> None:
    """The form is sent again then: it does nothing, and a page says what became of the codes."""
    portal_sign_in(client, contact.email)
    offer, secret = offered(client.get(SET_UP).text)
    form = {"offer": offer, "new_code": code_of(secret, -1), "current_password": PASSWORD}
    first = post(client, SET_UP, **form)
    assert recovery_codes(first.text)
    again = post(client, SET_UP, **form)
    assert again.location == STATE
    page = client.get(STATE).text
    assert "shown only once" in page
    page = client.get(NEW_CODES)
    typed = {"current_password": PASSWORD, "code": code_of(secret, 0)}
    first = press(client, page, "Make new codes", **typed)
    assert len(recovery_codes(first.text)) == 10
    again = press(client, page, "Make new codes", **typed)
    assert again.request.path == STATE
    assert "shown only once" in again.text
