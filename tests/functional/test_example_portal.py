"""The example's pages in the portal: each contact sees its own company's records."""

from __future__ import annotations

import html
import re
from collections.abc import Callable

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select

from example_app.database import db
from example_app.demo_data import COMPANIES, DEMO_PASSWORD
from example_app.models import Contract, Estimate, Invoice, Project, Proposal, Ticket
from flask_contacts.models import Contact, Customer
from flask_contacts.services.contacts.editing import create_contact
from flask_contacts.testing import count_statements, portal_sign_in
from tests.example import filled_example, record_numbers

MODULES = {
    "invoices": Invoice,
    "estimates": Estimate,
    "contracts": Contract,
    "proposals": Proposal,
    "support": Ticket,
    "projects": Project,
}
OLIVIA = "olivia.hart@aurora-bakery.example"
CONCEICAO = "conceicao@padaria-sao-joao.example"


@pytest.fixture(scope="module")
def example(tmp_path_factory: pytest.TempPathFactory) -> Flask:
    """The example with its demo data."""
    return filled_example(tmp_path_factory.mktemp("portal"))


@pytest.fixture
def signed_in(example: Flask) -> Callable[[str], FlaskClient]:
    """``signed_in(email)`` is a browser in which that contact has signed in."""

    def sign_in(email: str) -> FlaskClient:
        client = example.test_client()
        assert portal_sign_in(client, email, DEMO_PASSWORD).status_code in {302, 303}
        return client

    return sign_in


def numbers(example: Flask, model: type, email: str, *, own: bool) -> set[int]:
    """The ids of the records of this contact's customer, or of all the others; no drafts."""
    with example.app_context():
        contact = db.session.scalars(select(Contact).where(Contact.email == email)).one()
        belongs = model.customer_id == contact.customer_id  # type: ignore[attr-defined]
        found = select(model.id).where(belongs if own else ~belongs)  # type: ignore[attr-defined]
        if own:
            found = found.where(model.status != "draft")  # type: ignore[attr-defined]
        return set(db.session.scalars(found))


def listed_numbers(client: FlaskClient, url: str) -> set[int]:
    """The ids of the records on all pages of a list."""
    found: set[int] = set()
    page: str | None = url
    while page:
        listed = client.get(page)
        assert listed.status_code == 200
        found |= record_numbers(listed.text, url)
        following = re.search(r'rel="next" href="([^"]+)"', listed.text)
        page = html.unescape(following[1]) if following else None
    return found


@pytest.mark.parametrize("email", [OLIVIA, CONCEICAO])
@pytest.mark.parametrize("module", list(MODULES))
def test_own_records_and_no_others(
    example: Flask, signed_in: Callable[[str], FlaskClient], module: str, email: str
) -> None:
    """The list has exactly the company's records; each opens, and nobody else's does."""
    client = signed_in(email)
    own = numbers(example, MODULES[module], email, own=True)
    assert listed_numbers(client, f"/portal/{module}/") == own
    for number in own:
        assert client.get(f"/portal/{module}/{number}").status_code == 200
    for number in numbers(example, MODULES[module], email, own=False):
        assert client.get(f"/portal/{module}/{number}").status_code == 404


def test_no_page_names_another_company(signed_in: Callable[[str], FlaskClient]) -> None:
    """Nothing of another customer's work appears on any page of Olivia's portal."""
    client = signed_in(OLIVIA)
    strangers = {
        work.title
        for company in COMPANIES
        if company.company != "Aurora Bakery"
        for work in company.works
    }
    for module in MODULES:
        page = client.get(f"/portal/{module}/").text
        assert not [title for title in strangers if title in page]


def test_drafts_stay_in_the_studio(example: Flask) -> None:
    """A draft is on no list, and its address is 404, also for the company that it is for."""
    with example.app_context():
        customer = db.session.scalars(
            select(Customer).where(Customer.company == "Padaria São João Ltda")
        ).one()
        draft = db.session.scalars(
            select(Invoice).where(Invoice.customer_id == customer.id, Invoice.status == "draft")
        ).one()
        number, paper = draft.id, draft.number
    client = example.test_client()
    portal_sign_in(client, CONCEICAO, DEMO_PASSWORD)
    assert paper not in client.get("/portal/invoices/").text
    assert client.get(f"/portal/invoices/{number}").status_code == 404


def test_bookkeeper_sees_invoices_only(signed_in: Callable[[str], FlaskClient]) -> None:
    """Tom has one permission: the other modules are neither offered nor open."""
    client = signed_in("tom.okafor@aurora-bakery.example")
    home = client.get("/portal/").text
    assert "/portal/invoices/" in home
    for module in set(MODULES) - {"invoices"}:
        assert f"/portal/{module}/" not in home
        assert client.get(f"/portal/{module}/").status_code == 403


def test_details_have_their_lines(signed_in: Callable[[str], FlaskClient]) -> None:
    """An invoice shows its lines and sums, a ticket its messages, a project its tasks."""
    client = signed_in(OLIVIA)
    invoice = client.get("/portal/invoices/1").text
    for part in ("Discovery workshop, full day", "€980.00", "€6,216.00", "20%"):
        assert part in invoice
    ticket = client.get("/portal/support/2").text
    assert "The rye sends its regards." in ticket
    assert "Jonas Weber" in ticket
    project = client.get("/portal/projects/2").text
    assert "Site map and wireframes" in project
    assert "<progress" in project


def test_money_is_written_in_the_readers_language(
    signed_in: Callable[[str], FlaskClient],
) -> None:
    """Conceição's contact has Portuguese, and so have her amounts."""
    page = signed_in(CONCEICAO).get("/portal/invoices/").text.replace("\xa0", " ")
    assert "€ 9.384,00" in page


@pytest.mark.parametrize("module", list(MODULES))
def test_statements_do_not_grow_with_rows(
    example: Flask, signed_in: Callable[[str], FlaskClient], module: str
) -> None:
    """A list takes as many statements with one more record of everything."""
    client = signed_in(OLIVIA)
    url = f"/portal/{module}/"
    client.get(url)
    with example.app_context():
        engine = db.engine
    with count_statements(engine) as few:
        client.get(url)
    with example.app_context():
        pattern = db.session.scalars(
            select(MODULES[module]).where(MODULES[module].customer_id == 1)
        ).first()
        values = {
            column.key: getattr(pattern, column.key)
            for column in MODULES[module].__mapper__.columns
            if column.key not in {"id", "number"}
        }
        for place in range(9):
            unique = {"number": f"N-{place}"} if hasattr(MODULES[module], "number") else {}
            db.session.add(MODULES[module](**values, **unique))
        db.session.commit()
    with count_statements(engine) as many:
        assert client.get(url).status_code == 200
    assert len(many) == len(few)


def test_tickets_fill_more_than_a_page(signed_in: Callable[[str], FlaskClient]) -> None:
    """The demo shows what paging looks like."""
    first = signed_in(OLIVIA).get("/portal/support/").text
    assert re.search(r"1–20 of \d\d", first)
    assert re.search(r"/portal/support/\?after=", first)


def test_the_printed_account_survives(
    example: Flask, signed_in: Callable[[str], FlaskClient]
) -> None:
    """C7: her login is proven, so a New Contact with her address elsewhere erases nothing."""
    with example.app_context():
        elsewhere = db.session.scalars(
            select(Customer.id).where(Customer.company == "Blue Heron Yoga")
        ).one()
        values = {"firstname": "Olivia", "lastname": "Hart", "email": OLIVIA, "is_user": True}
        saved = create_contact(db.session, elsewhere, {**values, "password": "another secret 5"})
        assert saved.password_ignored
    assert signed_in(OLIVIA).get("/portal/").status_code == 200
