"""Whose account a contact joins by Generate login, or by another address in Edit: told in the
form, to who may know (C6, S7)."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from urllib.parse import quote

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy.orm import Session

from flask_contacts.services.agent.contacts import create_agent_contact
from tests.agent_pages import hidden_customer, sign_in_limited
from tests.staff_people import VIEW_ALL, add_staff, browser_of, post, words

Make = Callable[..., Any]
ONE, MANY = "/customer-contacts/generate-login", "/customer-contacts/generate-logins"
WITHOUT = {"is_user": False, "password": ""}
ACCOUNT, JOINS = "This address is the account of:", "The contact joins it"


@pytest.fixture
def customer(make_customer: Make) -> Any:
    """A customer without contacts."""
    return make_customer(company="Acme")


def asked(client: FlaskClient, contact: Any, email: str) -> str:
    """What is answered while one types."""
    answer = client.get(f"{ONE}/{contact.id}/account?email={quote(email)}")
    assert answer.status_code == 200
    return answer.text


def test_it_is_named(
    staff_client: FlaskClient, customer: Any, make_customer: Make, make_contact: Make
) -> None:
    """Its contacts with their company and page, by the canonical address: when the form opens,
    when it comes back with an error, and while one types; another address has none."""
    there = make_contact(
        make_customer(company="Aurora"), firstname="Mara", lastname="<i>", email="Mara@Example.com"
    )
    own = make_contact(customer, email="mara@example.COM", **WITHOUT)
    html = staff_client.get(f"{ONE}/{own.id}").text
    form = html[html.index("data-contacts-similar") :]
    assert f'="{ONE}/{own.id}/account"' in form
    assert "admin/similar.js" in form
    for page in (html, asked(staff_client, own, " MARA@example.com ")):
        said = words(page)
        assert f"{ACCOUNT} Mara <i> (opens in a new tab) (Aurora)" in said
        assert f"{JOINS}: one password for all of them. The person is told at once by mail" in said
        assert f'href="/customer-contacts/show/{there.id}"' in page
        assert "Mara &lt;i&gt;" in page
    other = make_contact(customer, email="other@example.com", **WITHOUT)
    assert ACCOUNT not in words(staff_client.get(f"{ONE}/{other.id}").text)
    for none in ("", "mara@example", "%", "x" * 300 + "@example.com"):
        assert asked(staff_client, other, none).strip() == ""
    make_contact(customer, lastname="Taken", email="taken@example.com")
    answer = post(staff_client, f"{ONE}/{other.id}", email="taken@example.com")
    assert answer.status_code == 422
    assert f"{ACCOUNT} Ada Taken" in words(answer.text)


def test_what_joining_does(
    app: Flask, session: Session, staff_client: FlaskClient, customer: Any,
    make_customer: Make, make_contact: Make,
) -> None:  # fmt: skip
    """Without a company no mail is promised; an address that another contact of the company has
    is not joined, as saving says; who can get no login is told of none."""
    has = make_contact(make_customer(company="Aurora"), email="mara@example.com")
    alone = {"firstname": "Ada", "lastname": "Alone", "is_user": False}
    with app.app_context():
        contact = create_agent_contact(session, None, alone).contact
    said = words(asked(staff_client, contact, "mara@example.com"))
    assert JOINS in said
    assert "No mail tells of it as long as the contact has no company." in said
    assert "told at once by mail" not in said
    make_contact(customer, lastname="Same", email="mara@example.com")
    own = make_contact(customer, email="own@example.com", **WITHOUT)
    said = words(asked(staff_client, own, "mara@example.com"))
    assert "Another contact of this customer has this address." in said
    assert JOINS not in said
    assert asked(staff_client, has, "mara@example.com").strip() == ""


def test_hidden_accounts(
    app: Flask, session: Session, customer: Any, make_customer: Make, make_contact: Make
) -> None:
    """An account of hidden contacts is not told: the answer, the form and the question about many
    are those of an address that nobody has; of others the hidden contacts are not counted."""
    far = hidden_customer(make_customer)
    secret = make_contact(far, lastname="Secret", email="far@example.com")
    fresh, known = (
        make_contact(customer, firstname="X", lastname="Y", email=email, **WITHOUT)
        for email in ("fresh@example.com", "far@example.com")
    )
    rights = ("can_list", "can_show", "can_generate_login")
    client = sign_in_limited(app, session, customer, *rights)
    assert asked(client, fresh, "far@example.com") == asked(client, fresh, "nobody@example.com")
    texts = [client.get(f"{ONE}/{one.id}").text for one in (fresh, known)]
    assert ACCOUNT not in texts[1]
    pages = [words(text) for text in texts]
    assert pages[0] == pages[1]
    assert "already:" not in words(client.get(f"{MANY}?contact={known.id}").text)
    assert client.get(f"{ONE}/{secret.id}/account?email=far@example.com").status_code == 404
    make_contact(far, lastname="Both", email="both@example.com")
    make_contact(customer, lastname="Seen", email="both@example.com")
    with app.app_context():
        alone = {"firstname": "Ada", "lastname": "Alone", "is_user": False}
        own = create_agent_contact(session, customer.id, alone).contact
    html = asked(client, own, "both@example.com")
    assert "Ada Seen" in html
    assert "Both" not in html
    assert "more" not in html


def test_pages_that_are_closed(
    app: Flask, customer: Any, make_customer: Make, make_contact: Make
) -> None:
    """Without the permission to show, names are no links; without the one to give logins nothing
    is answered."""
    make_contact(make_customer(company="Aurora"), email="mara@example.com")
    own = make_contact(customer, **WITHOUT)
    add_staff(app, "una", VIEW_ALL, ("can_generate_login", "Customer contacts"))
    html = asked(browser_of(app, "una"), own, "mara@example.com")
    assert ACCOUNT in html
    assert "href" not in html
    add_staff(app, "sam", VIEW_ALL, ("can_show", "Customer contacts"))
    answer = browser_of(app, "sam").get(f"{ONE}/{own.id}/account?email=mara@example.com")
    assert answer.status_code in {302, 403}
    assert ACCOUNT not in answer.text


def test_many_of_one_account(
    staff_client: FlaskClient, customer: Any, make_customer: Make, make_contact: Make,
    statements: Callable[[], Any],
) -> None:  # fmt: skip
    """Ten are named, the others counted; it takes as many statements as for one."""
    own = make_contact(customer, email="mara@example.com", **WITHOUT)
    counts = []
    for number in range(12):
        company = make_customer(company=f"Company {number}")
        make_contact(company, lastname=f"Lind {number:02}", email="mara@example.com")
        if number in {0, 11}:
            with statements() as seen:
                said = words(asked(staff_client, own, "mara@example.com"))
            counts.append(len(seen))
    assert said.count("(Company ") == 10
    assert "Ada Lind 09" in said
    assert "Ada Lind 10" not in said
    assert "and 2 more" in said
    assert counts[0] == counts[1]


def test_the_question_about_many(
    staff_client: FlaskClient, customer: Any, make_customer: Make, make_contact: Make,
    statements: Callable[[], Any],
) -> None:  # fmt: skip
    """It says how many of those who get one join an account that is there."""
    other, third = make_customer(company="Aurora"), make_customer(company="Third")
    emails = [f"a{number}@example.com" for number in range(4)]
    chosen = [make_contact(customer, email=email, **WITHOUT) for email in emails]
    query = "&".join(f"contact={one.id}" for one in chosen)

    def said() -> tuple[str, int]:
        staff_client.get(f"{MANY}?{query}")
        with statements() as seen:
            text = words(staff_client.get(f"{MANY}?{query}").text)
        return text, len(seen)

    text, least = said()
    assert "already:" not in text
    make_contact(other, email="A0@example.com")
    make_contact(third, email="a0@example.com")
    assert "1 of them joins an account that is there already:" in said()[0]
    make_contact(other, email="a3@example.com")
    text, most = said()
    assert "2 of them join accounts that are there already:" in text
    assert most == least


def test_another_address_in_edit(
    app: Flask, session: Session, staff_client: FlaskClient, customer: Any,
    make_customer: Make, make_contact: Make, statements: Callable[[], Any],
) -> None:  # fmt: skip
    """Both forms tell it of a contact who signs in, while one types and when they come back; not
    for the address that it signs in with, nor of an account that is hidden."""
    far = make_customer(company="Aurora")
    make_contact(far, lastname="Lind", email="mara@example.com")
    make_contact(hidden_customer(make_customer), lastname="Secret", email="far@example.com")
    own = make_contact(customer, email="own@example.com")
    make_contact(far, lastname="Same", email="own@example.com")
    without = make_contact(customer, email="none@example.com", **WITHOUT)
    pages = [f"/customer-contacts/edit/{own.id}", f"/customercontacts/edit/{customer.id}/{own.id}"]
    for page in pages:
        html = staff_client.get(page).text
        assert f'data-contacts-similar="{page}/account"' in html
        assert "admin/similar.js" in html
        assert ACCOUNT not in words(html)
        assert ACCOUNT not in staff_client.get(f"{page}/account?email=OWN@example.com ").text
        for asking in (
            lambda page=page: staff_client.get(f"{page}/account?email=Mara@example.com"),
            lambda page=page: post(staff_client, page, lastname="", email="mara@example.com"),
        ):
            assert f"{ACCOUNT} Ada Lind (opens in a new tab) (Aurora)" in words(asking().text)
        other = page.replace(str(own.id), str(without.id))
        assert "/account" not in staff_client.get(other).text
    limited = sign_in_limited(app, session, customer, "can_edit", "can_show")
    for page in pages:
        known, nobody = (
            limited.get(f"{page}/account?email={name}@example.com") for name in ("far", "x")
        )
        assert (known.status_code, known.text) == (200, nobody.text)
