"""What is sent to the REST API, however it is sent, and what is said of what cannot be taken."""

from __future__ import annotations

import http.client
import json
import sqlite3
from collections.abc import Callable, Iterator
from typing import Any
from urllib.parse import urlsplit

import pytest
from flask import Flask
from sqlalchemy import Engine
from sqlalchemy.exc import OperationalError

from tests import api_client
from tests.api_client import errors
from tests.api_fuzz import served
from tests.staff_people import add_staff

Make = Callable[..., Any]
Programs = Callable[..., api_client.Program]
program = api_client.program
REQUIRED = ["This field is required."]


@pytest.fixture
def answering(app: Flask) -> Iterator[Flask]:
    """The host answers its faults, as where it is served."""
    app.testing = False
    app.config["PROPAGATE_EXCEPTIONS"] = False
    yield app
    app.testing = True


def test_a_body_in_chunks_is_a_body(
    app: Flask, program: Programs, make_customer: Make, make_contact: Make
) -> None:
    """Without a length it is read all the same, also where nothing need be sent, and no
    further than the largest body."""
    customer = make_customer()
    first, second = (make_contact(customer, topics=[]) for _number in range(2))
    headers = {**program().headers, "Content-Type": "application/json"}
    with served(app) as url:

        def post(path: str, *chunks: bytes) -> int:
            connection = http.client.HTTPConnection(urlsplit(url).netloc, timeout=20)
            sent = {**headers, "Transfer-Encoding": "chunked"}
            place = api_client.ROOT + path
            connection.request("POST", place, iter(chunks), sent, encode_chunked=True)
            status = connection.getresponse().status
            connection.close()
            return status

        successor = json.dumps({"successor": second.id}).encode()
        assert post(f"/{first.id}/deactivate") == 422
        assert post(f"/{first.id}/deactivate", successor[:5], successor[5:]) == 200
        assert post(f"/{second.id}/reactivate", b'{"unknown": true}') == 422
        assert post(f"/{first.id}/reactivate") == 200
        assert post("/", b'{"firstname": "A", "lastname": "B"}') == 201
        half = b" " * (1 << 19)
        assert post(f"/{first.id}/archive", b"{}", half, half) == 413
        assert post(f"/{first.id}/archive", b"{}", half, half[:-2]) == 200


def test_a_name_that_is_no_text(answering: Flask, program: Programs) -> None:
    """Half a pair of UTF-16 in a field's name is refused, also by a host that writes JSON in
    UTF-8."""
    answering.json.ensure_ascii = False  # type: ignore[attr-defined]
    ours = program()
    body = '{"firstname": "A", "lastname": "B", "\\ud800": "C"}'
    url, kind = f"{api_client.ROOT}/", "application/json"
    refused = ours.client.post(url, data=body, headers=ours.headers, content_type=kind)
    assert errors(refused) == {"\\ud800": ["There is no such field."]}
    for name in ("customer", "notes"):
        half = json.dumps({"firstname": "A", "lastname": "B", name: "a\udfff"})
        refused = ours.client.post(url, data=half, headers=ours.headers, content_type=kind)
        assert set(errors(refused)) == {name}


def test_what_is_missing_is_said_once(program: Programs) -> None:
    """Two fields are missing: each has one sentence."""
    assert errors(program().post()) == {"firstname": REQUIRED, "lastname": REQUIRED}


def test_what_would_fit_is_said(program: Programs, make_customer: Make, make_contact: Make) -> None:
    """A day of another form is told the form, a number out of its range the bounds."""
    contact, ours = make_contact(make_customer()), program()
    day = ["Type a date as year-month-day, such as 1985-06-30."]
    assert errors(ours.put(f"/{contact.id}", birthday="1.2.2000")) == {"birthday": day}
    assert errors(ours.get(created_from="1.2.2000"), 400) == {"created_from": day}
    bounds = ["Use a whole number from 1 to 100."]
    assert errors(ours.get(limit=5000), 400) == {"limit": bounds}
    assert errors(ours.get(limit="x"), 400) == {"limit": bounds}
    keys = ["Use a whole number from 1 to 2147483647."]
    assert errors(ours.put(f"/{contact.id}", manager=0)) == {"manager": keys}


def test_possible_values_are_named(
    program: Programs, make_customer: Make, make_contact: Make
) -> None:
    """Where one of some words is wanted, those that there are stand in the refusal: of an
    address, of a body, and of what the application has registered."""
    caller = program()
    path = f"/{make_contact(make_customer()).id}"
    none_of = "This is none of the values that are possible here: "
    for name, value, names in (
        ("order", "password", ["created", "name"]),
        ("columns", "id,password", ["id", "lastname", "permissions"]),
        ("permission", "nothing", ["invoices", "support", "email_notifications"]),
        ("topic", "nothing", ["invoice", "tickets"]),
        ("primary", "perhaps", ["true", "false"]),
    ):
        [text] = errors(caller.get(**{name: value}), 400)[name]
        assert text.startswith(none_of), text
        listed = text.removeprefix(none_of).rstrip(".").split(", ")
        assert set(names) <= set(listed), text
        assert "password" not in listed
    for field, value, name in (
        ("permissions", ["zz"], "invoices"),
        ("topics", ["invoice", "zz"], "tickets"),
        ("contact_preference", "pigeon", "work_phone"),
    ):
        [text] = errors(caller.put(path, **{field: value}))[field]
        assert text.startswith(none_of)
        assert name in text.removeprefix(none_of).rstrip(".").split(", ")


def test_reasons_name_fields_of_the_api(program: Programs) -> None:
    """What a form calls ticking is a field of the body here, by its name."""
    person = {"firstname": "Ada", "lastname": "Lovelace", "email": "ada@example.com"}
    caller = program()
    said = errors(caller.post(**person, is_user=True))
    assert said == {"password": ["A login needs a password, or send_password_mail as true."]}
    said = errors(caller.post(**person, send_password_mail=True))
    expected = "Send is_user as true too: without a login no link is sent."
    assert said == {"send_password_mail": [expected]}


def test_days_are_days(program: Programs, make_customer: Make, make_contact: Make) -> None:
    """A week of ISO 8601 and a day with a line's end are none; nor is such a choice a choice."""
    contact, other = (make_contact(make_customer()) for _number in range(2))
    ours = program()
    assert ours.get(created_from="2026-11-22").status_code == 200
    for text in ("2026-W01-1", "2026-11-2\n", "20261122", "٢٠٢٦-01-01"):
        assert set(errors(ours.get(created_from=text), 400)) == {"created_from"}
    for text in ("2000-01-01\n", "2000-W01-1", "٢٠٠٠-01-01", "\n2000-01-01"):
        assert set(errors(ours.put(f"/{contact.id}", birthday=text))) == {"birthday"}
    assert ours.put(f"/{contact.id}", birthday="2000-01-01").status_code == 200
    choices = {"notes": f"{contact.id}\n"}
    refused = ours.post(f"/{contact.id}/merge", contacts=[other.id], choices=choices)
    assert set(errors(refused)) == {"choices.notes"}


def test_every_refusal_is_in_our_words(
    app: Flask, program: Programs, make_customer: Make, make_contact: Make
) -> None:
    """Those that Flask-AppBuilder or HTTP have words for too: ours can be translated."""
    customer = make_customer()
    stays, goes = (make_contact(customer, topics=[]) for _number in range(2))
    ours = program()
    add_staff(app, "nina")
    message = program("nina").get().json["message"]
    assert message == "Your role does not allow this. Ask an administrator if you need it."
    large = ours.post(firstname="x" * (1 << 20), lastname="x")
    assert (large.status_code, large.json["message"]) == (
        413,
        "What was sent is larger than 1 MiB.",
    )
    assert ours.post(f"/{stays.id}/merge", contacts=[goes.id]).status_code == 200
    assert ours.get(f"/{goes.id}").json["message"] == "The contact was merged into another."
    app.config["BABEL_DEFAULT_LOCALE"] = "pt_BR"
    assert program("nina").get().json["message"] != message


def test_a_locked_database_is_busy(
    answering: Flask, program: Programs, engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    """503 with when to try again for what is read, too, and so it is described; what is wrong
    with a statement stays a fault."""
    from flask_contacts.api import contact_list

    ours = program()

    def fail_with(text: str) -> None:
        def fail(query: object) -> None:
            raise OperationalError("SELECT 1", {}, sqlite3.OperationalError(text))

        monkeypatch.setattr(contact_list, "page", fail)

    fail_with("database is locked")
    answer = ours.get()
    assert (answer.status_code, answer.headers["Retry-After"]) == (503, "1")
    fail_with("no such column: x")
    assert ours.get().status_code == 500
    described = ours.get("/openapi.json").json["paths"]
    for operations in described.values():
        for operation in operations.values():
            assert "503" in operation["responses"]
