"""One person at several companies: one sign-in, permissions for each, and changing over."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select
from sqlalchemy.orm import Session

from flask_contacts import links
from flask_contacts.models import Contact, Login
from flask_contacts.services.invitations.set_password import set_password
from flask_contacts.testing import PASSWORD, csrf_token
from tests.page_forms import forms_of, press

EMAIL = "mara@example.com"


@pytest.fixture
def person(
    app: Flask,
    session: Session,
    make_customer: Callable[..., Any],
    make_contact: Callable[..., Any],
) -> list[Contact]:
    """Mara at two companies, with invoices at the one and support at the other."""
    first = make_contact(make_customer(company="Aurora"), email=EMAIL, permissions=["invoices"])
    second = make_contact(make_customer(company="Borealis"), email=EMAIL, permissions=["support"])
    with app.app_context():
        login = session.get_one(Login, first.login_id)
        link = links.issue(session, login, links.SET_PASSWORD)
        links.start_life(link)
        session.commit()
        set_password(session, links.sign(link), PASSWORD, PASSWORD)
    return [first, second]


def switch(client: FlaskClient, contact_id: object) -> int:
    """Press the button of a company; the status of the answer."""
    form = {"contact": contact_id, "csrf_token": csrf_token(client, "/portal/")}
    return client.post("/portal/switch-company", data=form).status_code


def test_the_navigation_is_that_of_the_company(
    session: Session, person: list[Contact], portal_client: Callable[..., FlaskClient]
) -> None:
    """Permissions belong to the contact: changing the company changes what is open (P5)."""
    client = portal_client(person[0])
    page = client.get("/portal/").text
    assert "Change company" in page
    assert "Aurora" in page
    assert client.get("/portal/invoices/").status_code == 200
    assert client.get("/portal/support/").status_code == 403
    assert switch(client, person[1].id) == 303
    assert client.get("/portal/invoices/").status_code == 403
    assert client.get("/portal/support/").status_code == 200
    assert "Borealis at a glance" in client.get("/portal/").text


def test_only_own_active_contacts_can_be_chosen(
    session: Session,
    person: list[Contact],
    make_contact: Callable[..., Any],
    portal_client: Callable[..., FlaskClient],
) -> None:
    """A stranger's contact, a junk id and an inactive contact are 404; nothing changes."""
    stranger = make_contact(person[0].customer_id)
    client = portal_client(person[0])
    person[1].active = person[1].is_primary = False
    person[1].primary_of = None
    session.commit()
    for contact_id in (stranger.id, person[1].id, 0, -1, "abc", "", "1e3", "٣", 2**70):
        assert switch(client, contact_id) == 404
    assert client.get("/portal/invoices/").status_code == 200


def test_who_has_one_company_sees_no_switch(
    make_customer: Callable[..., Any],
    make_contact: Callable[..., Any],
    portal_client: Callable[..., FlaskClient],
) -> None:
    """Nothing to change, nothing shown; signed out the address asks to sign in."""
    client = portal_client(make_contact(make_customer()))
    assert "Change company" not in client.get("/portal/").text


def test_the_choice_is_remembered_for_the_next_sign_in(
    session: Session, person: list[Contact], portal_client: Callable[..., FlaskClient]
) -> None:
    """The company used last opens first."""
    client = portal_client(person[0])
    other = session.scalars(select(Contact.id).where(Contact.id != person[0].id)).one()
    assert switch(client, other) == 303
    again = portal_client(person[0])
    assert "Borealis at a glance" in again.get("/portal/").text


def test_the_next_page_says_where_one_is(
    session: Session, person: list[Contact], portal_client: Callable[..., FlaskClient]
) -> None:
    """The message names the company that was chosen."""
    client = portal_client(person[0])
    other = session.scalars(select(Contact.id).where(Contact.id != person[0].id)).one()
    assert switch(client, other) == 303
    assert "You are now at Borealis." in client.get("/portal/").text


def test_the_notice_speaks_the_chosen_contacts_language(
    session: Session, person: list[Contact], portal_client: Callable[..., FlaskClient]
) -> None:
    """Each company has a profile of its own: the notice is in the language of the new one."""
    person[0].language, person[1].language = "en", "pt_BR"
    session.commit()
    client = portal_client(person[0])
    assert switch(client, person[1].id) == 303
    page = client.get("/portal/").text
    assert '<html lang="pt-BR"' in page
    assert "You are now at" not in page
    assert "Borealis" in page


def test_what_is_not_found_offers_the_other_company(
    person: list[Contact],
    portal_client: Callable[..., FlaskClient],
    make_contact: Callable[..., Any],
) -> None:
    """The page says where one is and leads on at the other company, whether the record is there
    or nowhere; with one company it does not."""
    client = portal_client(person[0])
    for path in ("/portal/support/1", "/portal/invoices/999999", "/portal/nothing?a=1"):
        page = client.get(path)
        assert page.status_code in {403, 404}
        assert "You are at Aurora now" in page.text
        form = next(one for one in forms_of(page.text) if "next" in one.values)
        values = {**form.values, **form.buttons["Borealis"], "contact": person[1].id}
        answer = client.post(form.action, data=values)
        assert answer.location == path, "to the page that was asked for"
        assert switch(client, person[0].id) == 303
    alone = portal_client(make_contact(person[0].customer_id))
    assert "You are at" not in alone.get("/portal/nothing").text


def test_the_profile_keeps_what_was_typed_for_another_company(
    person: list[Contact], portal_client: Callable[..., FlaskClient], session: Session
) -> None:
    """A form opened at the one company and sent at the other saves nothing, and loses nothing."""
    client = portal_client(person[0])
    page = client.get("/portal/account/")
    assert switch(client, person[1].id) == 303
    answer = press(client, page, "Save", position="Head of <b>bread</b>", phone="+44 20 7946 0000")
    assert answer.status_code == 409
    assert "What you typed" in answer.text
    assert "Head of &lt;b&gt;bread&lt;/b&gt;" in answer.text
    assert "+44 20 7946 0000" in answer.text
    session.expire_all()
    assert {one.position for one in session.scalars(select(Contact))} == {None}
