"""Files of records and of what belongs to them, and related lists a page at a time."""

from __future__ import annotations

import re
from collections.abc import Callable
from html import unescape
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from flask_appbuilder.models.sqla.interface import SQLAInterface
from sqlalchemy.orm import Session

from flask_contacts import PortalModule
from flask_contacts.errors import ConfigError
from flask_contacts.portal import PortalModelView, RelatedList
from flask_contacts.portal.records.related_lists import name_of
from tests.proposal_pages import HostPaper, HostProposal

Make = Callable[..., Any]


@pytest.fixture
def customer(make_customer: Make) -> Any:
    """A customer."""
    return make_customer()


@pytest.fixture
def browser(customer: Any, make_contact: Make, portal_client: Any) -> FlaskClient:
    """A browser of its contact."""
    return portal_client(make_contact(customer, permissions=["proposals"]))


@pytest.fixture
def add(session: Session, customer: Any) -> Callable[..., HostProposal]:
    """``add(**columns)`` adds a proposal."""

    def make(**columns: Any) -> HostProposal:
        row = HostProposal(**{"subject": "Shed", "customer_id": customer.id, **columns})
        session.add(row)
        session.commit()
        return row

    return make


def paper(title: str, **columns: Any) -> HostPaper:
    """A paper with a content."""
    return HostPaper(**{"title": title, "content": title.encode(), **columns})


def test_a_file_of_a_record(browser: FlaskClient, add: Make) -> None:
    """Offered on the record's page, made when it is asked for, always for saving."""
    proposal = add()
    path = f"/portal/proposals/{proposal.id}/files/pdf"
    assert f'href="{path}" download' in browser.get(f"/portal/proposals/{proposal.id}").text
    response = browser.get(path)
    assert response.data == b"%PDF-1.4 proposal"
    assert response.mimetype == "application/pdf"
    assert response.headers["Content-Disposition"] == f"attachment; filename={proposal.id}.pdf"
    assert response.headers["X-Content-Type-Options"] == "nosniff"
    assert response.headers["Cache-Control"] == "no-store"


def test_a_file_that_is_not_there(browser: FlaskClient, add: Make) -> None:
    """Not offered, not made, unknown, of another record: 404."""
    proposal, urgent = add(), add(is_urgent=True)
    assert "/files/pdf" not in browser.get(f"/portal/proposals/{urgent.id}").text
    for path in (
        f"{urgent.id}/files/pdf", f"{proposal.id}/files/none", f"{proposal.id}/files/other",
        f"{proposal.id}/files/pdf%00", "999/files/pdf", "x/files/pdf",
    ):  # fmt: skip
        assert browser.get(f"/portal/proposals/{path}").status_code == 404, path


def test_a_file_of_a_row(browser: FlaskClient, add: Make, session: Session) -> None:
    """Each row leads to its file, by the name and kind that the host gives."""
    proposal = add(papers=[paper("Plan – öl.html", media_type="text/html")])
    page = browser.get(f"/portal/proposals/{proposal.id}").text
    child = proposal.papers[0].id
    path = f"/portal/proposals/{proposal.id}/papers/{child}"
    assert f'href="{path}" download' in page
    response = browser.get(path)
    assert response.text == "Plan – öl.html"
    assert response.headers["Content-Disposition"].startswith("attachment;")
    assert "Plan%20%E2%80%93%20%C3%B6l.html" in response.headers["Content-Disposition"]
    assert response.headers["X-Content-Type-Options"] == "nosniff"


def test_a_row_is_found_through_its_record(
    session: Session, browser: FlaskClient, add: Make, make_customer: Make
) -> None:
    """8.2.2: internal rows, rows of another record, of another customer's, without a file, and
    what is no key: 404."""
    proposal = add(
        papers=[
            paper("for staff", is_internal=True),
            paper("no file", content=None),
            paper("not offered", media_type="none/none"),
            paper("good"),
        ]
    )
    internal, empty, hidden, good = sorted(row.id for row in proposal.papers)
    other = add(papers=[paper("other")])
    foreign = add(papers=[paper("foreign")], customer_id=make_customer().id)
    assert browser.get(f"/portal/proposals/{proposal.id}/papers/{good}").text == "good"
    page = browser.get(f"/portal/proposals/{proposal.id}").text
    assert "for staff" not in page
    assert f"/papers/{hidden}" not in page
    for path in (
        f"{proposal.id}/papers/{internal}", f"{proposal.id}/papers/{empty}",
        f"{proposal.id}/papers/{hidden}", f"{proposal.id}/papers/{other.papers[0].id}",
        f"{other.id}/papers/{good}", f"{foreign.id}/papers/{foreign.papers[0].id}",
        f"{proposal.id}/papers/{foreign.papers[0].id}", f"{proposal.id}/papers/x",
        f"{proposal.id}/papers/0{good}", f"{proposal.id}/papers/%00", f"{proposal.id}/customer/1",
        f"{proposal.id}/lines/1", f"999/papers/{good}",
    ):  # fmt: skip
        assert browser.get(f"/portal/proposals/{path}").status_code == 404, path


def test_related_rows_come_a_page_at_a_time(
    browser: FlaskClient, add: Make, statements: Any
) -> None:
    """In the relationship's order, three at a time here; the way there and back; its statements
    do not grow."""
    titles = [f"P{number}" for number in range(8)]
    proposal = add(papers=[paper(title) for title in titles])
    seen: list[list[str]] = []
    path = f"/portal/proposals/{proposal.id}"
    texts = []
    while path:
        with statements() as counted:
            texts.append(browser.get(path).text)
        seen.append([title for title in reversed(titles) if f">{title}<" in texts[-1]])
        path = way(texts[-1], "next")
    assert seen == [["P7", "P6", "P5"], ["P4", "P3", "P2"], ["P1", "P0"]]
    assert len(counted) <= 6
    assert "papers_after=" in way(texts[0], "next")
    assert way(texts[0], "next").endswith("#papers")
    assert 'id="papers"' in texts[0]
    back = browser.get(way(texts[2], "prev")).text
    assert [title for title in reversed(titles) if f">{title}<" in back] == seen[1]
    assert browser.get(f"/portal/proposals/{proposal.id}?papers_after=x").status_code == 404
    assert browser.get(f"/portal/proposals/{proposal.id}?x=y").status_code == 200


def way(text: str, which: str) -> str:
    """Where the page's link to the next (``next``) or former (``prev``) page leads."""
    found = re.search(rf'rel="{which}" href="([^"]*)"', text)
    return unescape(found[1]) if found else ""


def test_a_relationship_that_is_shown_twice(app: Flask) -> None:
    """Each of the two lists has a name of its own in addresses; two with downloads cannot be."""
    twice = (RelatedList("papers", "A", ["title"]), RelatedList("papers", "B", ["title"]))
    attributes = {
        "datamodel": SQLAInterface(HostProposal),
        "show_columns": ["subject"],
        "related_lists": twice,
    }
    kind = type("Twice", (PortalModelView,), attributes)
    view = kind(PortalModule("proposals", "Proposals", view=kind))
    assert [name_of(view, one) for one in twice] == ["papers", "papers_2"]
    files = tuple(RelatedList("papers", "A", ["title"], download=lambda row: None) for _ in "ab")
    kind = type("Slip", (PortalModelView,), {**attributes, "related_lists": files})
    with pytest.raises(ConfigError):
        kind(PortalModule("proposals", "Proposals", view=kind))
