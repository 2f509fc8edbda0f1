"""My account: the own profile, the own password, the own data."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select
from sqlalchemy.orm import Session

from flask_contacts.models import Activity, Contact, Login, Mail, PortalSession
from flask_contacts.services.accounts.own_profile import OWN_FIELDS
from flask_contacts.services.contacts.activity import snapshot
from flask_contacts.testing import PASSWORD, portal_sign_in
from tests.portal_forms import hidden_fields

Make = Callable[..., Any]
Browser = Callable[..., FlaskClient]
ACCOUNT, CHANGE, DATA = "/portal/account/", "/portal/account/password", "/portal/account/data"
NEW = "a quiet river under the bridge"
PROFILE = {
    "firstname": "Adele", "lastname": "Number", "middle_name": "M.", "position": "Head",
    "phone": "+49 30 1234567", "mobile_phone": "", "mobile_phone2": "",
    "contact_preference": "email", "birthday": "1985-06-30", "timezone": "Europe/Berlin",
    "language": "en",
}  # fmt: skip


@pytest.fixture
def contact(make_customer: Make, make_contact: Make) -> Any:
    """Ada of a customer of her own; staff noted something about her."""
    return make_contact(
        make_customer(company="Aurora"),
        permissions=["invoices"],
        notes="Pays late; ask Bob",
        do_not_call=True,
    )


def post(client: FlaskClient, url: str, **form: object) -> Any:
    """Post a form with its token."""
    return client.post(url, data={**hidden_fields(client, ACCOUNT), **form})


def test_the_own_profile(session: Session, contact: Any, portal_client: Browser) -> None:
    """P5: saved with its phone in E.164, in the history by the contact with old and new
    values; what is not the contact's own stays."""
    client = portal_client(contact)
    assert contact.firstname in client.get(ACCOUNT).text
    response = post(client, ACCOUNT, **PROFILE)
    assert (response.status_code, response.location) == (303, ACCOUNT)
    page = client.get(ACCOUNT).text
    assert "Your profile is saved." in page
    assert 'value="Europe/Berlin" selected' in page
    session.expire_all()
    row = session.get_one(Contact, contact.id)
    assert {name: str(getattr(row, name) or "") for name in OWN_FIELDS} == PROFILE
    assert row.phone_e164 == "+49301234567"
    assert row.notes == "Pays late; ask Bob"
    assert row.do_not_call
    assert row.permission_names == {"invoices"}
    edited = session.scalars(select(Activity).where(Activity.verb == "edited")).one()
    assert (edited.actor_kind, edited.actor_contact_id) == ("contact", row.id)
    assert edited.changes["firstname"] == ["Ada", "Adele"]
    assert "notes" not in edited.changes
    assert post(client, ACCOUNT, **PROFILE).status_code == 303
    assert len(session.scalars(select(Activity).where(Activity.verb == "edited")).all()) == 1


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("firstname", " "),
        ("lastname", "x" * 101),
        ("position", "a\x00b"),
        ("phone", "call me"),
        ("birthday", "2999-01-01"),
        ("birthday", "yesterday"),
        ("timezone", "Mars/Olympus"),
        ("language", "xx"),
        ("contact_preference", "pigeon"),
    ],
)
def test_what_cannot_be_taken_is_said_at_its_field(
    session: Session, contact: Any, portal_client: Browser, field: str, value: str
) -> None:
    """Nothing is written, and nothing typed is lost."""
    client = portal_client(contact)
    response = post(client, ACCOUNT, **{**PROFILE, "position": "Typed", field: value})
    assert response.status_code == 422
    assert f'id="{field}-error"' in response.text
    assert 'value="Typed"' in response.text or field == "position"
    session.expire_all()
    assert session.get_one(Contact, contact.id).firstname == "Ada"


FOREIGN = [*{column.name for column in Contact.__table__.columns} - {*OWN_FIELDS}, "permissions",
           "topics", "password", "is_user", "customer"]  # fmt: skip


@pytest.mark.bundled_only(reason="the names are those of a contact's columns; once is enough")
@pytest.mark.parametrize("field", sorted(FOREIGN))
def test_no_other_field_can_be_sent(
    session: Session, contact: Any, portal_client: Browser, field: str
) -> None:
    """ASVS 8.2.3: each other column and name is refused, and the row stays as it is."""
    client = portal_client(contact)
    session.expire_all()
    before = snapshot(session.get_one(Contact, contact.id))
    response = post(client, ACCOUNT, **{**PROFILE, field: "1"})
    assert response.status_code == 422
    assert 'value="Adele"' in response.text
    session.expire_all()
    assert snapshot(session.get_one(Contact, contact.id)) == before


def test_a_profile_belongs_to_its_company(
    session: Session,
    contact: Any,
    make_customer: Make,
    make_contact: Make,
    portal_client: Browser,
) -> None:
    """Who is a contact of several companies is told so; the other profile stays."""
    client = portal_client(contact)
    assert "several companies" not in client.get(ACCOUNT).text
    login = session.get_one(Login, contact.login_id)
    login.proven_at, login.held = contact.created_at, True
    session.commit()
    other = make_contact(make_customer(company="Borealis"), email=contact.email)
    assert "your profile at Aurora" in client.get(ACCOUNT).text
    post(client, ACCOUNT, **PROFILE)
    session.expire_all()
    assert session.get_one(Contact, other.id).firstname == "Ada"


def change(client: FlaskClient, current: str, first: str, second: str) -> Any:
    """Post the form of a new password."""
    return post(client, CHANGE, current_password=current, password=first, confirm=second)


def test_the_own_password(
    session: Session, contact: Any, portal_client: Browser, captured_mail: Callable[..., Any]
) -> None:
    """7.4.3, 6.3.7: the own session goes on with a fresh token, the others end, a notice
    is mailed, the old password opens nothing."""
    client, other = portal_client(contact), portal_client(contact)
    before = client.get_cookie("contacts_session", path="/portal").value
    stolen = client.application.test_client()
    stolen.set_cookie("contacts_session", before, path="/portal")
    assert stolen.get("/portal/").status_code == 200
    response = change(client, PASSWORD, NEW, NEW)
    assert (response.status_code, response.location) == (303, CHANGE)
    assert "Your password is changed." in client.get(CHANGE).text
    assert client.get_cookie("contacts_session", path="/portal").value != before
    assert stolen.get("/portal/").status_code == 302
    assert other.get("/portal/").status_code == 302
    assert portal_sign_in(other, contact.email, PASSWORD).status_code == 422
    assert portal_sign_in(other, contact.email, NEW).status_code == 303
    assert captured_mail(contact.email)[-1]["Subject"] == "Your password was changed"
    verbs = session.scalars(select(Activity.verb)).all()
    assert verbs.count("password_changed") == 1
    created = session.scalars(select(PortalSession.created_at).order_by(PortalSession.id)).all()
    assert created[0] == created[2]  # no session outlives its time-out by this


@pytest.mark.parametrize(
    ("current", "first", "second", "field", "message"),
    [
        ("", NEW, NEW, "current_password", "Enter your present password"),
        ("wrong", NEW, NEW, "current_password", "not your present password"),
        ("a\x00b", NEW, NEW, "current_password", "not your present password"),
        (PASSWORD, "short", "short", "password", "at least 12 characters"),
        (PASSWORD, "password1234", "password1234", "password", "too common"),
        (PASSWORD, PASSWORD, PASSWORD, "password", "Choose another one"),
        (PASSWORD, NEW, NEW + "x", "confirm", "The two passwords differ"),
    ],
)
def test_a_password_that_is_not_changed(
    contact: Any,
    portal_client: Browser,
    current: str,
    first: str,
    second: str,
    field: str,
    message: str,
) -> None:
    """The reason stands at its field, no password is shown again, the session goes on."""
    client = portal_client(contact)
    response = change(client, current, first, second)
    assert response.status_code == 422
    assert f'id="{field}-error"' in response.text
    assert message in response.text
    for typed in {current, first, second} - {""}:
        assert f'value="{typed}"' not in response.text
    assert client.get("/portal/").status_code == 200
    assert portal_sign_in(client, contact.email, PASSWORD).status_code == 303


def test_guessing_the_present_password_is_limited(
    app: Flask, contact: Any, portal_client: Browser
) -> None:
    """6.3.1: counted with the guesses at the sign-in; who is right takes none of them."""
    app.config["CONTACTS_SIGN_IN_FAILURES"] = 3
    client, other = portal_client(contact), app.test_client()
    for _ in range(4):
        assert change(client, PASSWORD, "short", "short").status_code == 422
    for _ in range(3):
        assert change(client, "wrong", NEW, NEW).status_code == 422
    refused = change(client, PASSWORD, NEW, NEW)
    assert refused.status_code == 429
    assert int(refused.headers["Retry-After"]) > 0
    assert portal_sign_in(other, contact.email, PASSWORD).status_code == 429


def test_the_own_data(
    session: Session,
    contact: Any,
    make_customer: Make,
    make_contact: Make,
    portal_client: Browser,
) -> None:
    """P5: the own fields, sessions and history; no colleague, no notes, no name of staff."""
    make_contact(contact.customer_id, firstname="Colleague", email="colleague@example.com")
    make_contact(make_customer(company="Foreign"), firstname="Stranger")
    session.add(
        Activity(
            contact_id=contact.id, verb="edited", actor_kind="staff", actor_staff_id=1,
            actor_name="Bob Boss", address="192.0.2.99",
            changes={"notes": ["", "Pays late; ask Bob"], "position": ["", "Head"]},
        )
    )  # fmt: skip
    session.commit()
    client = portal_client(contact)
    response = post(client, DATA)
    assert response.headers["Content-Disposition"] == 'attachment; filename="my-data.json"'
    data = json.loads(response.text)
    assert data["account"]["email"] == contact.email
    [company] = data["companies"]
    assert (company["company"], company["permissions"]) == ("Aurora", ["invoices"])
    assert company["do_not_call"] is True
    assert data["sessions"][0]["network_address"] == "127.0.0.1"
    whats = {(one["what"], one["who"]) for one in data["activity"]}
    assert {("signed_in", "you"), ("edited", "staff")} <= whats
    for secret in ("Pays late", "Bob", "Colleague", "Stranger", "Foreign", "192.0.2.99", "argon2"):
        assert secret not in response.text
    assert "data_downloaded" in session.scalars(select(Activity.verb)).all()


def test_the_pages_need_few_statements(
    contact: Any, portal_client: Browser, statements: Callable[[], Any]
) -> None:
    """At most six statements a page, and the person must be signed in."""
    client = portal_client(contact)
    for name in ("", "password", "email", "sessions", "data"):
        with statements() as seen:
            assert client.get(ACCOUNT + name).status_code == 200
        assert len(seen) <= 6, (name, seen)
        stranger = client.application.test_client()
        assert stranger.get(ACCOUNT + name).location.startswith("/portal/sign-in?next=")


def test_nothing_is_mailed_by_looking(
    session: Session, contact: Any, portal_client: Browser
) -> None:
    """The navigation leads to the account, and no page of it promises a mail."""
    client = portal_client(contact)
    assert f'href="{ACCOUNT}"' in client.get("/portal/").text
    assert session.scalars(select(Mail)).all() == []
