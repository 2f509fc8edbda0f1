"""A list as a CSV file."""

from __future__ import annotations

import csv
from collections.abc import Callable
from datetime import date, datetime
from decimal import Decimal
from io import StringIO
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import insert
from sqlalchemy.orm import Session

from flask_contacts.portal.records import csv_export
from flask_contacts.services.csv_text import bare
from tests.proposal_pages import HostProposal

Make = Callable[..., Any]
FILE = "/portal/proposals/export.csv"


@pytest.fixture
def customer(make_customer: Make) -> Any:
    """A customer."""
    return make_customer()


@pytest.fixture
def browser(customer: Any, make_contact: Make, portal_client: Any) -> FlaskClient:
    """A browser of its contact."""
    return portal_client(make_contact(customer, permissions=["proposals"]))


def add(session: Session, customer_id: Any, *rows: dict[str, Any]) -> None:
    """Add proposals."""
    session.execute(insert(HostProposal), [{**row, "customer_id": customer_id} for row in rows])
    session.commit()


def lines(text: str) -> list[list[str]]:
    """The file's lines, as a program reads them."""
    assert text.startswith("\ufeff")
    return list(csv.reader(StringIO(text[1:], newline="")))


def test_the_file_is_what_the_list_shows(
    session: Session, customer: Any, make_customer: Make, browser: FlaskClient
) -> None:
    """Its columns, headings, order, search and filters; plain numbers, ISO dates, words of the
    page; nobody else's rows."""
    add(
        session,
        customer.id,
        {"subject": "Beta", "value": Decimal("1234.50"), "valid_until": date(2026, 2, 28)},
        {"subject": "Alpha, “quoted”", "value": Decimal("-0.50"), "status": "accepted"},
        {"subject": "Hidden", "status": "draft"},
    )
    add(session, make_customer().id, {"subject": "Foreign"})
    response = browser.get(f"{FILE}?order=subject")
    assert response.mimetype == "text/csv"
    disposition = response.headers["Content-Disposition"]
    assert disposition.startswith("attachment; filename=proposals-20")
    assert response.headers["X-Content-Type-Options"] == "nosniff"
    assert response.data.startswith(b"\xef\xbb\xbfSubject,")
    assert b"\r\n" in response.data
    assert lines(response.text) == [
        ["Subject", "Valid until", "Value", "Status"],
        ["Alpha, “quoted”", "", "-0.50", "Accepted"],
        ["Beta", "2026-02-28", "1234.50", "Open"],
    ]
    assert len(lines(browser.get(f"{FILE}?q=beta&status=open").text)) == 2
    assert len(lines(browser.get(f"{FILE}?q=zzz").text)) == 1
    assert f'href="{FILE}?order=value"' in browser.get("/portal/proposals/?order=value").text


def test_no_cell_is_a_formula(session: Session, customer: Any, browser: FlaskClient) -> None:
    """1.2.10: text that a spreadsheet would run gets an apostrophe, and comes back without."""
    texts = [
        "=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1", "\n=1", "\0=1", "＝1", "＋1", "－1", "＠1",
        "=HYPERLINK(\"http://evil.example\",\"x\")", "=cmd|' /C calc'!A0", "plain", "a=b", "'=1",
        "x;=1", "x;'=1", "x\t@y", "a; - b",
    ]  # fmt: skip
    add(session, customer.id, *({"subject": text} for text in texts))
    cells = [row[0] for row in lines(browser.get(FILE).text)[1:]]
    for cell in cells:
        assert not cell.startswith(("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠"))
        assert "\0" not in cell
        assert ";=" not in cell  # a spreadsheet that separates by semicolons makes it a cell
    assert "a; - b" in cells
    # The way back: an apostrophe before what would have been a formula.
    assert [bare(cell) for cell in cells] == [text.replace("\0", "") for text in reversed(texts)]


@pytest.mark.parametrize(
    ("value", "written"),
    [
        (None, ""),
        ("", ""),
        (True, "TRUE"),
        (False, "FALSE"),
        (-3, "-3"),
        (Decimal("1E+3"), "1000"),
        (0.5, "0.5"),
        (datetime(2026, 1, 2, 3, 4, 5, 6), "2026-01-02 03:04:05"),
        (date(2026, 1, 2), "2026-01-02"),
        ("words", None),
    ],
)
def test_plain_values(value: object, written: str | None) -> None:
    """Numbers, dates and gaps as every program reads them; words are the formatter's."""
    assert csv_export.plain(value) == written


def test_a_long_list_is_sent_piece_by_piece(
    session: Session,
    customer: Any,
    browser: FlaskClient,
    monkeypatch: pytest.MonkeyPatch,
    statements: Any,
) -> None:
    """Every row once, in as many short queries as it takes; above the limit the last line says
    that there are more."""
    monkeypatch.setattr(csv_export, "_BATCH", 10)
    add(session, customer.id, *({"subject": f"P{number:02}"} for number in range(45)))
    with statements() as seen:
        found = lines(browser.get(f"{FILE}?order=subject").text)
    assert [row[0] for row in found[1:]] == [f"P{number:02}" for number in range(45)]
    assert sum("host_proposal" in one for one in seen) == 5
    monkeypatch.setattr(csv_export, "MOST_ROWS", 25)
    found = lines(browser.get(f"{FILE}?order=subject").text)
    assert [row[0] for row in found[1:-1]] == [f"P{number:02}" for number in range(25)]
    assert found[-1] == ["There are more. These are the first 25."]
    monkeypatch.setattr(csv_export, "MOST_ROWS", 45)
    assert len(lines(browser.get(FILE).text)) == 46


def test_junk_is_404_as_on_the_page(browser: FlaskClient) -> None:
    """An order or a choice that there is not; a date that is none narrows nothing."""
    for junk in ("order=id", "order=subject&direction=up", "status=x"):
        assert browser.get(f"{FILE}?{junk}").status_code == 404
    assert browser.get(f"{FILE}?valid_until_from=x").status_code == 200


def test_a_view_may_do_without(app: Flask, session: Session) -> None:
    """``can_export = False``: no file and no link."""
    from flask import Blueprint

    from flask_contacts import PortalModule
    from flask_contacts.portal.records.module_pages import add_module
    from tests.proposal_pages import ProposalPages

    kind = type("Quiet", (ProposalPages,), {"can_export": False})
    blueprint = Blueprint("quiet", __name__)
    add_module(blueprint, kind(PortalModule("quiet", "Quiet", view=kind)))
    bare = Flask("bare")
    bare.register_blueprint(blueprint)
    assert "/quiet/" in {rule.rule for rule in bare.url_map.iter_rules()}
    assert "/quiet/export.csv" not in {rule.rule for rule in bare.url_map.iter_rules()}
