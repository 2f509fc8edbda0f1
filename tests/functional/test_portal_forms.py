"""Forms over records: new ones with files, changes that overwrite nobody's."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import date
from io import BytesIO
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from flask_wtf import FlaskForm
from sqlalchemy import select, update
from sqlalchemy.orm import Session
from werkzeug.test import TestResponse
from wtforms import HiddenField, RadioField, SelectMultipleField, StringField, SubmitField
from wtforms.validators import DataRequired

from flask_contacts.errors import DatabaseBusy
from flask_contacts.portal import PortalModelView, UploadField
from flask_contacts.portal.records import uploads, writing as record_writing
from flask_contacts.testing import csrf_token
from tests.proposal_pages import HostPaper, HostProposal

Make = Callable[..., Any]
Post = Callable[..., TestResponse]
LIST = "/portal/proposals/"
NEW = f"{LIST}new"
PDF = b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n"


@pytest.fixture
def customer(make_customer: Make) -> Any:
    """A customer."""
    return make_customer()


@pytest.fixture
def contact(customer: Any, make_contact: Make) -> Any:
    """Its primary contact."""
    return make_contact(customer, permissions=["proposals"])


@pytest.fixture
def browser(contact: Any, portal_client: Callable[[Any], FlaskClient]) -> FlaskClient:
    """The contact's browser."""
    return portal_client(contact)


@pytest.fixture
def send(browser: FlaskClient) -> Post:
    """``send(path, **fields)`` posts a form with its token; bytes pairs are files."""

    def post(path: str, /, **typed: Any) -> TestResponse:
        data = {"csrf_token": csrf_token(browser, "/portal/"), **typed}
        return browser.post(path, data=data, content_type="multipart/form-data")

    return post


@pytest.fixture
def proposal(session: Session, customer: Any, contact: Any) -> HostProposal:
    """An open proposal."""
    row = HostProposal(
        subject="Shed", value="10.50", valid_until=date(2026, 5, 1), customer_id=customer.id
    )
    session.add(row)
    session.commit()
    return row


def file(name: str, content: bytes = PDF) -> tuple[BytesIO, str]:
    """A file as a browser sends it."""
    return BytesIO(content), name


def changed(session: Session) -> HostProposal:
    """The only proposal, as the database has it now."""
    session.rollback()
    session.expire_all()
    return session.scalars(select(HostProposal)).one()


def test_a_new_record(
    session: Session, customer: Any, contact: Any, browser: FlaskClient, send: Post
) -> None:
    """A button on the list, the form, the record with its files on its page; whose it is does
    the server say."""
    assert f'href="{NEW}"' in browser.get(LIST).text
    assert "Ask for a proposal" in browser.get(LIST).text
    page = browser.get(NEW).text
    assert 'enctype="multipart/form-data"' in page
    assert 'maxlength="80"' in page
    assert "In your own words." in page
    assert "At most 2 files, each at most 2 KiB." in page
    assert 'accept=".pdf,.png' in page
    response = send(
        NEW,
        subject="A shed",
        value="1200.50",
        note="With\r\na door",
        papers=[file("plan.pdf"), file("../wishes.txt", "schön".encode())],
        customer_id="999",
        status="accepted",
    )
    row = changed(session)
    assert response.location == f"{LIST}{row.id}"
    assert (row.customer_id, row.contact_id, row.status) == (customer.id, contact.id, "open")
    assert (str(row.value), row.note) == ("1200.50", "With\na door")
    papers = session.scalars(select(HostPaper).order_by(HostPaper.title)).all()
    assert [(one.title, one.media_type, one.content) for one in papers] == [
        ("plan.pdf", "application/pdf", PDF),
        ("wishes.txt", "text/plain", "schön".encode()),
    ]
    page = browser.get(response.location).text
    assert "Saved." in page
    assert "plan.pdf" in page


def test_the_customer_is_never_the_forms_to_say(
    app: Flask,
    session: Session,
    customer: Any,
    make_customer: Make,
    send: Post,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """8.2.3: also where the host's ``create`` sets another one."""
    other = make_customer().id
    view = app.view_functions["contacts_portal.proposals_new"].__wrapped__.__self__
    monkeypatch.setattr(
        type(view),
        "create",
        lambda self, form: HostProposal(subject=form.subject.data, customer_id=other),
    )
    assert send(NEW, subject="Mine").status_code == 303
    assert changed(session).customer_id == customer.id


def test_the_default_create(
    app: Flask,
    session: Session,
    customer: Any,
    contact: Any,
    send: Post,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Without one of the host's: the form's values, the customer and the contact."""
    view = app.view_functions["contacts_portal.proposals_new"].__wrapped__.__self__
    monkeypatch.setattr(type(view), "create", PortalModelView.create)
    response = send(NEW, subject="Plain", note="words")
    row = changed(session)
    assert response.location == f"{LIST}{row.id}"
    assert (row.subject, row.note, row.value) == ("Plain", "words", None)
    assert (row.customer_id, row.contact_id) == (customer.id, contact.id)


@pytest.mark.parametrize(
    ("typed", "field", "message"),
    [
        ({"subject": ""}, "subject", "This field is required."),
        ({"subject": "x" * 81}, "subject", "At most 80 characters, please."),
        ({"subject": "a\x00b"}, "subject", "This text has a character that cannot be kept."),
        ({"value": "much"}, "value", "Not a valid decimal value."),
        ({"value": "1e12"}, "value", "This number is too large or too small."),
        ({"value": "NaN"}, "value", "This number is too large or too small."),
        ({"value": "-Infinity"}, "value", "This number is too large or too small."),
        ({"papers": [file("a.exe", b"MZ\x90")]}, "papers", "“a.exe” is of a kind that is not"),
        ({"papers": [file("a.pdf", b"MZ\x90")]}, "papers", "“a.pdf” is not what its name says."),
        ({"papers": [file("a.txt", b"")]}, "papers", "“a.txt” is empty."),
        ({"papers": [file("a.txt", b"x" * 2001)]}, "papers", "“a.txt” is larger than 2 KiB."),
        ({"papers": [file("a.txt", b"x")] * 3}, "papers", "Choose at most 2 files."),
    ],
)
def test_what_cannot_be_taken_is_said_at_its_field(
    session: Session, send: Post, typed: dict[str, Any], field: str, message: str
) -> None:
    """422, the message at the field, everything else still filled in, no row."""
    response = send(NEW, **{"subject": "A subject", "note": "<u>typed", "value": "5", **typed})
    assert response.status_code == 422
    assert message in response.text
    assert f'id="{field}-error"' in response.text
    assert f'aria-describedby="{field}-error' in response.text
    assert "&lt;u&gt;typed" in response.text
    assert session.scalars(select(HostProposal)).all() == []


def test_files_have_to_be_chosen_again(session: Session, send: Post) -> None:
    """Where another field is wrong, good files are lost with the request; the page says so."""
    response = send(NEW, subject="", papers=[file("a.pdf")])
    assert response.status_code == 422
    assert "Please choose your files again." in response.text
    assert "Please choose your files again." not in send(NEW, subject="").text


def test_the_hosts_refusal(session: Session, send: Post) -> None:
    """PortalRefused: 409, in words, with what was typed."""
    response = send(NEW, subject="Refuse", note="kept words")
    assert response.status_code == 409
    assert "Not now." in response.text
    assert "kept words" in response.text


def test_more_than_any_form_could_take_is_413(send: Post, monkeypatch: pytest.MonkeyPatch) -> None:
    """It is refused unread; a little too much is read, and told at its field."""
    monkeypatch.setattr(uploads, "_OTHER_FIELDS", 1000)
    response = send(NEW, subject="x", papers=[file("a.txt", b"x" * 14_000)])
    assert response.status_code == 413
    assert "What was sent is larger than this page accepts." in response.text
    assert send(NEW, subject="x", papers=[file("a.txt", b"x" * 9_000)]).status_code == 422
    assert send(f"{LIST}1/accept", name="x" * 1_500).status_code == 413


def test_the_hosts_own_limit_has_our_page(app: Flask, send: Post) -> None:
    """Where ``MAX_CONTENT_LENGTH`` cuts a request, the page is the portal's."""
    app.config["MAX_CONTENT_LENGTH"] = 1000
    response = send(NEW, subject="x", papers=[file("a.txt", b"x" * 1900)])
    assert response.status_code == 413
    assert "portal.css" in response.text


def test_a_change(session: Session, browser: FlaskClient, send: Post, proposal: Any) -> None:
    """A button on the record's page; the form as the record is; saved, and said."""
    assert f'href="{LIST}{proposal.id}/edit"' in browser.get(f"{LIST}{proposal.id}").text
    path = f"{LIST}{proposal.id}/edit"
    page = browser.get(path).text
    assert 'value="Shed"' in page
    assert 'value="10.50"' in page
    assert 'value="2026-05-01"' in page
    response = send(path, _version=version(browser, path), subject="Barn", value="11",
                    status="open", valid_until="", is_urgent="y")  # fmt: skip
    assert (response.status_code, response.location) == (303, f"{LIST}{proposal.id}")
    row = changed(session)
    assert (row.subject, str(row.value), row.valid_until, row.is_urgent) == (
        "Barn", "11.00", None, True,
    )  # fmt: skip
    assert "Your changes are saved." in browser.get(response.location).text


def version(browser: FlaskClient, path: str) -> str:
    """The state of the record that the form at ``path`` shows."""
    text = browser.get(path).text
    return text.partition('name="_version" value="')[2].partition('"')[0]


def test_a_change_in_between_is_not_overwritten(
    session: Session, browser: FlaskClient, send: Post, proposal: Any
) -> None:
    """409: what was typed is kept, what is there now stands beside it; saved again, it counts."""
    path = f"{LIST}{proposal.id}/edit"
    opened = version(browser, path)
    session.execute(update(HostProposal).values(subject="Garage", note="not in the form"))
    session.commit()
    typed = {"subject": "Barn", "value": "10.5", "status": "open", "valid_until": "2026-05-01"}
    response = send(path, _version=opened, **typed)
    assert response.status_code == 409
    assert "Somebody has changed this meanwhile." in response.text
    assert '<dt>Subject</dt><dd dir="auto">Garage</dd>' in response.text
    assert "<dt>Budget</dt>" not in response.text
    assert 'value="Barn"' in response.text
    assert changed(session).subject == "Garage"
    again = response.text.partition('name="_version" value="')[2].partition('"')[0]
    assert send(path, _version=again, **typed).status_code == 303
    assert changed(session).subject == "Barn"


@pytest.mark.parametrize("token", ["", "x", "é", "0" * 32])
def test_a_change_without_its_state_is_not_done(
    session: Session, send: Post, proposal: Any, token: str
) -> None:
    """Whoever does not say which state was seen is shown it first."""
    response = send(
        f"{LIST}{proposal.id}/edit", _version=token, subject="Barn", status="open", value="1"
    )
    assert response.status_code == 409
    assert changed(session).subject == "Shed"


def test_a_bad_change_keeps_the_first_state(
    session: Session, browser: FlaskClient, send: Post, proposal: Any
) -> None:
    """After an error the form still knows what it showed at first: somebody else's change in
    the meantime is seen."""
    path = f"{LIST}{proposal.id}/edit"
    opened = version(browser, path)
    response = send(path, _version=opened, subject="", status="open")
    assert response.status_code == 422
    assert f'name="_version" value="{opened}"' in response.text
    session.execute(update(HostProposal).values(subject="Garage"))
    session.commit()
    assert send(path, _version=opened, subject="Barn", status="open").status_code == 409


def test_who_may_not_change(
    session: Session, browser: FlaskClient, send: Post, proposal: Any, monkeypatch: Any
) -> None:
    """``may_edit`` says no: no button, 403 for the page and for what is posted, asked again
    under the lock."""
    path = f"{LIST}{proposal.id}/edit"
    opened = version(browser, path)
    change = record_writing.change

    def later(module: str, work: Callable[[], Any]) -> Any:
        session.execute(update(HostProposal).values(status="accepted"))
        session.commit()
        return change(module, work)

    monkeypatch.setattr(record_writing, "change", later)
    typed = {"subject": "Barn", "value": "10.5", "status": "open", "valid_until": "2026-05-01"}
    assert send(path, _version=opened, **typed).status_code == 403
    assert "/edit" not in browser.get(f"{LIST}{proposal.id}").text
    assert browser.get(path).status_code == 403
    assert send(path, _version=opened, **typed).status_code == 403
    assert changed(session).subject == "Shed"


def test_a_change_that_hides_the_record_leads_to_the_list(
    browser: FlaskClient, send: Post, proposal: Any
) -> None:
    """What the visitor does not see any more is no page to come back to."""
    path = f"{LIST}{proposal.id}/edit"
    response = send(path, _version=version(browser, path), subject="Shed", status="draft")
    assert (response.status_code, response.location) == (303, LIST)


def test_a_busy_database_keeps_what_was_typed(send: Post, monkeypatch: pytest.MonkeyPatch) -> None:
    """503, to try again, with the form as it was."""

    def busy(*_arguments: object) -> None:
        raise DatabaseBusy("locked")

    monkeypatch.setattr(record_writing, "change", busy)
    response = send(NEW, subject="Kept subject")
    assert response.status_code == 503
    assert response.headers["Retry-After"]
    assert "Kept subject" in response.text


def test_forms_speak_the_readers_language(browser: FlaskClient) -> None:
    """WTForms' own messages too, also for a form that knows nothing of Flask-Babel."""
    token = csrf_token(browser, "/portal/")
    response = browser.post(NEW, data={"csrf_token": token}, headers={"Accept-Language": "pt-BR"})
    assert "Campo obrigatório." in response.text


def test_a_form_of_flask_wtf(
    app: Flask, session: Session, browser: FlaskClient, send: Post, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It may be a ``FlaskForm``, with one file and fields of other kinds: the page's token is
    enough, and every field has its label."""

    class Asked(FlaskForm):
        subject = StringField("Subject", [DataRequired()])
        where = RadioField("Where?", choices=["Here", "There"], default="There")
        extras = SelectMultipleField("Extras", choices=["Door", "Roof"])
        hidden = HiddenField(default="h")
        plan = UploadField("Plan", most_files=1, kinds=["pdf"])
        go = SubmitField("Go")

    view = app.view_functions["contacts_portal.proposals_new"].__wrapped__.__self__
    monkeypatch.setattr(type(view), "create_form", Asked)
    monkeypatch.setattr(
        type(view),
        "create",
        lambda self, form: HostProposal(subject=f"{form.where.data} {form.plan.data[0].filename}"),
    )
    page = browser.get(NEW).text
    assert "One file, at most 10 MiB. PDF." in page
    assert re.search(r'<input accept=".pdf"[^>]* id="plan"[^>]* type="file">', page)
    assert "<legend" in page
    assert page.count('type="radio"') == 2
    assert 'name="hidden"' in page
    assert 'name="go"' not in page
    response = send(NEW, subject="x", where="Here", plan=file("a.pdf"))
    assert response.status_code == 303, response.text
    assert changed(session).subject == "Here a.pdf"
    assert "“a.txt” is of a kind" in send(NEW, subject="x", plan=file("a.txt", b"x")).text


def test_no_form_without_its_token(browser: FlaskClient, proposal: Any) -> None:
    """3.5.1: neither a new record nor a change."""
    assert browser.post(NEW, data={"subject": "x"}).status_code == 400
    assert browser.post(f"{LIST}{proposal.id}/edit", data={"subject": "x"}).status_code == 400


def test_reading_forms_changes_nothing(
    session: Session, browser: FlaskClient, proposal: Any
) -> None:
    """3.5.3: GET and HEAD of every page of a record leave it alone, and have one status."""
    before = (proposal.subject, proposal.status)
    for page in ("", "/edit", "/accept", "/withdraw", "/files/pdf"):
        path = f"{LIST}{proposal.id}{page}"
        assert browser.get(path).status_code == browser.head(path).status_code == 200
    row = changed(session)
    assert (row.subject, row.status) == before
