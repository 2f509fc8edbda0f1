"""The tab Notes of a customer's profile (BEHAVIOUR C13)."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from flask.testing import FlaskClient
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from flask_contacts.models import CustomerNote

pytestmark = pytest.mark.bundled_only(reason="the tab Notes belongs to the bundled customers' view")

Make = Callable[..., Any]


@pytest.fixture
def post(staff_client: FlaskClient, csrf: Callable[[FlaskClient, str], str]) -> Make:
    """``post(url, **fields)`` with a token."""

    def send(url: str, **fields: str) -> Any:
        return staff_client.post(
            url, data={**fields, "csrf_token": csrf(staff_client, "/customers/add")}
        )

    return send


def test_note(post: Make, staff_client: FlaskClient, make_customer: Make, session: Session) -> None:
    """A note is kept with its author, shown escaped, and deleted by a page that asks."""
    customer = make_customer()
    response = post(f"/customernotes/new/{customer.id}", body="<b>Called</b>\r\ntwice ")
    assert response.location == f"/customers/show/{customer.id}?tab=NotesTab#NotesTab"
    note = session.scalars(select(CustomerNote)).one()
    assert (note.body, note.author) == ("<b>Called</b>\ntwice", "Ada Min")
    html = staff_client.get(response.location).text
    assert "&lt;b&gt;Called&lt;/b&gt;" in html
    url = f"/customernotes/delete/{customer.id}/{note.id}"
    assert url in html
    asking = staff_client.get(url).text
    assert "Delete this note?" in asking
    assert "&lt;b&gt;Called&lt;/b&gt;\ntwice" in asking
    assert session.scalar(select(func.count()).select_from(CustomerNote)) == 1
    assert post(url).location == response.location
    assert session.scalar(select(func.count()).select_from(CustomerNote)) == 0
    assert "The note was deleted." in staff_client.get(response.location).text
    for ask in (staff_client.get, post):  # Back in the browser, a second click
        assert ask(url).location == response.location
        assert "This note is not there any more." in staff_client.get(response.location).text


@pytest.mark.parametrize("body", ["", "  \n ", "x" * 10_001, "a\x00b", "a\x1bb"])
def test_bad_note(post: Make, make_customer: Make, session: Session, body: str) -> None:
    """Each problem stands at the field; nothing is kept, nothing typed is lost."""
    response = post(f"/customernotes/new/{make_customer().id}", body=body)
    assert response.status_code == 422
    assert 'id="body-error"' in response.text
    assert session.scalar(select(func.count()).select_from(CustomerNote)) == 0


def test_foreign(
    post: Make, staff_client: FlaskClient, make_customer: Make, session: Session
) -> None:
    """Unknown customers, other customers' notes and foreign fields are refused."""
    mine, other = make_customer(), make_customer()
    session.add(CustomerNote(customer_id=other.id, body="x", author="y"))
    session.commit()
    note = session.scalars(select(CustomerNote)).one()
    assert post("/customernotes/new/999", body="x").status_code == 404
    assert post("/customernotes/new/abc", body="x").status_code == 404
    url = f"/customernotes/delete/{mine.id}/{note.id}"
    for answer in (post(url), staff_client.get(url)):
        assert answer.location == f"/customers/show/{mine.id}?tab=NotesTab#NotesTab"
    assert post(f"/customernotes/new/{mine.id}", body="x", author="z").status_code == 422
    assert session.scalar(select(func.count()).select_from(CustomerNote)) == 1


def test_pages(staff_client: FlaskClient, make_customer: Make, session: Session) -> None:
    """25 a page, the newest first; a page that is not there is said."""
    customer = make_customer()
    session.add_all(
        CustomerNote(customer_id=customer.id, body=f"note {number:02}", author="y")
        for number in range(30)
    )
    session.commit()
    url = f"/customers/show/{customer.id}"
    first = staff_client.get(f"{url}?tab=NotesTab").text
    assert f'href="{url}?tab=NotesTab&amp;notes_page=2#NotesTab"' in first
    assert first.index("note 29") < first.index("note 05")
    assert "note 04" not in first
    assert "note 04" in staff_client.get(f"{url}?notes_page=2").text
    for page in ("abc", "0", "3", "-1"):
        assert "There is no page" in staff_client.get(f"{url}?notes_page={page}").text
