"""The example on each engine: the statements of its portal, and of what staff do with a lead, are
understood everywhere."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import func, select

from example_app.database import db
from example_app.demo_data import DEMO_PASSWORD
from example_app.lead_conversion import LeadConvertedError, convert_lead
from example_app.models import Lead
from flask_contacts.actors import SYSTEM
from flask_contacts.models import Contact, Customer
from flask_contacts.testing import portal_sign_in
from tests.databases.servers import another_database
from tests.example import filled_example, record_numbers
from tests.portal_people import OLIVIA

LISTS = (
    *("invoices", "credit-notes", "estimates", "proposals", "contracts", "support", "projects"),
)
PAGES = (
    *("/portal/", "/portal/statement/", "/portal/statement/pdf", "/portal/invoices/export.csv"),
    *("/portal/invoices/?order=state&direction=desc&q=%5C%25", "/portal/estimates/?order=state"),
)


@pytest.fixture(scope="module")
def example(database: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Flask]:
    """The example with its demo data, on each engine in turn."""
    url = None if database.startswith("sqlite") else another_database(database, "example")
    app = filled_example(tmp_path_factory.mktemp("example"), url)
    yield app
    with app.app_context():
        db.session.remove()
        db.engine.dispose()


@pytest.fixture
def olivia(example: Flask) -> FlaskClient:
    """A browser of a contact who may see everything of her company."""
    client = example.test_client()
    assert portal_sign_in(client, OLIVIA, DEMO_PASSWORD).status_code == 303
    return client


def test_every_page_answers(olivia: FlaskClient) -> None:
    """The dashboard, the lists with what stands above them, and a record of each kind."""
    pages = [*PAGES, *(f"/portal/{name}/" for name in LISTS)]
    for name in LISTS:
        listed = olivia.get(f"/portal/{name}/").text
        pages += [f"/portal/{name}/{key}" for key in record_numbers(listed, f"/portal/{name}/")]
    refused = {page: code for page in pages if (code := olivia.get(page).status_code) != 200}
    assert not refused
    assert len(pages) > len(PAGES) + 2 * len(LISTS) - 1  # a record of each but credit notes


@pytest.mark.parametrize("has_customer", [False, True])
def test_a_lead_is_converted(example: Flask, *, has_customer: bool) -> None:
    """With a new customer, or the one that it has: the lead is held while it is converted, also
    where the engine locks nothing that an outer join has found."""
    with example.app_context():
        lead = Lead(firstname="Mina", lastname=f"Okoro {has_customer}", source="fair")
        if has_customer:
            lead.customer = Customer(company="Okoro Studios")
        db.session.add(lead)
        db.session.commit()
        contact_id = convert_lead(db.session, lead.id, SYSTEM).id
        db.session.expire_all()
        assert lead.converted_at is not None
        its = select(Contact.customer_id).where(Contact.id == contact_id)
        assert lead.customer.id == db.session.scalar(its)


def test_pressed_twice_at_once(example: Flask) -> None:
    """Of several who convert a lead at one moment, one makes the customer and its contact."""
    with example.app_context():
        lead = Lead(firstname="Ravi", lastname="Twice", company="Twice Ltd", source="fair")
        db.session.add(lead)
        db.session.commit()
        lead_id = lead.id
    pressed = 4
    barrier = Barrier(pressed)

    def press(_number: int) -> bool:
        with example.app_context():
            barrier.wait()
            try:
                convert_lead(db.session, lead_id, SYSTEM)
            except LeadConvertedError:
                return False
            return True

    with ThreadPoolExecutor(pressed) as pool:
        done = list(pool.map(press, range(pressed)))
    with example.app_context():
        named = select(func.count()).select_from(Customer).where(Customer.company == "Twice Ltd")
        people = select(func.count()).select_from(Contact).where(Contact.lastname == "Twice")
        assert [db.session.scalar(one) for one in (named, people)] == [1, 1]
    assert any(done)
