"""Company: the details that contacts see and the primary one edits (BEHAVIOUR P5)."""

from __future__ import annotations

import re
from collections.abc import Callable
from html import unescape
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from flask_appbuilder import Model
from sqlalchemy import Engine, inspect, select
from sqlalchemy.orm import Session

from flask_contacts import CompanyField
from flask_contacts.errors import ConfigError
from flask_contacts.models import Activity, Customer
from flask_contacts.registry import Registry
from flask_contacts.services.company.fields import check_company_fields
from flask_contacts.services.contacts.states import make_primary
from flask_contacts.testing import csrf_token
from tests.conftest import HOST
from tests.host_app import CUSTOMER_NAME

Make = Callable[..., Any]
Browser = Callable[..., FlaskClient]
URL = "/portal/company-details/"
#: A text, an address of the web, and another text of this run's host.
TEXT, WEB, OTHER = (
    ("address", "website", "city") if HOST == "bundled" else ("street", "homepage", "delivery")
)


@pytest.fixture
def anna(make_customer: Make, make_contact: Make) -> Any:
    """The primary contact of a customer that has some details."""
    customer = make_customer(company="Aurora", **{TEXT: "Old Lane 1", OTHER: "Berlin"})
    return make_contact(customer, firstname="Anna", lastname="Berg", permissions=["invoices"])


@pytest.fixture
def bob(anna: Any, make_contact: Make) -> Any:
    """A colleague of hers."""
    return make_contact(anna.customer_id, permissions=["invoices"])


def form_of(client: FlaskClient) -> dict[str, str]:
    """What the page's form would post, untouched."""
    page = client.get(URL).text
    form = dict(re.findall(r'<input type="hidden" name="([^"]+)" value="([^"]+)"', page))
    for tag in re.findall(r'<input class="form-control[^>]+>', page):
        names = dict(re.findall(r'(name|value)="([^"]*)"', tag))
        form[names["name"]] = unescape(names["value"])
    for name, text in re.findall(r'<textarea[^>]+name="(\w+)"[^>]*>\n(.*?)</textarea>', page, re.S):
        form[name] = unescape(text)
    return form


def contents(engine: Engine) -> dict[str, list[Any]]:
    """Every row of the database, "last seen" aside."""
    with engine.connect() as connection:
        return {
            table.name: connection.execute(
                select(*(column for column in table.columns if column.name != "last_seen_at"))
            ).all()
            for table in Model.metadata.sorted_tables
        }


def company(session: Session, contact: Any) -> Any:
    """The customer as it is stored now."""
    session.expire_all()
    return session.get_one(Customer, contact.customer_id)


def test_the_primary_contact_edits(
    session: Session, anna: Any, portal_client: Browser, staff_client: FlaskClient
) -> None:
    """P5: saved, with old and new values in the contact's activity, which staff read; saved
    again as it is, nothing is noted."""
    client = portal_client(anna)
    assert f'href="{URL}"' in client.get("/portal/").text
    form = form_of(client)
    assert form[TEXT] == "Old Lane 1"
    response = client.post(URL, data={**form, TEXT: " New Street 2 ", WEB: "https://a.example"})
    assert (response.status_code, response.location) == (303, URL)
    page = client.get(URL).text
    assert "details are saved" in page
    row = company(session, anna)
    assert (getattr(row, TEXT), getattr(row, WEB), getattr(row, OTHER)) == (
        "New Street 2",
        "https://a.example",
        "Berlin",
    )
    [noted] = session.scalars(select(Activity).where(Activity.verb == "company_edited"))
    assert (noted.contact_id, noted.actor_kind, noted.actor_contact_id) == (
        anna.id,
        "contact",
        anna.id,
    )
    assert noted.changes == {
        f"company.{TEXT}": ["Old Lane 1", "New Street 2"],
        f"company.{WEB}": ["", "https://a.example"],
    }
    feed = staff_client.get(f"/customercontacts/edit/{anna.customer_id}/{anna.id}").text
    for words in ("Changed the details of the company", "Old Lane 1", "New Street 2"):
        assert words in feed
    assert client.post(URL, data=form_of(client)).status_code == 303
    assert "Nothing was changed." in client.get(URL).text
    assert (
        len(session.scalars(select(Activity).where(Activity.verb == "company_edited")).all()) == 1
    )
    assert client.post(URL, data={**form_of(client), TEXT: ""}).status_code == 303
    assert not getattr(company(session, anna), TEXT)


def test_others_read(
    engine: Engine, anna: Any, bob: Any, portal_client: Browser, session: Session
) -> None:
    """Who is not primary sees the same without a form, and cannot post; only what is an
    address of the web becomes a link."""
    setattr(company(session, anna), WEB, "https://aurora.example/?a=1&b=2")
    session.commit()
    client, hers = portal_client(bob), portal_client(anna)
    page = client.get(URL).text
    assert "Old Lane 1" in page
    assert "Anna Berg" in page
    assert f'name="{TEXT}"' not in page
    assert 'href="https://aurora.example/?a=1&amp;b=2" rel="noopener noreferrer"' in page
    before = contents(engine)
    form = {**form_of(hers), TEXT: "Mine"}
    form.pop("_contact")
    form["csrf_token"] = csrf_token(client, "/portal/account/")
    assert client.post(URL, data=form).status_code == 403
    assert client.post(URL, data={"csrf_token": form["csrf_token"]}).status_code == 403
    assert contents(engine) == before
    for bad in ("javascript:alert(1)", "//evil.example", "data:text/html,x", "aurora.example"):
        setattr(company(session, anna), WEB, bad)
        session.commit()
        assert f'href="{bad}"' not in client.get(URL).text


def test_only_the_present_primary_contact(
    app: Flask, session: Session, anna: Any, bob: Any, portal_client: Browser
) -> None:
    """8.3.2: a form that was opened before another became primary saves nothing."""
    client = portal_client(anna)
    form = {**form_of(client), TEXT: "Too late"}
    with app.app_context():
        make_primary(session, anna.customer_id, bob.id)
    assert client.post(URL, data=form).status_code == 403
    assert getattr(company(session, anna), TEXT) == "Old Lane 1"


@pytest.mark.parametrize(
    ("name", "value"),
    [(TEXT, "x" * 500), (TEXT, "a\x00b"), (TEXT, "a\u202eb"), (WEB, "javascript:alert(1)"),
     (WEB, "ftp://x.example"), (WEB, "https://"), (WEB, "https://[x")],
)  # fmt: skip
def test_what_cannot_be_taken_is_said_at_its_field(
    engine: Engine, anna: Any, portal_client: Browser, name: str, value: str
) -> None:
    """Nothing is written, and nothing typed is lost."""
    client = portal_client(anna)
    form = {**form_of(client), OTHER: "Typed", name: value}
    before = contents(engine)
    response = client.post(URL, data=form)
    assert response.status_code == 422
    assert f'id="{name}-error"' in response.text
    assert "Typed" in response.text
    assert contents(engine) == before


@pytest.mark.own_only(reason="a rule of the host's own on its own column")
def test_the_hosts_own_rule(session: Session, anna: Any, portal_client: Browser) -> None:
    """The message of ``check`` stands at the field; an empty NOT NULL column is no error."""
    client = portal_client(anna)
    response = client.post(URL, data={**form_of(client), TEXT: "Post box 7"})
    assert response.status_code == 422
    assert "A lorry must get there." in response.text
    assert client.post(URL, data={**form_of(client), TEXT: ""}).status_code == 303
    assert getattr(company(session, anna), TEXT) == ""
    typed = "Mo–Fr\r\nring twice"
    assert client.post(URL, data={**form_of(client), OTHER: typed}).status_code == 303
    assert getattr(company(session, anna), OTHER) == "Mo–Fr\nring twice"
    assert "<textarea" in client.get(URL).text


FOREIGN = sorted({column.key for column in inspect(Customer).attrs} - {
    TEXT, WEB, OTHER, "phone", "zip_code", "state", "country"})  # fmt: skip


@pytest.mark.parametrize("name", [*FOREIGN, "csrf", "was.id", f"was.{CUSTOMER_NAME}"])
def test_no_other_field_can_be_sent(
    engine: Engine, anna: Any, portal_client: Browser, name: str
) -> None:
    """8.2.3: keys, names, relationships and inventions are refused; the database is unchanged."""
    client = portal_client(anna)
    form = {**form_of(client), TEXT: "New", name: "1"}
    before = contents(engine)
    response = client.post(URL, data=form)
    assert response.status_code == 422
    assert 'value="New"' in response.text
    for left_out in (TEXT, f"was.{TEXT}"):
        less = {key: text for key, text in form.items() if key not in {name, left_out}}
        assert client.post(URL, data=less).status_code == 422
    assert contents(engine) == before


def test_two_at_once(session: Session, anna: Any, portal_client: Browser) -> None:
    """What somebody else saved meanwhile is not written over unseen: the page says which
    fields, keeps what was typed, and saves when it is sent again."""
    client = portal_client(anna)
    form = form_of(client)
    row = company(session, anna)
    setattr(row, TEXT, "Their Street 3")
    setattr(row, OTHER, "Their City")
    session.commit()
    response = client.post(URL, data={**form, TEXT: "My Street 4", WEB: "https://mine.example"})
    assert response.status_code == 409
    for words in ("while this page was open", "to: Their Street 3", 'value="My Street 4"',
                  "https://mine.example", "Their City"):  # fmt: skip
        assert words in response.text
    assert "Berlin" not in response.text
    row = company(session, anna)
    assert (getattr(row, TEXT), getattr(row, OTHER)) == ("Their Street 3", "Their City")
    assert not getattr(row, WEB)
    marks = dict(re.findall(r'<input type="hidden" name="([^"]+)" value="([^"]+)"', response.text))
    again = {**form, **marks, TEXT: "My Street 4", OTHER: "Their City"}
    assert client.post(URL, data={**again, WEB: "https://mine.example"}).status_code == 303
    row = company(session, anna)
    assert (getattr(row, TEXT), getattr(row, OTHER), getattr(row, WEB)) == (
        "My Street 4",
        "Their City",
        "https://mine.example",
    )


def test_the_same_twice_is_no_clash(session: Session, anna: Any, portal_client: Browser) -> None:
    """A double click, or two people who type the same, is saved once and told to nobody."""
    client = portal_client(anna)
    form = {**form_of(client), TEXT: "Street 5"}
    assert [client.post(URL, data=form).status_code for _ in range(2)] == [303, 303]
    assert (
        len(session.scalars(select(Activity).where(Activity.verb == "company_edited")).all()) == 1
    )


def test_another_customer_is_not_there(
    session: Session, anna: Any, make_customer: Make, make_contact: Make, portal_client: Browser
) -> None:
    """Nothing in the form names a customer: each edits the own one alone."""
    other = make_contact(make_customer(company="Borealis", **{TEXT: "Far away"}))
    form = {**form_of(portal_client(anna)), TEXT: "Near"}
    assert "Far away" not in str(form)
    client = portal_client(anna)
    form["csrf_token"] = csrf_token(client, "/portal/account/")
    assert client.post(f"{URL}?customer={other.customer_id}", data=form).status_code == 303
    assert getattr(company(session, other), TEXT) == "Far away"
    assert getattr(company(session, anna), TEXT) == "Near"


def test_markup_is_text(
    session: Session, anna: Any, bob: Any, portal_client: Browser, staff_client: FlaskClient
) -> None:
    """1.2.1: in the form, on the page to read, and in the staff's activity."""
    client = portal_client(anna)
    evil = '"><script>alert(1)</script>'
    assert client.post(URL, data={**form_of(client), TEXT: evil}).status_code == 303
    staff_page = staff_client.get(f"/customercontacts/edit/{anna.customer_id}/{anna.id}").text
    for page in (client.get(URL).text, portal_client(bob).get(URL).text, staff_page):
        assert "<script>alert" not in page
        assert "&lt;script&gt;alert" in page


def test_without_fields_the_name_alone(
    app: Flask, anna: Any, portal_client: Browser, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A host that named none: the company's name to read, nothing to post."""
    monkeypatch.setattr(app.extensions["contacts"].registry, "company_fields", ())
    client = portal_client(anna)
    page = client.get(URL).text
    assert "Aurora" in page
    assert "Old Lane 1" not in page
    token = csrf_token(client, "/portal/account/")
    assert client.post(URL, data={"csrf_token": token}).status_code == 403


def test_the_page_needs_few_statements(
    anna: Any, bob: Any, portal_client: Browser, statements: Callable[[], Any]
) -> None:
    """At most six, to read and to edit; and signed in."""
    for contact in (anna, bob):
        client = portal_client(contact)
        with statements() as seen:
            assert client.get(URL).status_code == 200
        assert len(seen) <= 6, seen
    assert client.application.test_client().get(URL).location.startswith("/portal/sign-in?next=")


@pytest.mark.parametrize(
    ("field", "code"),
    [
        (CompanyField("nothing", "x"), "contacts.C090"),
        (CompanyField(TEXT, "x", kind="colour"), "contacts.C091"),
        (CompanyField("id", "x"), "contacts.C092"),
        (CompanyField("__doc__", "x"), "contacts.C092"),
        (CompanyField("created_at" if HOST == "bundled" else "cards", "x"), "contacts.C092"),
    ],
)
def test_what_could_not_work_stops_the_start(field: CompanyField, code: str) -> None:
    """A wrong name, kind or column is said when the application is made, with a hint."""
    registry = Registry()
    registry.company_fields = (field,)
    with pytest.raises(ConfigError) as caught:
        check_company_fields(registry)
    assert caught.value.code == code
    registry.company_fields = (CompanyField(TEXT, "x"), CompanyField(TEXT, "y"))
    with pytest.raises(ConfigError, match=r"C001"):
        check_company_fields(registry)
    registry.company_fields = (CompanyField("id", "Number", read_only=True),)
    check_company_fields(registry)
