"""The example's forms of staff: what meanwhile was answered stays, and parents are one's own."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import func, select

from example_app.database import db
from example_app.demo_data import DEMO_PASSWORD
from example_app.models import (
    CreditNote,
    Estimate,
    Invoice,
    InvoiceLine,
    Payment,
    Project,
    Proposal,
    Task,
    Ticket,
)
from flask_contacts.models import Contact, CustomerAdmin
from flask_contacts.testing import csrf_token, portal_sign_in, staff_sign_in
from tests.example import FormReader, filled_example, post_form
from tests.first_state import keep_first_state
from tests.portal_people import OLIVIA

pytestmark = pytest.mark.filterwarnings("ignore:The Query.get")

#: The rooms for offers and the portal's pages of the same, with an open one of Aurora's.
OFFERS = {
    "estimateview": ("estimates", Estimate, "EST-0301"),
    "proposalview": ("proposals", Proposal, "PRO-0203"),
}
CHANGED = "Somebody has changed this meanwhile."
AURORA, OTHER = 1, 2


@pytest.fixture(scope="module")
def example(tmp_path_factory: pytest.TempPathFactory) -> tuple[Flask, Callable[[], None]]:
    """The example with its demo data, and how to get that back."""
    app = filled_example(tmp_path_factory.mktemp("stale"))
    return app, keep_first_state(app)


@pytest.fixture
def app(example: tuple[Flask, Callable[[], None]]) -> Iterator[Flask]:
    """The example as it is after its first start."""
    app, restore = example
    restore()
    yield app
    with app.app_context():
        db.engine.dispose()


@pytest.fixture
def admin(app: Flask) -> FlaskClient:
    """A browser in which the administrator has signed in."""
    client = app.test_client()
    assert staff_sign_in(client, "admin", "admin").status_code == 302
    return client


@pytest.fixture
def olivia(app: Flask) -> FlaskClient:
    """A browser of the customer's main contact."""
    client = app.test_client()
    assert portal_sign_in(client, OLIVIA, DEMO_PASSWORD).status_code == 303
    return client


def opened(client: FlaskClient, url: str) -> dict[str, Any]:
    """What a form would post if nothing was changed."""
    reader = FormReader()
    reader.feed(client.get(url).text)
    return dict(reader.values)


@pytest.mark.parametrize("room", OFFERS)
def test_a_stale_form_takes_no_answer_back(
    app: Flask, admin: FlaskClient, olivia: FlaskClient, room: str
) -> None:
    """The customer accepts while staff have the form open: 409, with what was typed and what is
    there now. Who has seen that may set it back."""
    module, model, number = OFFERS[room]
    with app.app_context():
        key = db.session.scalars(select(model.id).where(model.number == number)).one()
    url = f"/{room}/edit/{key}"
    form = opened(admin, url)
    sent = post_form(olivia, f"/portal/{module}/{key}/accept", name="Olivia Hart")
    assert sent.status_code == 303
    refused = admin.post(url, data={**form, "total": "1.00"})
    assert refused.status_code == 409
    assert CHANGED in refused.text
    assert "Now: Accepted" in refused.text
    assert 'value="1.00"' in refused.text
    with app.app_context():
        offer = db.session.get(model, key)
        assert (offer.status, offer.answered_by) == ("accepted", "Olivia Hart")
    reader = FormReader()
    reader.feed(refused.text)
    assert admin.post(url, data=reader.values).status_code == 302
    with app.app_context():
        offer = db.session.get(model, key)
        assert (offer.status, offer.answered_by, offer.total) == ("sent", None, 1)


def test_a_stale_form_opens_no_closed_ticket(
    app: Flask, admin: FlaskClient, olivia: FlaskClient
) -> None:
    """The customer closes the ticket meanwhile: it stays closed, and the form says so."""
    with app.app_context():
        wanted = select(Ticket.id).where(Ticket.customer_id == AURORA, Ticket.status != "closed")
        key = db.session.scalars(wanted).first()
    url = f"/ticketview/edit/{key}"
    form = opened(admin, url)
    token = csrf_token(olivia, "/portal/account/")
    closed = olivia.post(f"/portal/support/{key}/close", data={"csrf_token": token})
    assert closed.status_code == 303
    refused = admin.post(url, data={**form, "subject": "Typed"})
    assert refused.status_code == 409
    assert "Now: Closed" in refused.text
    assert 'value="Typed"' in refused.text
    with app.app_context():
        ticket = db.session.get(Ticket, key)
        assert ticket is not None
        assert ticket.status == "closed"


def test_a_form_without_its_mark_is_refused(app: Flask, admin: FlaskClient) -> None:
    """Nobody saves blindly over a record."""
    form = opened(admin, "/ticketview/edit/1")
    del form["_seen"]
    assert admin.post("/ticketview/edit/1", data=form).status_code == 409


# Parents


@pytest.fixture
def limited(app: Flask) -> FlaskClient:
    """Staff who look after one customer, and may work in the rooms of parts."""
    rooms = {"InvoiceLineView", "PaymentView", "TaskView", "EstimateView", "CreditNoteView"}
    with app.app_context():
        security: Any = app.extensions["appbuilder"].sm
        role = security.add_role("Limited")
        pairs = type(security.find_permission_view_menu("can_list", "InvoiceView"))
        for pair in db.session.scalars(select(pairs)):
            if pair.view_menu.name in rooms:
                security.add_permission_role(role, pair)
        user = security.add_user("lim", "L", "I", "lim@x.example", role, "lim-password-1")
        db.session.add(CustomerAdmin(staff_id=user.id, customer_id=AURORA))
        db.session.commit()
    client = app.test_client()
    assert staff_sign_in(client, "lim", "lim-password-1").status_code == 302
    return client


PARTS: dict[str, tuple[str, Any, Any, dict[str, str]]] = {
    "invoicelineview": (
        "invoice",
        Invoice,
        InvoiceLine,
        {"description": "planted", "quantity": "1", "unit_price": "1000"},
    ),
    "paymentview": (
        "invoice",
        Invoice,
        Payment,
        {"paid_on": "2026-01-01", "amount": "5", "method": "cash"},
    ),
    "taskview": ("project", Project, Task, {"title": "planted", "status": "to do"}),
}


@pytest.mark.parametrize("room", PARTS)
def test_a_part_goes_to_a_whole_that_one_may_see(
    app: Flask, limited: FlaskClient, room: str
) -> None:
    """The address names the whole: one of another's customer is an error at the field."""
    parent, model, part, values = PARTS[room]
    count = select(func.count()).select_from(part)

    def add(customer_id: int) -> tuple[str, int]:
        with app.app_context():
            wanted = select(model.id).where(model.customer_id == customer_id).limit(1)
            url = f"/{room}/add?_flt_0_{parent}={db.session.scalars(wanted).one()}"
            before = db.session.scalar(count) or 0
        page = post_form(limited, url, **values)
        with app.app_context():
            return page.text, (db.session.scalar(count) or 0) - before

    text, added = add(OTHER)
    assert "This is missing:" in text
    assert added == 0
    assert add(AURORA)[1] == 1


def test_an_address_gives_no_customer_and_no_invoice_of_others(
    app: Flask, limited: FlaskClient
) -> None:
    """Neither in place of the customer that one types, nor of the invoice that one looks up."""
    with app.app_context():
        foreign = db.session.scalars(
            select(Invoice.id).where(Invoice.customer_id == OTHER).limit(1)
        ).one()
    paper = {"number": "X-1", "title": "planted"}
    page = post_form(limited, f"/estimateview/add?_flt_0_customer={OTHER}", total="5", **paper)
    assert "Choose a customer." in page.text
    customer = {"customer": "Aurora Bakery (#1)", "subtotal": "5"}
    url = f"/creditnoteview/add?_flt_0_invoice={foreign}"
    post_form(limited, url, **paper, **customer)
    with app.app_context():
        assert db.session.scalar(select(func.count()).where(Estimate.number == "X-1")) == 0
        planted = db.session.scalars(select(CreditNote).where(CreditNote.number == "X-1")).all()
        assert [note.invoice_id for note in planted] in ([], [None])


def test_a_contact_named_by_the_address_is_the_customers(app: Flask, admin: FlaskClient) -> None:
    """A proposal is not addressed to a contact of another customer."""
    with app.app_context():
        stranger = db.session.scalars(
            select(Contact.id).where(Contact.customer_id == OTHER).limit(1)
        ).one()
        key = db.session.scalars(select(Proposal.id).where(Proposal.number == "PRO-0203")).one()
        before = db.session.get(Proposal, key).contact_id  # type: ignore[union-attr]
    post_form(admin, f"/proposalview/edit/{key}?_flt_0_contact={stranger}")
    with app.app_context():
        assert db.session.get(Proposal, key).contact_id == before  # type: ignore[union-attr]
