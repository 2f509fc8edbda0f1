"""What is typed into an address or a form is never a server error, on any engine."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import delete, func, select
from sqlalchemy.orm import Session

from flask_contacts import testing
from flask_contacts.actors import Actor
from flask_contacts.documents import Document
from flask_contacts.errors import InvalidInput
from flask_contacts.mail.delivery import drain
from flask_contacts.mail.messages import Words
from flask_contacts.models import Mail
from flask_contacts.services.comments.writing import write_comment
from flask_contacts.services.mailing import document_recipients
from flask_contacts.services.mailing.email_templates import save_template
from flask_contacts.services.mailing.notifications import notify
from flask_contacts.services.mailing.send_document import Wish, send_document
from flask_contacts.services.marketing.lists import create_list, lists_holding
from flask_contacts.services.marketing.mail import send_to_marketing_list
from flask_contacts.services.marketing.members import add_members
from tests import api_client
from tests.api_client import Program, errors
from tests.host_app import customer_url

program = api_client.program

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


#: JSON brings half a pair, a command line what is no text in the terminal's encoding.
NO_TEXT = ["a\ud800b", "\udcff", "a\x00b"]


@pytest.mark.parametrize("text", NO_TEXT)
def test_a_program_sends_no_text(
    program: Callable[..., Program], make_customer: Any, make_contact: Any, text: str
) -> None:
    """What is sent in JSON and no database and no mail can hold is refused at its field."""
    contact, ours = make_contact(make_customer()), program()
    names = ("firstname", "middle_name", "position", "notes", "other_contacts", "timezone")
    for name in names:
        refused = ours.put(f"/{contact.id}", **{name: text})
        assert list(errors(refused)) == [name]
    assert list(errors(ours.put(f"/{contact.id}", email=f"{text}@example.com"))) == ["email"]
    for name in ("name", "description"):
        refused = ours.post("/marketing-lists/", **{"name": "News", name: text})
        assert list(errors(refused)) == [name]
    assert ours.get(f"/{contact.id}").json["result"]["firstname"] == contact.firstname


@pytest.mark.parametrize("text", NO_TEXT)
def test_no_text_in_what_staff_write(
    app_context: None, session: Session, make_customer: Any, make_contact: Any, text: str
) -> None:
    """A comment, a template, a document's own words and its copies say it at the field."""
    customer = make_customer()
    contact = make_contact(customer)
    document = Document("One", "welcome", {}, customer.id)
    before = session.scalar(select(func.count()).select_from(Mail))

    def comment() -> object:
        actor = Actor("staff", staff_id=1, name="Ada")
        raw = {"body": text}
        return write_comment(session, contact.id, raw, actor, may_see=lambda *_: True, path="/")

    def send(**wishes: Any) -> object:
        return send_document(session, document, Wish([contact.id], language="en", **wishes))

    for field, work in (
        ("body", comment),
        ("subject", lambda: save_template(session, "welcome", "en", text, "<p>x</p>")),
        ("body", lambda: save_template(session, "welcome", "en", "x", text)),
        ("subject", lambda: send(words=Words(text, "<p>x</p>"))),
        ("body", lambda: send(words=Words("x", text))),
        ("cc", lambda: send(cc=f"{text}@example.com")),
    ):
        with pytest.raises(InvalidInput) as refused:
            work()
        assert list(refused.value.errors) == [field]
        session.rollback()
    assert session.scalar(select(func.count()).select_from(Mail)) == before


def test_no_text_in_a_hosts_values(
    app_context: None, session: Session, smtp: Any, make_customer: Any, make_contact: Any
) -> None:
    """A host's value that no mail can hold is shown as unreadable: what caused the mail does not
    fail because of it (M3), and the mail leaves."""
    customer = make_customer()
    contact = make_contact(customer, topics=["tickets"], permissions=["support"])
    news = create_list(session, {"name": "News"}).id
    add_members(session, news, [contact.id])
    session.execute(delete(Mail))
    session.commit()
    for number, text in enumerate(NO_TEXT):
        values = {"subject": text}
        document = Document(f"Number {number}", "note", values, customer.id)
        told = notify(session, "tickets", customer.id, "note", values, dedupe_key=f"{number}{text}")
        session.commit()
        assert [one.id for one in told] == [contact.id]
        assert send_to_marketing_list(session, news, "note", values, key=f"{number}{text}") == 1
        assert send_document(session, document, Wish([contact.id])).to
    assert session.scalar(select(func.count()).select_from(Mail)) == 3 * len(NO_TEXT)
    assert drain(session) == 3 * len(NO_TEXT)
    words = [f"{one['Subject']} {one.get_body(('plain',)).get_content()}" for one in smtp.messages]
    assert sum("\ufffd" in one for one in words) == 6


@pytest.mark.parametrize("text", NO_TEXT)
def test_no_text_on_a_command_line(app: Flask, tmp_path: Any, text: str) -> None:
    """A company that a terminal could not encode is one that there is not."""
    path = tmp_path / "people.csv"
    path.write_text("First name,Last name\nAda,A\n", encoding="utf-8")
    for command in (("export", "-"), ("import", str(path))):
        done = app.test_cli_runner().invoke(args=["contacts", *command, "--customer", text])
        assert done.exit_code == 1
        assert "No single customer is called" in done.output
