"""What is typed into an address or a form is never a server error, on any engine."""

from __future__ import annotations

from typing import Any

import pytest
from flask.testing import FlaskClient
from sqlalchemy.orm import Session

from flask_contacts import testing
from flask_contacts.documents import Document
from flask_contacts.services.mailing import document_recipients
from flask_contacts.services.marketing.lists import create_list, lists_holding
from tests.host_app import customer_url

TEXTS = ["\\", "a\\", "%", "_", "'", "x" * 60_000, "%" * 60_000, "\x00", "9" * 50, "\U0001f4a9"]


@pytest.mark.bundled_only(reason="the address is that of the bundled customers' list")
@pytest.mark.parametrize("text", TEXTS)
def test_a_filter_of_a_list(staff_client: FlaskClient, make_customer: Any, text: str) -> None:
    """Each of FAB's ways to compare a text answers with a list, or with 404."""
    make_customer(company="Acme")
    for way in range(10):
        found = staff_client.get("/customers/list/", query_string={f"_flt_{way}_company": text})
        assert found.status_code in {200, 404}, (way, found.status)


@pytest.mark.parametrize("text", TEXTS)
def test_the_customer_to_move_to(
    staff_client: FlaskClient, make_customer: Any, make_contact: Any, text: str
) -> None:
    """An unknown company is said so at the field, and the first ones are offered."""
    contact, other = make_contact(make_customer()), make_customer(company="Borealis")
    url = f"/customercontacts/move/{contact.customer_id}/{contact.id}"
    form = {"csrf_token": testing.csrf_token(staff_client, url), "customer": text}
    answer = staff_client.post(url, data=form)
    assert answer.status_code == 422
    assert "There is no such company" in answer.text
    assert str(other) in answer.text
    assert staff_client.get(customer_url(other)).status_code == 200


@pytest.mark.parametrize("text", ["%", "_", "/", "\\", "100%", "a_b", "a/b", "a\\b"])
def test_what_is_looked_up_stands_for_itself(
    staff_client: FlaskClient, session: Session, make_customer: Any, make_contact: Any, text: str
) -> None:
    """No sign that was typed stands for another one in a look-up, on any engine."""
    acme = make_customer(company="Acme")
    names = [f"{text} Real", "x Other", "100 b", "aXb", "ab"]
    for number, name in enumerate(names):
        make_contact(acme, firstname="Ada", lastname=name, email=f"person{number}@example.com")
    make_customer(company=f"Of {text} Ltd")
    create_list(session, {"name": f"For {text}"})
    create_list(session, {"name": "For all"})
    document = Document("One", "welcome", {}, acme.id)

    def offered(what: str, **query: Any) -> list[str]:
        found = staff_client.get(f"/customer-contacts/{what}", query_string={"q": text, **query})
        return [str(one).partition(" (#")[0] for one in found.json or ()]

    assert offered("companies") == [f"Of {text} Ltd"]
    assert offered("managers", **{"with": f"Acme (#{acme.id})"}) == [f"Ada {text} Real"]
    assert [one.name for one in lists_holding(session, text, 10)] == [f"For {text}"]
    with staff_client.application.app_context():
        found = document_recipients.search(session, document, text)
    assert [one.name for one in found] == [f"Ada {text} Real"]
