"""Keys, names and arguments that are not as plain as most."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy.orm import Session
from werkzeug.routing import ValidationError

from flask_contacts import Attachment
from flask_contacts.models import Contact
from flask_contacts.portal.records.formatters import as_text, money
from flask_contacts.portal.records.key_addresses import KeyConverter, written_key
from tests.proposal_pages import HostPaper, HostProposal

Make = Callable[..., Any]
LIST = "/portal/proposals/"


@pytest.fixture
def contact(make_customer: Make, make_contact: Make) -> Contact:
    """A primary contact."""
    person: Contact = make_contact(make_customer(), permissions=["proposals"])
    return person


@pytest.fixture
def proposal(session: Session, contact: Contact) -> HostProposal:
    """A proposal with more papers than a page shows."""
    papers = [HostPaper(title=f"{n}.txt", content=b"x") for n in range(5)]
    row = HostProposal(subject="Shed", customer_id=contact.customer_id, papers=papers)
    session.add(row)
    session.commit()
    return row


@pytest.fixture
def browser(contact: Contact, portal_client: Callable[[Any], FlaskClient]) -> FlaskClient:
    """The contact's browser."""
    return portal_client(contact)


@pytest.mark.parametrize(
    "query",
    ["_method=POST", "endpoint=x", "self=1", "values=1", "_external=1", "_scheme=javascript",
     "pk=2", "_anchor=z", "%0a=%00"],
)  # fmt: skip
def test_arguments_of_an_address_are_only_text(
    browser: FlaskClient, proposal: HostProposal, query: str
) -> None:
    """Whatever stands in the query of a page with more papers: no fault, and its links stay
    on the page."""
    response = browser.get(f"{LIST}{proposal.id}?{query}")
    assert response.status_code == 200
    assert f'href="{LIST}{proposal.id}?' in response.text
    assert "http" not in response.text.partition("papers_after=")[0].rpartition("href=")[2]


@pytest.mark.parametrize(
    ("key", "part"),
    [
        ("2026/1", "2026~2F1"), ("new", "~6Eew"), ("export.csv", "~65xport.csv"), ("..", "~2E."),
        (".", "~2E"), ("~2F", "~7E2F"), ("a\\b", "a~5Cb"), ("a b?#%", "a b?#%"), (12, "12"),
    ],
)  # fmt: skip
def test_any_key_is_one_part_of_an_address(app: Flask, key: Any, part: str) -> None:
    """A key leads to its own record: no slash, no word of ours; and one spelling each."""
    assert written_key(key) == part
    assert KeyConverter(app.url_map).to_python(part) == str(key)
    for other in ("~41", "~2f", "~", "new"):
        with pytest.raises(ValidationError):
            KeyConverter(app.url_map).to_python(other)


@pytest.mark.parametrize(
    ("name", "saved_as"),
    [("2026/1.pdf", "2026-1.pdf"), ("a\r\nX: 1", '"aX_ 1"'), ("", "file"), (None, "file"),
     ("..", "file")],
)  # fmt: skip
def test_a_name_that_is_no_files_is_cleaned(
    app: Flask,
    browser: FlaskClient,
    proposal: HostProposal,
    monkeypatch: pytest.MonkeyPatch,
    name: Any,
    saved_as: str,
) -> None:
    """A record's number in a file's name is no fault of who downloads it."""
    view = app.view_functions["contacts_portal.proposals_file"].__wrapped__.__self__
    load = type(view.files[0])("pdf", "PDF", lambda row: Attachment(name, b"content"))
    monkeypatch.setattr(type(view), "files", (load,))
    response = browser.get(f"{LIST}{proposal.id}/files/pdf")
    assert (response.status_code, response.data) == (200, b"content")
    assert response.headers["Content-Disposition"] == f"attachment; filename={saved_as}"


def test_a_stored_number_may_be_huge(app: Flask) -> None:
    """What no language writes out is shown as it is."""
    with app.test_request_context("/portal/"):
        assert as_text(1e300) == "1e+300"
        assert money("EUR")(-1e300) == "-1e+300"
