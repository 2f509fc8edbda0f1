"""What the pages on contacts cost: their statements, and that what is kept of them is nobody's."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select
from sqlalchemy.orm import Session

from flask_contacts.models import Contact, Mail
from flask_contacts.services.agent.search_index_making import create_search_index
from tests.host_app import db
from tests.page_forms import forms_of

pytestmark = pytest.mark.bundled_only(reason="a host's own customers are asked about its way")

Make = Callable[..., Any]
LIST = "/customer-contacts/"


@pytest.fixture
def contact(make_contact: Make, make_customer: Make) -> Any:
    """A contact of a customer with a few others."""
    customer = make_customer("Acme")
    for number in range(3):
        make_contact(customer, firstname="Ben", email=f"ben{number}@example.com")
    return make_contact(customer, firstname="Ada", lastname="Quill", email="ada@example.com")


@pytest.mark.parametrize(
    ("path", "most"),
    [
        (LIST, 2),
        (f"{LIST}?q=nobody-of-this-name", 5),  # and why: the index, and who may make it
        (f"{LIST}?q=quill", 3),
        (f"{LIST}?q=ada@example.com", 3),
        (f"{LIST}?q=ada+quill", 4),
        (f"{LIST}?state=archived", 2),
        (f"{LIST}?permission=invoices", 2),
        (f"{LIST}new", 3),
        (f"{LIST}show/{{contact}}", 13),
        ("/customers/show/{customer}", 3),
        ("/customercontacts/new/{customer}", 6),
    ],
)
def test_statements(
    staff_client: FlaskClient, contact: Any, statements: Make, path: str, most: int
) -> None:
    """One for who asks and what they may, and no more for a page than it shows parts."""
    address = path.format(contact=contact.id, customer=contact.customer_id)
    assert staff_client.get(address).status_code == 200
    with statements() as seen:
        staff_client.get(address)
    assert len(seen) <= most, seen


def test_statements_of_saving(
    staff_client: FlaskClient, contact: Any, statements: Make, session: Session
) -> None:
    """A new contact with a login, a link and a welcome: who asks, the checks and the locks, and
    each table written once. The second may be the first: that one is read besides."""
    url = f"/customercontacts/new/{contact.customer_id}"
    token = re.findall('name="csrf_token" value="([^"]+)"', staff_client.get(url).text)[0]
    typed = {
        "csrf_token": token, "firstname": "Grace", "lastname": "Hopper", "is_user": "y",
        "send_password_mail": "y", "contact_preference": "any",
        "permissions": ["invoices", "support"], "topics": ["invoice"],
    }  # fmt: skip
    for number in range(2):
        with statements() as seen:
            answer = staff_client.post(url, data={**typed, "email": f"grace{number}@example.com"})
        assert answer.status_code == 302
        assert len(seen) <= 13 + number, seen
        session.expire_all()
    made = session.scalars(select(Contact).where(Contact.firstname == "Grace")).all()
    mails = session.scalars(select(Mail.template).order_by(Mail.id)).all()
    assert [one.permission_names for one in made] == [{"invoices", "support"}] * 2
    assert mails[-4:] == ["welcome", "set_password"] * 2


def test_statements_of_posting_edit(
    staff_client: FlaskClient, contact: Any, statements: Make, session: Session
) -> None:
    """Nobody counts recipients for another name, and nothing is read that a form would show."""
    url = f"/customercontacts/edit/{contact.customer_id}/{contact.id}"
    form = next(
        one
        for one in forms_of(staff_client.get(url).text)
        if any(words.startswith("Save") for words in one.buttons)
    )
    values = form.values.copy()
    values["firstname"] = "Augusta"
    with statements() as seen:
        assert staff_client.post(url, data=values).status_code == 302
    session.expire_all()
    assert contact.firstname == "Augusta"
    assert len(seen) <= 12, seen


@pytest.mark.parametrize("path", [f"{LIST}new", "/customercontacts/new/{customer}"])
def test_a_fresh_form_holds_nothing_of_another(
    staff_client: FlaskClient, contact: Any, path: str
) -> None:
    """A form that somebody has filled in, or that opens for a person, leaves the next one empty."""
    address = path.format(customer=contact.customer_id)
    empty = fields_of(staff_client.get(address).text)
    filled = staff_client.get(f"{LIST}new?person={contact.id}&company=Acme").text
    assert 'value="Quill"' in filled
    refused = staff_client.post(address, data={"firstname": "Grace"})
    assert refused.status_code == 400  # without its token
    assert fields_of(staff_client.get(address).text) == empty
    assert "Quill" not in empty


def test_a_fresh_form_follows_what_it_depends_on(
    staff_client: FlaskClient, make_customer: Make, make_contact: Make
) -> None:
    """The first contact of a customer is its primary one, the next is not: each form says so."""
    sentence = "The first contact of a customer is its primary contact."
    customer = make_customer("Bolt")
    url = f"/customercontacts/new/{customer.id}"
    for _ in range(2):
        assert sentence in staff_client.get(url).text
    make_contact(customer)
    for _ in range(2):
        assert sentence not in staff_client.get(url).text


def test_each_form_in_its_language(staff_client: FlaskClient) -> None:
    """What is kept of a form is in the language of its reader."""
    for language in ("en", "pt_BR", "en"):
        staff_client.get(f"/lang/{language}")
        assert ("Birthday" in staff_client.get(f"{LIST}new").text) is (language == "en")


def test_a_word_is_passed_by_where_nothing_begins_with_it(
    app: Flask, session: Session, staff_client: FlaskClient, contact: Any
) -> None:
    """What begins with a word is found as soon as it is there, though the search was asked
    before, and with the search index as without it."""
    for index in (False, True):
        with app.app_context():
            if index:
                create_search_index(db.engine)
        typed = f"newcomer{int(index)}"
        assert "Nobody found" in staff_client.get(f"{LIST}?q={typed}").text
        contact.lastname = typed
        session.commit()
        assert "Nobody found" not in staff_client.get(f"{LIST}?q={typed}").text
        assert "Nobody found" in staff_client.get(f"{LIST}?q={typed}x").text


def fields_of(html: str) -> str:
    """The fields of a page's form, without its token."""
    start = html.index('name="firstname"')
    return html[start : html.index("<datalist", html.index('name="other_contacts"'))]
