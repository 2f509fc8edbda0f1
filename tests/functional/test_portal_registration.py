"""Registering in the portal (BEHAVIOUR P6)."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from flask_contacts.clock import utc_now
from flask_contacts.models import Base, Contact, Customer, Login, Mail, Registration
from flask_contacts.services import settings
from flask_contacts.services.accounts import passwords
from flask_contacts.services.contacts.states import deactivate_contact
from flask_contacts.testing import PASSWORD, RecordingSmtp, csrf_token, portal_sign_in
from tests.host_app import CUSTOMER_NAME, new_customer
from tests.registrations import (
    CONFIRM,
    REGISTER,
    SECRET,
    TYPED,
    WHO,
    allow,
    confirm,
    post,
    proof_link,
)

Make = Callable[..., Any]
Drain = Callable[[], None]


@pytest.fixture
def opened(app: Flask, session: Session) -> None:
    """People may register, and staff approve."""
    with app.app_context():
        allow(session, notices="sales@host.example")


@pytest.fixture
def opened_at_once(app: Flask, session: Session) -> None:
    """People may register, and need no approval."""
    with app.app_context():
        allow(session, approval=False, notices="sales@host.example, boss@host.example")


def rows(session: Session) -> dict[str, int]:
    """Rows in each of our tables."""
    session.rollback()
    tables = [table for table in Base.metadata.sorted_tables if table.name.startswith("contacts_")]
    return {
        table.name: session.scalar(select(func.count()).select_from(table)) or 0 for table in tables
    }


def only(session: Session) -> Registration:
    """The one registration there is."""
    session.rollback()
    return session.scalars(select(Registration)).one()


def test_it_is_off_until_staff_allow_it(client: FlaskClient) -> None:
    """P6: the pages are not there, and the sign-in page does not speak of them."""
    assert "Register" not in client.get("/portal/sign-in").text
    token = csrf_token(client, "/portal/sign-in")
    for path in (REGISTER, CONFIRM, f"{CONFIRM}/", f"{CONFIRM}/some.token"):
        assert client.get(path).status_code == 404
    for path in (REGISTER, CONFIRM, f"{CONFIRM}/new-link"):
        assert client.post(path, data={**TYPED, "csrf_token": token}).status_code == 404


@pytest.mark.usefixtures("opened_at_once")
def test_the_whole_way_without_approval(
    client: FlaskClient, session: Session, smtp: RecordingSmtp, drain: Drain
) -> None:
    """Typed, mailed, confirmed with the password: a customer, its primary contact with the
    default permissions, a proven login, the welcome mail, and staff are told."""
    assert 'href="/portal/register"' in client.get("/portal/sign-in").text
    page = client.get(REGISTER).text
    assert 'autocomplete="new-password"' in page
    sent = post(client)
    assert (sent.status_code, sent.location) == (303, f"{REGISTER}?sent=1")
    assert "Check your mailbox" in client.get(sent.location).text
    assert session.scalar(select(func.count()).select_from(Contact)) == 0
    drain()
    mail = smtp.to(WHO)[-1]
    for typed in ("Mara", "Lind", "Aurora Coffee", SECRET):
        assert typed not in mail.as_string(), "a stranger may have typed it"
    path = proof_link(smtp)
    client.get(path)
    shown = client.get(CONFIRM).text
    for typed in ("Aurora Coffee", "Mara Lind", WHO):
        assert typed in shown
    done = confirm(client, path)
    assert (done.status_code, done.location) == (303, "/portal/sign-in")
    assert "You can sign in now" in client.get(done.location).text
    session.rollback()
    contact = session.scalars(select(Contact)).one()
    assert (contact.name, contact.is_primary, str(contact.customer)) == (
        "Mara Lind",
        True,
        "Aurora Coffee",
    )
    assert (contact.phone, contact.phone_e164) == ("+1 212 555 0123", "+12125550123")
    assert contact.language == "en"
    with client.application.app_context():
        assert contact.permission_names == settings.default_permissions(session)
    assert {"invoice", "project"} <= contact.topic_names
    login = session.scalars(select(Login)).one()
    assert (login.proven_at is not None, login.held) == (True, True)
    found = only(session)
    assert (found.state, found.contact_id, found.password_hash) == ("approved", contact.id, None)
    smtp.clear()
    drain()
    assert [str(one["Subject"]) for one in smtp.to(WHO)] == ["Welcome aboard, Mara"]
    for staff in ("sales@host.example", "boss@host.example"):
        [notice] = smtp.to(staff)
        assert "Aurora Coffee has registered" in str(notice["Subject"])
        assert f"/contacts-registrations/show/{found.id}" in notice.as_string()
        assert "open to them already" in notice.as_string()
    assert portal_sign_in(client, WHO, SECRET).status_code == 303
    assert client.get("/portal/").status_code == 200


@pytest.mark.usefixtures("opened")
def test_with_approval_it_waits(
    client: FlaskClient, session: Session, smtp: RecordingSmtp, drain: Drain
) -> None:
    """Confirmed, but nobody yet: staff are told, and nothing opens."""
    post(client)
    drain()
    done = confirm(client, proof_link(smtp))
    assert "looks at your registration now" in client.get(done.location).text
    found = only(session)
    assert (found.state, found.contact_id) == ("waiting", None)
    assert session.scalar(select(func.count()).select_from(Contact)) == 0
    assert portal_sign_in(client, WHO, SECRET).status_code == 422
    drain()
    [notice] = smtp.to("sales@host.example")
    assert "waits for you to approve" in notice.as_string().replace("=\r\n", "").replace("=\n", "")


@pytest.mark.usefixtures("opened")
def test_what_cannot_be_taken_is_said_at_its_field(client: FlaskClient, session: Session) -> None:
    """422, everything typed is there again but the password, and nothing is written."""
    before = rows(session)
    wrong = post(
        client, company=" ", firstname="", email="no address", phone="call me", password="short"
    )
    assert wrong.status_code == 422
    for field in ("company", "firstname", "email", "phone", "password"):
        assert f'id="{field}-error"' in wrong.text
    assert 'id="lastname-error"' not in wrong.text
    assert 'value="Lind"' in wrong.text
    assert 'value="no address"' in wrong.text
    assert "short" not in wrong.text.replace("A short sentence", "")
    assert rows(session) == before
    for password, words in (
        ("password1234", "too common"),
        ("Aurora Coffee", "your name or e-mail"),
        (WHO, "your name or e-mail"),
        ("x" * 1100, "cannot be used"),
        ("a\0" + SECRET, "cannot be used"),
    ):
        assert words in post(client, password=password).text
    long = post(client, company="A" * 192, lastname="b" * 101, phone="1" * 41)
    for field in ("company", "lastname", "phone"):
        assert f'id="{field}-error"' in long.text
    assert post(client, firstname="a\x01b").status_code == 422
    assert rows(session) == before


@pytest.mark.usefixtures("opened")
@pytest.mark.parametrize("name", ["customer_id", "state", "is_primary", "id", "proven_at"])
def test_no_other_field_can_be_sent(client: FlaskClient, session: Session, name: str) -> None:
    """8.2.3: a field that the form does not have is refused, and nothing is written."""
    before = rows(session)
    assert post(client, **{name: "1"}).status_code == 422
    assert rows(session) == before


@pytest.mark.usefixtures("opened")
def test_the_answer_is_the_same_for_every_address(
    client: FlaskClient,
    session: Session,
    make_customer: Make,
    make_contact: Make,
    monkeypatch: pytest.MonkeyPatch,
    smtp: RecordingSmtp,
    drain: Drain,
) -> None:
    """6.3.8: known, unknown, inactive and password-less: same body, status, hash calls and
    rows; who has an account is mailed that, and no link to confirm anything."""
    hashed: list[str] = []
    genuine = passwords.hash_password
    monkeypatch.setattr(passwords, "hash_password", lambda one: hashed.append(one) or genuine(one))
    customer = make_customer()
    make_contact(customer, firstname="Known", email="known@example.com")
    make_contact(customer, email="none@example.com", password="", send_password_mail=True)
    inactive = make_contact(customer, email="inactive@example.com")
    with client.application.app_context():
        deactivate_contact(session, customer.id, inactive.id)
    drain()
    smtp.clear()
    answers, changes = [], []
    people = ("known", "unknown", "none", "inactive")
    for who in people:
        before = rows(session)
        hashed.clear()
        response = post(client, email=f"{who}@example.com")
        page = client.get(response.location).text.replace(csrf_token(client, REGISTER), "")
        answers.append((response.status_code, response.location, len(hashed), len(page)))
        after = rows(session)
        changes.append({name: after[name] - before[name] for name in after})
    assert len(set(answers)) == 1, answers
    assert answers[0][2] == 1
    assert all(change == changes[0] for change in changes)
    assert changes[0]["contacts_registration"] == changes[0]["contacts_mail"] == 1
    drain()
    subjects = {who: str(smtp.to(f"{who}@example.com")[-1]["Subject"]) for who in people}
    already, link = "You have an account at Test Host already", "Confirm your registration at"
    assert subjects["known"] == subjects["none"] == already
    assert link in subjects["unknown"]
    assert link in subjects["inactive"]
    told = smtp.to("known@example.com")[-1].as_string()
    assert "forgot-password" in told
    assert CONFIRM not in told
    assert "Dear Known" in told


@pytest.mark.usefixtures("opened")
def test_a_failing_mail_server_changes_nothing_of_it(
    client: FlaskClient, session: Session, smtp: RecordingSmtp, drain: Drain
) -> None:
    """M3: the posting does not wait for it, and the mail leaves once it is back."""
    smtp.down = True
    assert post(client).status_code == 303
    drain()
    assert session.scalars(select(Mail.state)).all() == ["waiting"]
    smtp.down = False
    session.rollback()
    session.scalars(select(Mail)).one().not_before = utc_now()
    session.commit()
    drain()
    assert confirm(client, proof_link(smtp)).status_code == 303


@pytest.mark.usefixtures("opened")
def test_an_address_is_mailed_no_more_than_the_limit(
    app: Flask, client: FlaskClient, session: Session, smtp: RecordingSmtp, drain: Drain
) -> None:
    """2.4.1: in silence."""
    for _ in range(12):
        assert post(client).status_code == 303
    drain()
    assert len(smtp.to(WHO)) <= app.config["CONTACTS_LINKS_PER_HOUR"]
    mails = session.scalar(select(func.count()).select_from(Mail))
    assert mails == app.config["CONTACTS_LINKS_PER_HOUR"]


@pytest.mark.usefixtures("opened")
def test_a_network_address_registers_only_so_often(app: Flask, client: FlaskClient) -> None:
    """6.3.1: a registration mails a stranger, so it counts as six requests."""
    app.config["CONTACTS_REQUESTS_PER_ADDRESS"] = "61 per minute"
    token = csrf_token(client, REGISTER)
    answers = [
        client.post(
            REGISTER,
            data={**TYPED, "email": f"a{number}@example.com", "csrf_token": token},
            environ_base={"REMOTE_ADDR": "203.0.113.77"},
        )
        for number in range(11)
    ]
    assert [one.status_code for one in answers] == [303] * 10 + [429]
    assert int(answers[-1].headers["Retry-After"]) > 0
    assert 'value="Aurora Coffee"' in answers[-1].text


@pytest.mark.usefixtures("opened")
def test_there_is_one_pending_registration_of_an_address(
    client: FlaskClient, session: Session, smtp: RecordingSmtp, drain: Drain
) -> None:
    """The latest counts, however the address is written; the link of before proves nothing."""
    post(client)
    drain()
    first = proof_link(smtp)
    post(
        client, company="Aurora Roasters", email="MARA@Aurora.example", password="another " + SECRET
    )
    drain()
    assert only(session).company == "Aurora Roasters"
    dead = confirm(client, first)
    assert dead.status_code == 410
    assert "This link is no longer valid" in dead.text
    assert confirm(client, proof_link(smtp), SECRET).status_code == 422
    assert confirm(client, proof_link(smtp), "another " + SECRET).status_code == 303


@pytest.mark.usefixtures("opened")
def test_a_mail_that_waits_while_something_else_is_typed_is_not_sent(
    client: FlaskClient, session: Session, smtp: RecordingSmtp, drain: Drain
) -> None:
    """M2: a link proves exactly what it was mailed for."""
    post(client)
    post(client, company="Aurora Roasters")
    drain()
    assert len(smtp.to(WHO)) == 1
    client.get(proof_link(smtp))
    assert "Aurora Roasters" in client.get(CONFIRM).text
    assert session.scalars(select(Mail.error).order_by(Mail.id)).all() == [
        "registration_over",
        None,
    ]


@pytest.mark.usefixtures("opened")
def test_opening_a_link_changes_nothing(
    client: FlaskClient, session: Session, smtp: RecordingSmtp, drain: Drain
) -> None:
    """A scanner may open it, and press the button: without the password it proves nothing."""
    post(client)
    drain()
    path = proof_link(smtp)
    before = session.execute(select(Registration.__table__)).all()
    for _ in range(3):
        assert client.head(path).status_code == 302
        assert client.get(path, follow_redirects=True).status_code == 200
        assert client.head(CONFIRM).status_code == 200
    for password, words in (("", "Enter the password"), ("a wrong one", "not the password")):
        refused = confirm(client, path, password)
        assert refused.status_code == 422
        assert words in refused.text
    session.rollback()
    assert session.execute(select(Registration.__table__)).all() == before
    assert confirm(client, path).status_code == 303


@pytest.mark.usefixtures("opened")
def test_guessing_the_password_of_a_link_is_limited(
    app: Flask, client: FlaskClient, smtp: RecordingSmtp, drain: Drain
) -> None:
    """6.3.1: guesses are counted with those at the sign-in, and the form says how long."""
    app.config["CONTACTS_SIGN_IN_FAILURES"] = 3
    post(client)
    drain()
    path = proof_link(smtp)
    answers = [confirm(client, path, "wrong").status_code for _ in range(4)]
    assert answers == [422, 422, 422, 429]


@pytest.mark.usefixtures("opened")
def test_the_token_leaves_the_address_at_once(
    client: FlaskClient, smtp: RecordingSmtp, drain: Drain
) -> None:
    """14.2.1: no page and no address holds it, and no referrer is sent."""
    post(client)
    drain()
    path = proof_link(smtp)
    token = path.rpartition("/")[2]
    response = client.get(path)
    page = client.get(CONFIRM)
    assert response.location == CONFIRM
    for answer in (response, page):
        assert token not in answer.text
        assert answer.headers["Referrer-Policy"] == "no-referrer"
        assert answer.headers["Cache-Control"] == "no-store"


@pytest.mark.usefixtures("opened")
def test_a_link_works_once(client: FlaskClient, smtp: RecordingSmtp, drain: Drain) -> None:
    """Used: the page says that the address is confirmed, and offers no other."""
    post(client)
    drain()
    path = proof_link(smtp)
    assert confirm(client, path).status_code == 303
    client.get(path)
    again = client.get(CONFIRM)
    assert again.status_code == 410
    assert "your address is confirmed" in again.text
    assert "Send me a new link" not in again.text


@pytest.mark.usefixtures("opened")
def test_an_expired_link_offers_another(
    client: FlaskClient, session: Session, smtp: RecordingSmtp, drain: Drain
) -> None:
    """48 hours from its sending; the new one is for what was typed, and the old stays dead."""
    post(client)
    drain()
    path = proof_link(smtp)
    found = only(session)
    assert found.link_expires_at is not None
    left = found.link_expires_at - utc_now()
    assert timedelta(hours=47, minutes=59) < left <= timedelta(hours=48)
    found.link_expires_at = utc_now()
    session.commit()
    dead = confirm(client, path)
    assert dead.status_code == 410
    assert "This link has expired" in dead.text
    token = csrf_token(client, "/portal/sign-in")
    asked = client.post(f"{CONFIRM}/new-link", data={"csrf_token": token})
    assert asked.location == f"{REGISTER}?sent=1"
    drain()
    assert proof_link(smtp) != path
    assert confirm(client, proof_link(smtp)).status_code == 303


@pytest.mark.usefixtures("opened")
def test_a_purged_registration_has_an_expired_link(
    app: Flask, client: FlaskClient, session: Session, smtp: RecordingSmtp, drain: Drain
) -> None:
    """P6: after 48 hours nothing is left of what nobody confirmed, whether mailed or not."""
    post(client)
    drain()
    post(client, email="never.mailed@example.com")
    path = proof_link(smtp)
    runner = app.test_cli_runner()
    assert "registrations that are over: 0" in runner.invoke(args=["contacts", "purge"]).output
    session.rollback()
    long_ago = utc_now() - timedelta(hours=48, seconds=1)
    for found in session.scalars(select(Registration)):
        found.asked_at = long_ago
        if found.link_expires_at is not None:
            found.link_expires_at = utc_now() - timedelta(seconds=1)
    session.commit()
    assert "registrations that are over: 2" in runner.invoke(args=["contacts", "purge"]).output
    drain()
    assert smtp.to("never.mailed@example.com") == []
    assert confirm(client, path).status_code == 410
    token = csrf_token(client, "/portal/sign-in")
    asked = client.post(f"{CONFIRM}/new-link", data={"csrf_token": token})
    assert asked.location == f"{REGISTER}?sent=1", "the same answer, and no mail"


@pytest.mark.usefixtures("opened")
@pytest.mark.parametrize("junk", ["", "x", "a.b.c", "\ud800", "%00", "é" * 3000])
def test_a_link_that_is_none(client: FlaskClient, junk: str) -> None:
    """9.2.1: cut, altered, never signed: the same page, with a way on."""
    client.get(f"{CONFIRM}/{junk}".encode("utf-8", "surrogatepass").decode("latin-1"))
    page = client.get(CONFIRM)
    assert page.status_code == 404
    assert "This link does not work" in page.text
    assert REGISTER in page.text


@pytest.mark.usefixtures("opened")
def test_a_link_for_something_else_confirms_nothing(
    client: FlaskClient, make_customer: Make, smtp: RecordingSmtp, drain: Drain, make_contact: Make
) -> None:
    """9.2.2: a link that sets a password proves no registration, nor the other way round."""
    contact = make_contact(make_customer(), password="", send_password_mail=True)
    post(client)
    drain()
    token = proof_link(smtp).rpartition("/")[2]
    client.get(f"/portal/set-password/{token}")
    assert client.get("/portal/set-password").status_code == 404
    other = smtp.to(contact.email)[-1].get_body(("plain",)).get_content()
    path = next(word for word in other.split() if "/set-password/" in word).rpartition("/")[2]
    client.get(f"{CONFIRM}/{path}")
    assert client.get(CONFIRM).status_code == 404


@pytest.mark.usefixtures("opened")
def test_an_address_that_became_a_contacts(
    client: FlaskClient,
    session: Session,
    make_customer: Make,
    make_contact: Make,
    smtp: RecordingSmtp,
    drain: Drain,
) -> None:
    """A clear page, nothing registered, and what was typed is gone."""
    post(client)
    drain()
    path = proof_link(smtp)
    make_contact(make_customer(), email=WHO)
    done = confirm(client, path)
    assert done.status_code == 409
    assert "You have an account already" in done.text
    assert "/portal/forgot-password" in done.text
    assert session.scalar(select(func.count()).select_from(Registration)) == 0
    assert portal_sign_in(client, WHO, SECRET).status_code == 422
    assert portal_sign_in(client, WHO, PASSWORD).status_code == 303


@pytest.mark.usefixtures("opened_at_once")
def test_who_left_may_register_again(
    client: FlaskClient,
    session: Session,
    make_customer: Make,
    make_contact: Make,
    smtp: RecordingSmtp,
    drain: Drain,
) -> None:
    """A person without an active contact gets in with the new password, at the new customer
    alone, and is told that the password is another one."""
    former = make_contact(make_customer(), email=WHO)
    with client.application.app_context():
        deactivate_contact(session, former.customer_id, former.id)
    post(client)
    drain()
    smtp_links = proof_link(smtp)
    smtp.clear()
    assert confirm(client, smtp_links).status_code == 303
    drain()
    subjects = [str(mail["Subject"]) for mail in smtp.to(WHO)]
    assert subjects == ["Aurora Coffee was added to your account", "Your password was changed"]
    assert portal_sign_in(client, WHO, PASSWORD).status_code == 422
    assert portal_sign_in(client, WHO, SECRET).status_code == 303
    assert "Aurora Coffee" in client.get("/portal/").text


@pytest.mark.usefixtures("opened")
def test_confirming_again_replaces_what_waits(
    client: FlaskClient, session: Session, smtp: RecordingSmtp, drain: Drain
) -> None:
    """One registration of an address waits for staff: the one that was confirmed last."""
    for company in ("Aurora Coffee", "Aurora Roasters"):
        post(client, company=company)
        drain()
        assert confirm(client, proof_link(smtp)).status_code == 303
    assert (only(session).company, only(session).state) == ("Aurora Roasters", "waiting")


@pytest.mark.usefixtures("opened_at_once")
def test_a_customer_that_the_host_refuses_waits_for_staff(
    app: Flask,
    client: FlaskClient,
    session: Session,
    smtp: RecordingSmtp,
    drain: Drain,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    """Whom nothing could be made of is not lost: the address is proven, and staff see it."""

    def nameless(_values: object) -> Any:
        customer = new_customer("x")
        setattr(customer, CUSTOMER_NAME, None)
        return customer

    monkeypatch.setattr(app.extensions["contacts"].registry, "register_customer", nameless)
    post(client)
    drain()
    done = confirm(client, proof_link(smtp))
    assert "looks at your registration now" in client.get(done.location).text
    assert (only(session).state, only(session).password_hash is not None) == ("waiting", True)
    assert session.scalar(select(func.count()).select_from(Customer)) == 0
    assert "it waits for staff" in caplog.text


@pytest.mark.usefixtures("opened")
def test_the_portals_language_is_kept(
    app: Flask, client: FlaskClient, session: Session, smtp: RecordingSmtp, drain: Drain
) -> None:
    """N8: the mail and the page behind its link speak the language of the form."""
    token = csrf_token(client, REGISTER)
    client.post("/portal/language", data={"language": "pt_BR", "csrf_token": token})
    post(client)
    assert only(session).language == "pt_BR"
    drain()
    path = proof_link(smtp)
    other = app.test_client()
    other.get(path)
    assert 'lang="pt-BR"' in other.get(CONFIRM).text


@pytest.mark.usefixtures("opened")
def test_who_is_signed_in_needs_no_registration(
    contact_client: Callable[..., FlaskClient],
) -> None:
    """The form leads on to the portal."""
    assert contact_client().get(REGISTER).location == "/portal/"


@pytest.mark.usefixtures("opened")
def test_the_pages_are_cheap(
    client: FlaskClient, smtp: RecordingSmtp, drain: Drain, statements: Any
) -> None:
    """At most six statements a page."""
    post(client)
    drain()
    client.get(proof_link(smtp))
    for path in ("/portal/sign-in", REGISTER, CONFIRM, f"{REGISTER}?sent=1", f"{CONFIRM}?waits=1"):
        with statements() as seen:
            assert client.get(path).status_code == 200
        assert len(seen) <= 6, seen
