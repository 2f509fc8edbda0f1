"""Forms that come from elsewhere than they seem: another company, too large, not text."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import date
from io import BytesIO, RawIOBase
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from flask_wtf import CSRFProtect
from sqlalchemy import Numeric, select
from sqlalchemy.dialects import mysql
from sqlalchemy.orm import Session
from werkzeug.test import EnvironBuilder, TestResponse, run_wsgi_app
from wtforms import StringField

from flask_contacts.errors import ConfigError
from flask_contacts.models import Contact
from flask_contacts.portal.records import fitting, uploads
from flask_contacts.testing import csrf_token
from tests.proposal_pages import ChangeForm, HostProposal

Make = Callable[..., Any]
LIST = "/portal/proposals/"
NEW = f"{LIST}new"
TYPED = {"value": "10.50", "status": "open", "valid_until": "2026-05-01"}


@pytest.fixture
def contact(make_customer: Make, make_contact: Make) -> Contact:
    """A primary contact."""
    person: Contact = make_contact(make_customer(company="Acme"), permissions=["proposals"])
    return person


@pytest.fixture
def browser(contact: Contact, portal_client: Callable[[Any], FlaskClient]) -> FlaskClient:
    """The contact's browser."""
    return portal_client(contact)


@pytest.fixture
def proposal(session: Session, contact: Contact) -> HostProposal:
    """An open proposal of its customer."""
    row = HostProposal(
        subject="Shed",
        value="10.50",
        valid_until=date(2026, 5, 1),
        customer_id=contact.customer_id,
    )
    session.add(row)
    session.commit()
    return row


def hidden(browser: FlaskClient, path: str, name: str) -> str:
    """A hidden field of the page's own form, which comes last."""
    text = browser.get(path).text
    return text.rpartition(f'name="{name}" value="')[2].partition('"')[0]


def post(browser: FlaskClient, path: str, **typed: Any) -> TestResponse:
    """Send a form with its token, as one with files."""
    data = {"csrf_token": csrf_token(browser, "/portal/"), **typed}
    return browser.post(path, data=data, content_type="multipart/form-data")


def pages_of(app: Flask) -> type:
    """The class of the proposals' pages."""
    view = app.view_functions["contacts_portal.proposals_new"].__wrapped__.__self__
    return type(view)


def saved(session: Session) -> list[tuple[str, Any]]:
    """Subject and customer of every proposal, as the database has it now."""
    session.rollback()
    rows = session.execute(select(HostProposal.subject, HostProposal.customer_id))
    return [tuple(row) for row in rows]


def test_a_form_of_another_company_saves_nothing(
    session: Session, contact: Contact, browser: FlaskClient, proposal: HostProposal
) -> None:
    """A form that was opened as another contact: 409, it says so, what was typed is kept,
    and the new form is the visitor's."""
    before = saved(session)
    assert hidden(browser, NEW, "_contact") == str(contact.id)
    response = post(browser, NEW, subject="For the other one", _contact=str(contact.id + 1))
    assert response.status_code == 409
    assert "You have changed the company since you opened this form" in response.text
    assert 'value="For the other one"' in response.text
    assert f'name="_contact" value="{contact.id}"' in response.text
    for path in (f"{LIST}{proposal.id}/edit", f"{LIST}999/accept", f"{LIST}{proposal.id}/withdraw"):
        response = post(browser, path, subject="kept", name="kept", _contact="0")
        assert response.status_code == 409
        assert "This form was opened for another company" in response.text
        assert ('<dd dir="auto">kept</dd>' in response.text) == ("withdraw" not in path)
    assert saved(session) == before


def test_pages_without_a_module_too(browser: FlaskClient) -> None:
    """Changing the own name for another company: 409; signing out from an old page works."""
    assert post(browser, "/portal/account/", firstname="X", _contact="0").status_code == 409
    assert post(browser, "/portal/sign-out", _contact="0").status_code == 303


@pytest.mark.parametrize("name", ["subject", "value", "note"])
def test_a_file_for_a_text_field_is_no_text(browser: FlaskClient, name: str) -> None:
    """The field was not sent then: no fault, and no file in a column of text."""
    given: dict[str, Any] = {"subject": "x", name: (BytesIO(b"hello"), "x.txt")}
    assert post(browser, NEW, **given).status_code == (422 if name == "subject" else 303)


class Body(RawIOBase):
    """A body of many bytes that counts what is read of it."""

    def __init__(self, size: int) -> None:
        self.left, self.taken = size, 0
        self.head = b'--B\r\nContent-Disposition: form-data; name="f"\r\n\r\n'

    def readable(self) -> bool:
        """Yes."""
        return True

    def readinto(self, buffer: Any) -> int:
        """The next part."""
        part = self.head or b"x" * min(len(buffer), self.left, 65536)
        part, self.head = part[: len(buffer)], part[len(buffer) :] if self.head else b""
        buffer[: len(part)] = part
        self.left, self.taken = self.left - len(part), self.taken + len(part)
        return len(part)


@pytest.fixture
def with_csrf_protect(app: Flask) -> Iterator[None]:
    """A host that has a ``CSRFProtect`` of its own."""
    before = list(app.before_request_funcs.get(None, []))
    app.config["WTF_CSRF_ENABLED"] = True
    app._got_first_request = False
    CSRFProtect(app)
    yield
    app.before_request_funcs[None] = before
    app.extensions.pop("csrf")


@pytest.mark.usefixtures("with_csrf_protect")
@pytest.mark.parametrize("path", ["sign-in", "nothing", "forgot-password", "sign-out"])
@pytest.mark.parametrize("is_chunked", [True, False])
def test_nobody_reads_a_body_without_end(
    app: Flask, monkeypatch: pytest.MonkeyPatch, path: str, is_chunked: bool
) -> None:
    """Whatever the host sets and whether or not the length is told: 413 in our looks, and
    little more than the limit is read."""
    monkeypatch.setattr(uploads, "_OTHER_FIELDS", 100_000)
    body = Body(3_000_000)
    environ = EnvironBuilder(path=f"/portal/{path}", method="POST").get_environ()
    environ |= {"wsgi.input": body, "CONTENT_TYPE": "multipart/form-data; boundary=B"}
    if is_chunked:
        environ |= {"wsgi.input_terminated": True, "HTTP_TRANSFER_ENCODING": "chunked"}
        environ.pop("CONTENT_LENGTH", None)
    else:
        environ["CONTENT_LENGTH"] = "3000000"
    parts, status, _headers = run_wsgi_app(app.wsgi_app, environ)
    assert status.startswith("413")
    assert b"portal.css" in b"".join(parts)
    assert body.taken <= (200_000 if is_chunked else 0)


@pytest.mark.usefixtures("with_csrf_protect")
def test_the_portals_own_check_decides(browser: FlaskClient) -> None:
    """Not a host's ``CSRFProtect``: a form without its token gets our page and the way back."""
    response = browser.post(NEW, data={"subject": "x"})
    assert response.status_code == 400
    assert f'href="{NEW}">Try again' in response.text


def test_no_record_goes_to_another_customer(
    app: Flask,
    session: Session,
    make_customer: Make,
    browser: FlaskClient,
    proposal: HostProposal,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Also where the host's ``create`` or ``update`` sets a relationship: C043, nothing saved."""
    other, before = make_customer(), saved(session)
    monkeypatch.setattr(
        pages_of(app), "create", lambda self, form: HostProposal(subject="x", customer=other)
    )
    monkeypatch.setattr(
        pages_of(app), "update", lambda self, row, form: setattr(row, "customer_id", other.id)
    )
    path = f"{LIST}{proposal.id}/edit"
    version = hidden(browser, path, "_version")
    with pytest.raises(ConfigError, match="C043"):
        post(browser, path, subject="y", _version=version, **TYPED)
    session.expunge_all()
    with pytest.raises(ConfigError, match="C043"):
        post(browser, NEW, subject="x")
    assert saved(session) == before


def test_a_statement_that_is_kept_shows_nobody_elses(
    app: Flask,
    browser: FlaskClient,
    proposal: HostProposal,
    make_customer: Make,
    make_contact: Make,
    portal_client: Callable[[Any], FlaskClient],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """A host's ``query`` that gives another contact's statement: C044, and no row of theirs."""
    kept: list[Any] = []
    plain = pages_of(app).query  # type: ignore[attr-defined]

    def query(self: Any) -> Any:
        kept.append(plain(self))
        return kept[0]

    monkeypatch.setattr(pages_of(app), "query", query)
    assert "Shed" in browser.get(LIST).text
    other = portal_client(make_contact(make_customer(), permissions=["proposals"]))
    with pytest.raises(ConfigError, match="C044"):
        other.get(LIST)


@pytest.mark.parametrize("value", ["sNaN", "1e999999999", "-1e999999", "9999999999.995", "1e300"])
def test_absurd_numbers_are_told_at_their_field(browser: FlaskClient, value: str) -> None:
    """Numbers that arithmetic stumbles over, and those that rounding makes too large: 422."""
    response = post(browser, NEW, subject="x", value=value)
    assert response.status_code == 422
    assert "This number is too large or too small." in response.text
    assert 'id="value-error"' in response.text


def test_a_field_of_its_own_default_is_no_change(
    app: Flask, browser: FlaskClient, proposal: HostProposal, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A field that is no attribute of the model does not count in the record's state."""
    opened = iter(range(99))

    class WithSeen(ChangeForm):
        seen = StringField("Seen", default=lambda: str(next(opened)))

    monkeypatch.setattr(pages_of(app), "edit_form", WithSeen)
    path = f"{LIST}{proposal.id}/edit"
    version = hidden(browser, path, "_version")
    assert post(browser, path, subject="Barn", _version=version, **TYPED).status_code == 303


def test_mariadbs_text_ends_somewhere() -> None:
    """How many bytes its kinds of text hold; elsewhere there is no such end."""
    dialect: Any = mysql.dialect()  # type: ignore[no-untyped-call]
    text = HostProposal.__table__.c.note.type
    assert fitting._most_bytes(text, dialect) == 65_535
    assert fitting._most_bytes(text.with_variant(mysql.LONGTEXT(), "mysql"), dialect) == 2**32 - 1
    assert fitting._fits(2, Numeric(8, 2))
