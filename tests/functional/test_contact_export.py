"""Contacts as a file, in the browser and on the command line, and the way back."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select
from sqlalchemy.orm import Session

from flask_contacts import testing
from flask_contacts.admin.contact_list import export_view as contacts_export_view
from flask_contacts.models import Contact, CustomerAdmin
from flask_contacts.services.contacts.editing import create_contact
from flask_contacts.services.exporting import files, records
from tests.host_app import LIMITS_STAFF
from tests.import_pages import check, result_lines

Make = Callable[..., Any]
URL = "/customer-contacts-export"
NASTY = {
    "firstname": "=HYPERLINK(1)", "lastname": "'+Quoted", "position": "@SUM(A1)",
    "notes": "-1\nline; \"two\", 'three'\n=4", "phone": "+44 20 7946 0000",
    "mobile_phone": "+1 212 555 0123", "mobile_phone2": "+1 212 555 0124",
    "email": "nasty@x.example.com", "email2": "second@x.example.com", "middle_name": "O'Neil",
    "birthday": "1985-06-30", "language": "pt_BR", "timezone": "America/Sao_Paulo",
    "contact_preference": "email", "do_not_call": True, "certificate": "C\\1;2,3",
    "other_contacts": "Fax: 1\nHome: 2",
}  # fmt: skip


@pytest.fixture
def people(make_customer: Make, make_contact: Make) -> list[Any]:
    """Two contacts of one customer; the first has all that a spreadsheet could misread."""
    acme = make_customer(company="Ácme, Ltd; “=1”")
    return [
        make_contact(acme, **NASTY),
        make_contact(
            acme, firstname="Bob", lastname="Builder", email="bob@x.example.com",
            middle_name="ok;=2+2", position="a;'=3",
        ),
    ]  # fmt: skip


def lines(text: str) -> list[dict[str, str]]:
    """The rows of a CSV by column."""
    return list(csv.DictReader(io.StringIO(text.removeprefix("\ufeff"), newline="")))


def downloaded(client: FlaskClient, kind: str) -> bytes:
    """The whole file, as a server sends it and closes it then."""
    with client.get(f"{URL}/{kind}") as answer:
        return answer.data


def test_no_cell_is_a_formula(staff_client: FlaskClient, people: list[Any]) -> None:
    """Neither in CSV nor in XLSX does a cell begin like one; in XLSX each is a text."""
    answer = staff_client.get(f"{URL}/csv")
    assert answer.headers["Content-Disposition"].startswith("attachment; filename=contacts-")
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    first = lines(answer.text)[0]
    assert first["Firstname"] == "'=HYPERLINK(1)"
    assert first["Lastname"] == "''+Quoted"
    assert first["Phone"] == "+44 20 7946 0000"
    sheet = openpyxl.load_workbook(io.BytesIO(downloaded(staff_client, "xlsx"))).active
    assert sheet is not None
    cells = [cell for row in sheet.iter_rows(min_row=2) for cell in row if cell.value is not None]
    for cell in cells:
        assert cell.data_type == "s"
        text = str(cell.value)
        assert not text.startswith(("=", "-", "@", "\t", "\r", "\n"))
        assert not text.startswith("+") or set(text) <= set("+0123456789 ().-")


@pytest.mark.parametrize("kind", ["csv", "xlsx", "vcard", "vcard4"])
def test_the_way_back_changes_nothing(
    staff_client: FlaskClient, people: list[Any], kind: str
) -> None:
    """An export that is imported again finds each contact, and no difference."""
    content = downloaded(staff_client, kind)
    _url, counts = check(staff_client, content)
    assert counts == {"new": 0, "changed": 0, "unchanged": 2, "refused": 0}


@pytest.mark.parametrize("kind", ["csv", "xlsx"])
def test_the_way_back_of_namesakes(
    app: Flask,
    staff_client: FlaskClient,
    session: Session,
    make_customer: Make,
    make_contact: Make,
    kind: str,
) -> None:
    """Each contact is found at its own customer where customers' names differ in case or blanks,
    look like another's with its ID, or like a formula; the same person at several of them too."""
    first = make_customer(company="Aurora Bakery")
    names = ("aurora bakery ", " Aurora  Bakery", "AURORA BAKERY", "Straße", "STRASSE", "=Sum")
    others = [make_customer(company=one) for one in (*names, f"Aurora Bakery (#{first.id})")]
    for customer in (first, *others):
        make_contact(customer, firstname="Tom", lastname="Okafor", email="tom@x.example.com")
        raw = {"firstname": "No", "lastname": "Address", "is_user": False}
        with app.app_context():
            create_contact(session, customer.id, raw, email_optional=True)
    url, counts = check(staff_client, downloaded(staff_client, kind))
    refused = result_lines(staff_client, url, "refused")
    assert (counts["unchanged"], refused) == (16, [])


def test_what_the_list_shows(
    staff_client: FlaskClient, people: list[Any], make_customer: Make, make_contact: Make
) -> None:
    """The list's filters and search hold; active ones alone without any, as in the list (S1)."""
    make_contact(make_customer(company="Other"), lastname="Else", email="else@x.example.com")
    assert len(lines(staff_client.get(f"{URL}/csv").text)) == 3
    assert [one["Lastname"] for one in lines(staff_client.get(f"{URL}/csv?q=else").text)] == [
        "Else"
    ]
    assert lines(staff_client.get(f"{URL}/csv?state=archived").text) == []
    # A filter that is not understood must not export everybody.
    answer = staff_client.get(f"{URL}/csv?company=Nobody+Inc")
    assert answer.status_code == 302
    assert staff_client.get(f"{URL}/pdf").status_code == 404


def test_in_batches(
    staff_client: FlaskClient, people: list[Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Several batches are one file; a workbook that would be too long is refused in words."""
    monkeypatch.setattr(records, "_AT_ONCE", 1)
    assert [one["Firstname"] for one in lines(staff_client.get(f"{URL}/csv").text)][1] == "Bob"
    assert staff_client.get(f"{URL}/vcard").text.count("BEGIN:VCARD") == 2
    monkeypatch.setattr(contacts_export_view, "MOST_IN_WORKBOOK", 1)
    answer = staff_client.get(f"{URL}/xlsx", follow_redirects=True)
    assert "more than 1 contacts" in answer.text
    monkeypatch.setattr(files, "can_write_workbooks", lambda: False)
    answer = staff_client.get(f"{URL}/xlsx", follow_redirects=True)
    assert "flask-contacts[import]" in answer.text


def test_excel_is_offered_where_it_can_be_written(
    staff_client: FlaskClient, people: list[Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    """In the list and for chosen contacts; not where flask-contacts[import] is missing."""
    chosen = f"/customer-contacts/export-chosen?choose=page&shown={people[0].id}"
    pages = ("/customer-contacts/", chosen)
    for page in pages:
        assert f"{URL}/xlsx" in staff_client.get(page).text, page
    monkeypatch.setattr(files, "can_write_workbooks", lambda: False)
    for page in pages:
        answer = staff_client.get(page).text
        assert f"{URL}/csv" in answer, page
        assert f"{URL}/xlsx" not in answer, page


def test_only_visible_contacts(
    app: Flask, client: FlaskClient, session: Session, make_customer: Make, make_contact: Make
) -> None:
    """Staff get the contacts of their customers, and nobody without the permission any (S7)."""
    mine = make_customer(company="Mine")
    hidden = make_customer(company="Hidden", **({"region": "South"} if LIMITS_STAFF else {}))
    for customer in (mine, hidden):
        make_contact(customer, lastname="Of" + type(customer).__name__, email="a@x.example.com")
    with app.app_context():
        sm = app.appbuilder.sm  # type: ignore[attr-defined]
        role = sm.add_role("North")
        user = sm.add_user("sam", "Sam", "Staff", "sam@example.com", role, "sam")
        if not LIMITS_STAFF:
            session.add(CustomerAdmin(customer_id=mine.id, staff_id=user.id))
            session.commit()
    assert testing.staff_sign_in(client, "sam", "sam").status_code == 302
    assert client.get(f"{URL}/csv").status_code in {302, 403}
    with app.app_context():
        sm = app.appbuilder.sm  # type: ignore[attr-defined]
        pair = sm.find_permission_view_menu("can_export", "Customer contacts")
        sm.add_permission_role(sm.find_role("North"), pair)
    assert [one["Company"] for one in lines(client.get(f"{URL}/csv").text)] == ["Mine"]


def test_the_command(
    app: Flask, session: Session, people: list[Any], tmp_path: Path, make_customer: Make
) -> None:
    """``export`` writes what ``import`` finds unchanged; one customer's alone if asked."""
    make_customer(company="Empty")
    runner = app.test_cli_runner()
    for kind in files.FORMATS:
        path = tmp_path / f"people.{kind}"
        done = runner.invoke(args=["contacts", "export", str(path), "--format", kind])
        assert done.exit_code == 0, done.output
        done = runner.invoke(args=["contacts", "import", str(path)])
        assert (done.exit_code, "unchanged: 2" in done.output) == (0, True), done.output
    done = runner.invoke(args=["contacts", "export", "-", "--customer", "Empty"])
    assert len(done.output.splitlines()) == 1
    done = runner.invoke(args=["contacts", "export", "-", "--customer", "Nobody"])
    assert (done.exit_code, "No single customer" in done.output) == (1, True)
    assert session.scalars(select(Contact.firstname)).all() == ["=HYPERLINK(1)", "Bob"]
