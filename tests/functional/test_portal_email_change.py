"""Another e-mail address: asked for with the password, confirmed at the new address (P5)."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from flask_contacts import links
from flask_contacts.models import Activity, Contact, Link, Login, Mail, SignInAttempt
from flask_contacts.services.contacts import editing as contacts, states as contact_states
from flask_contacts.testing import PASSWORD, RecordingSmtp, csrf_token, links_in, portal_sign_in
from tests.portal_forms import hidden_fields

Make = Callable[..., Any]
Browser = Callable[..., FlaskClient]
ACCOUNT, URL, CONFIRM = "/portal/account/", "/portal/account/email", "/portal/confirm-email"
OLD, NEW = "mara@example.com", "mara@lind.example"


@pytest.fixture
def contact(session: Session, make_customer: Make, make_contact: Make) -> Any:
    """Mara of Aurora, whose login is proven."""
    found = make_contact(make_customer(company="Aurora"), email=OLD, language="en")
    login = session.get_one(Login, found.login_id)
    login.proven_at, login.held = login.created_at, True
    session.commit()
    return found


@pytest.fixture
def client(contact: Any, portal_client: Browser) -> FlaskClient:
    """A browser in which Mara has signed in."""
    return portal_client(contact)


@pytest.fixture
def link_to(smtp: RecordingSmtp, drain: Callable[[], None]) -> Callable[..., str]:
    """``link_to(address)`` lets the mail go out and gives the path of the last link to it."""

    def find(address: str = NEW) -> str:
        drain()
        [link] = [url for url in links_in(smtp.to(address)[-1]) if "confirm-email" in url]
        return link.removeprefix("http://localhost")

    return find


def propose(client: FlaskClient, email: str = NEW, password: str = PASSWORD) -> Any:
    """Post the form of a new address."""
    form = {**hidden_fields(client, ACCOUNT), "email": email}
    return client.post(URL, data={**form, "current_password": password})


def press(client: FlaskClient, url: str, **form: str) -> Any:
    """Post a form that has a button and a token."""
    return client.post(url, data={"csrf_token": csrf_token(client, "/portal/sign-in"), **form})


def confirm(client: FlaskClient, path: str, **form: str) -> Any:
    """Open a link and press its button."""
    assert client.get(path).location == CONFIRM
    return press(client, CONFIRM, **form)


def addresses(session: Session, contact: Any) -> tuple[str | None, str]:
    """The contact's address and its login's."""
    session.expire_all()
    row = session.get_one(Contact, contact.id)
    assert row.login is not None
    return row.email, row.login.email


def test_the_whole_way(
    session: Session,
    contact: Any,
    client: FlaskClient,
    portal_client: Browser,
    smtp: RecordingSmtp,
    drain: Callable[[], None],
    link_to: Callable[..., str],
) -> None:
    """7.5.1, 6.3.7: asked, both told, shown as pending, confirmed; then login and contact
    have the address, other sessions have ended, the own has a new token."""
    other = portal_client(contact)
    assert propose(client).location == URL
    page = client.get(URL).text
    assert f"A link is on its way to {NEW}" in page
    assert "Waiting to be confirmed" in page
    path = link_to()
    asked = smtp.to(OLD)[-1]
    assert asked["Subject"] == "A new e-mail address for your account"
    text = asked.get_body(("plain",)).get_content()
    assert NEW in text
    assert "127.0.0.1" in text
    assert OLD not in smtp.to(NEW)[-1].as_string()  # a stranger, if it was mistyped
    assert addresses(session, contact) == (OLD, OLD)
    before = client.get_cookie("contacts_session", path="/portal").value
    client.get(path)
    page = client.get(CONFIRM)
    assert NEW in page.text
    assert 'type="password"' not in page.text
    assert press(client, CONFIRM).location == URL
    assert "Your e-mail address is changed." in client.get(URL).text
    assert "Waiting to be confirmed" not in client.get(URL).text
    assert client.get_cookie("contacts_session", path="/portal").value != before
    assert other.get("/portal/").status_code == 302
    assert addresses(session, contact) == (NEW, NEW)
    drain()
    for address in (OLD, NEW):
        assert smtp.to(address)[-1]["Subject"] == "You sign in with another address now"
    assert portal_sign_in(other, OLD, PASSWORD).status_code == 422
    assert portal_sign_in(other, NEW, PASSWORD).status_code == 303
    rows = session.scalars(select(Activity).where(Activity.verb.startswith("email_change")))
    verbs = {row.verb: row for row in rows}
    assert verbs["email_change_asked"].changes == {}
    assert verbs["email_change_confirmed"].changes == {"email": [OLD, NEW]}
    assert verbs["email_change_confirmed"].actor_contact_id == contact.id


def test_each_contact_of_the_login_follows(
    session: Session,
    contact: Any,
    client: FlaskClient,
    make_customer: Make,
    make_contact: Make,
    link_to: Callable[..., str],
) -> None:
    """C6: the address is the login, so it is that of the person's every contact."""
    second = make_contact(make_customer(company="Borealis"), email=OLD)
    colleague = make_contact(contact.customer_id)
    former = colleague.email
    propose(client)
    assert confirm(client, link_to()).status_code == 303
    assert addresses(session, contact) == addresses(session, second) == (NEW, NEW)
    assert addresses(session, colleague) == (former, former)


def test_opening_a_link_changes_nothing(
    session: Session, client: FlaskClient, link_to: Callable[..., str]
) -> None:
    """A scanner may open it as often as it likes; the token leaves the address at once."""
    propose(client)
    path = link_to()
    before = session.execute(select(Link.__table__)).all()
    for _ in range(2):
        assert client.head(path).status_code == 302
        page = client.get(path, follow_redirects=True)
        assert page.status_code == 200
        assert path.rpartition("/")[2] not in page.text
        assert page.headers["Referrer-Policy"] == "no-referrer"
    session.expire_all()
    assert session.execute(select(Link.__table__)).all() == before


def test_elsewhere_the_password_is_asked_for(
    app: Flask,
    session: Session,
    contact: Any,
    client: FlaskClient,
    make_customer: Make,
    make_contact: Make,
    portal_client: Browser,
    link_to: Callable[..., str],
) -> None:
    """Scanners that press buttons, and the stranger whose address was mistyped, have none;
    nor has somebody else who is signed in. With it every session ends."""
    propose(client)
    path = link_to()
    stranger = portal_client(make_contact(make_customer()))
    for browser in (app.test_client(), stranger):
        browser.get(path)
        assert 'type="password"' in browser.get(CONFIRM).text
        for typed in ("", "wrong"):
            response = press(browser, CONFIRM, current_password=typed)
            assert response.status_code == 422
            assert 'id="current_password-error"' in response.text
        assert addresses(session, contact) == (OLD, OLD)
    done = press(stranger, CONFIRM, current_password=PASSWORD)
    assert done.location == "/portal/sign-in"
    assert addresses(session, contact) == (NEW, NEW)
    assert client.get("/portal/").status_code == 302
    assert stranger.get("/portal/").status_code == 302


def test_a_link_works_once(client: FlaskClient, link_to: Callable[..., str]) -> None:
    """Used, it says so; forged, it says nothing."""
    propose(client)
    path = link_to()
    assert confirm(client, path).status_code == 303
    again = confirm(client, path)
    assert again.status_code == 410
    assert "This link has been used" in again.text
    for forged in (f"{CONFIRM}/", f"{CONFIRM}/junk", path[:-3], f"{path}x"):
        assert confirm(client, forged).status_code == 404


@pytest.mark.usefixtures("contact")
def test_links_of_another_purpose_open_nothing(
    app: Flask, session: Session, client: FlaskClient, link_to: Callable[..., str]
) -> None:
    """9.2.2: a link to set a password confirms no address, and the other way round."""
    propose(client)
    path = link_to()
    client.get(path.replace("confirm-email", "set-password"))
    assert client.get("/portal/set-password").status_code == 404
    with app.app_context():
        login = session.scalars(select(Login)).one()
        link = links.issue(session, login, links.SET_PASSWORD)
        session.commit()
        token = links.sign(link)
    assert confirm(client, f"{CONFIRM}/{token}").status_code == 404


@pytest.mark.parametrize(
    ("email", "password", "field", "message"),
    [
        ("", PASSWORD, "email", "Type an e-mail address"),
        ("no address", PASSWORD, "email", "Type an e-mail address"),
        ("mıke@example.com", PASSWORD, "email", "Type an e-mail address"),
        ("MARA@example.com", PASSWORD, "email", "This is your address already"),
        (NEW, "", "current_password", "Enter your present password"),
        (NEW, "wrong", "current_password", "not your present password"),
    ],
)
def test_what_cannot_be_taken_is_said_at_its_field(
    session: Session, client: FlaskClient, email: str, password: str, field: str, message: str
) -> None:
    """Nothing is mailed, nothing typed is lost, and the password is asked for again."""
    response = propose(client, email, password)
    assert response.status_code == 422
    assert f'id="{field}-error"' in response.text
    assert message in response.text
    assert f'value="{email}"' in response.text
    assert PASSWORD not in response.text
    assert session.scalars(select(Link)).all() == []
    assert session.scalars(select(Mail)).all() == []


def counts(session: Session) -> dict[str, int]:
    """How many rows each table has that a proposal writes to."""
    session.expire_all()
    tables = (Link, Mail, Activity, SignInAttempt)
    return {
        table.__tablename__: session.scalar(select(func.count()).select_from(table)) or 0
        for table in tables
    }


def test_asking_tells_nothing_of_others(
    session: Session,
    contact: Any,
    client: FlaskClient,
    make_customer: Make,
    make_contact: Make,
    smtp: RecordingSmtp,
    link_to: Callable[..., str],
) -> None:
    """C6: an address of a colleague, of another company's contact, and one of nobody: the
    same answer, rows and mails. Only who reads mail there learns that it cannot be used, and
    then nothing is changed."""
    taken = {
        "colleague": make_contact(contact.customer_id).email,
        "elsewhere": make_contact(make_customer()).email,
        "no login": make_contact(
            contact.customer_id, is_user=False, password="", email="plain@example.com"
        ).email,
    }
    answers, written = [], []
    for address in (*taken.values(), "nobody@example.com"):
        before = counts(session)
        response = propose(client, address)
        page = client.get(URL).text.replace(address, "ADDRESS")
        answers.append((response.status_code, response.location, page.count("ADDRESS")))
        after = counts(session)
        written.append({name: after[name] - before[name] for name in after})
    assert len(set(answers)) == 1
    assert written == [written[0]] * 4
    for number, address in enumerate(taken.values()):
        session.execute(SignInAttempt.__table__.delete())
        session.commit()
        propose(client, address)
        path = link_to(address)
        refused = confirm(client, path)
        assert refused.status_code == 422, number
        assert "This address cannot be used for your account" in refused.text
        assert addresses(session, contact) == (OLD, OLD)


def test_no_more_links_than_the_limit(
    app: Flask, session: Session, client: FlaskClient, smtp: RecordingSmtp
) -> None:
    """2.4.1: nobody is bombed with links, from one account or many."""
    app.config["CONTACTS_LINKS_PER_HOUR"] = 2
    assert propose(client, "a@lind.example").status_code == 303
    assert propose(client, "b@lind.example").status_code == 303
    refused = propose(client, "c@lind.example")
    assert refused.status_code == 429
    assert 'value="c@lind.example"' in refused.text
    assert int(refused.headers["Retry-After"]) > 0
    assert len(session.scalars(select(Link)).all()) == 2


def test_a_newer_proposal_and_cancelling_void_the_link(
    session: Session, contact: Any, client: FlaskClient, link_to: Callable[..., str]
) -> None:
    """Only the last address asked for can be confirmed, and none after Cancel; a void link
    forgets its address, and its mail is not sent."""
    propose(client)
    first = link_to()
    propose(client, "newer@lind.example")
    assert confirm(client, first).status_code == 410
    second = link_to("newer@lind.example")
    assert press(client, f"{URL}/cancel").location == URL
    assert "Waiting to be confirmed" not in client.get(URL).text
    refused = confirm(client, second)
    assert refused.status_code == 410
    assert "The change was cancelled" in refused.text
    assert addresses(session, contact) == (OLD, OLD)
    assert session.scalars(select(Link.new_email_key)).all() == [None, None]
    assert press(client, f"{URL}/cancel").status_code == 303  # twice is no error


def test_a_cancelled_link_is_not_mailed(
    session: Session, client: FlaskClient, smtp: RecordingSmtp, drain: Callable[[], None]
) -> None:
    """M2: what no longer holds is cancelled with the reason."""
    propose(client)
    press(client, f"{URL}/cancel")
    drain()
    assert smtp.to(NEW) == []
    row = session.scalars(select(Mail).where(Mail.template == "confirm_email")).one()
    assert (row.state, row.error) == ("cancelled", "cancelled_by_contact")


@pytest.mark.parametrize("what", ["address", "password", "deactivation"])
def test_what_happens_since_voids_it(
    app: Flask,
    session: Session,
    contact: Any,
    client: FlaskClient,
    portal_client: Browser,
    link_to: Callable[..., str],
    what: str,
) -> None:
    """Another address by staff, a changed password, a contact that leaves: the link of
    before opens nothing, and its address is forgotten."""
    propose(client)
    path = link_to()
    raw = {"firstname": "Mara", "lastname": "Lind", "email": "staff@lind.example"}
    if what == "password":
        form = {"current_password": PASSWORD, "password": "a quiet river below"}
        again = {"confirm": "a quiet river below"}
        assert press(client, "/portal/account/password", **form, **again).status_code == 303
    else:
        with app.app_context():
            if what == "address":
                contacts.edit_contact(session, contact.customer_id, contact.id, raw)
            else:
                contact_states.deactivate_contact(session, contact.customer_id, contact.id)
    assert confirm(client, path, current_password=PASSWORD).status_code == 410
    session.expire_all()
    assert session.get_one(Contact, contact.id).email != NEW
    assert session.scalars(select(Link.new_email_key)).all() == [None]


def test_the_page_speaks_its_readers_language(
    app: Flask, session: Session, contact: Any, client: FlaskClient, link_to: Callable[..., str]
) -> None:
    """The page behind the link speaks the language of whom it is for."""
    session.get_one(Contact, contact.id).language = "pt_BR"
    session.commit()
    propose(client)
    path, elsewhere = link_to(), app.test_client()
    elsewhere.get(path)
    assert '<html lang="pt-BR"' in elsewhere.get(CONFIRM).text
