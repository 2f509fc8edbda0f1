"""The example's dashboard: what needs the contact, each part with its permission, and cheap."""

from __future__ import annotations

import html
import re
from collections.abc import Callable, Iterator
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select

from example_app.clock import now
from example_app.database import db
from example_app.demo_data import DEMO_PASSWORD
from example_app.models import (
    Contract,
    CreditNote,
    Estimate,
    Invoice,
    Payment,
    Project,
    Proposal,
    Ticket,
)
from flask_contacts.models import Contact, Customer
from flask_contacts.testing import PASSWORD, count_statements, make_contact, portal_sign_in
from tests.example import filled_example
from tests.first_state import keep_first_state

OLIVIA = "olivia.hart@aurora-bakery.example"
TOM = "tom.okafor@aurora-bakery.example"
ISLA = "isla@fig-and-thistle.example"
FERGUS = "fergus@fig-and-thistle.example"
PANELS = ("papers", "money", "tickets", "projects")


@pytest.fixture(scope="module")
def example(tmp_path_factory: pytest.TempPathFactory) -> tuple[Flask, Callable[[], None]]:
    """The example with its demo data, and how to get that back."""
    app = filled_example(tmp_path_factory.mktemp("dashboard"))
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
def customer(app: Flask) -> int:
    """A new customer without anything: its key."""
    with app.app_context():
        customer = Customer(company="Lantern & Co")
        db.session.add(customer)
        db.session.commit()
        return int(customer.id)


@pytest.fixture
def home(app: Flask) -> Callable[..., str]:
    """``home(email)`` is the text of that contact's first page, with plain spaces."""

    def look(email: str, password: str = DEMO_PASSWORD) -> str:
        client = app.test_client()
        assert portal_sign_in(client, email, password).status_code in {302, 303}
        return page(client)

    return look


def page(client: FlaskClient) -> str:
    """The dashboard as text, with plain spaces."""
    answer = client.get("/portal/")
    assert answer.status_code == 200
    return html.unescape(answer.text).replace("\xa0", " ")


def panels(text: str) -> list[str]:
    """The names of the panels on a page."""
    return re.findall(r'id="panel-(\w+)"', text)


def part(text: str, name: str) -> str:
    """One panel of a page, as words with single spaces."""
    found = text.split(f'id="panel-{name}"', 1)[1].split("portal-dashboard-panel", 1)[0]
    return " ".join(re.sub(r"<[^>]+>", " ", found).split())


def an_invoice(customer: int, number: str, **values: Any) -> Invoice:
    """An open invoice about 120 euros of today, due in two weeks."""
    today = now().date()
    given = {
        "title": "Lanterns",
        "status": "open",
        "issued_on": today,
        "due_on": today + timedelta(days=14),
        "total": Decimal(120),
    }
    return Invoice(customer_id=customer, number=number, **{**given, **values})


def test_what_needs_olivia(home: Callable[..., str]) -> None:
    """Each panel says the number, the sum, and what comes first."""
    text = home(OLIVIA)
    assert panels(text) == [*PANELS]
    money = part(text, "money")
    assert "€2,244.00 to pay" in money
    assert "1 unpaid invoice" in money
    assert "1 overdue" in money
    assert "INV-1044" in money
    assert "1 ticket waits for you" in part(text, "tickets")
    assert "Opening hours at Christmas" in part(text, "tickets")
    assert "Online shop for pre-orders" in part(text, "projects")
    assert "71%" in part(text, "projects")
    papers = part(text, "papers")
    assert "CON-0301 · contract to sign" in papers
    assert "EST-0203 · estimate, valid until" in papers
    assert "5 papers" in papers


def test_balance_counts_and_not_the_total(
    app: Flask, customer: int, home: Callable[..., str]
) -> None:
    """What was paid and credited is taken off; drafts, of both kinds, are not there."""
    today = now().date()
    with app.app_context():
        make_contact(db.session, customer, email="ada@lantern.example", permissions=["invoices"])
        a_part = Payment(paid_on=today, amount=Decimal(20))
        part_paid = an_invoice(customer, "L-1", payments=[a_part])
        part_paid.credit_notes = [
            CreditNote(
                customer_id=customer, number=number, title="Less", status=status,
                issued_on=today, subtotal=Decimal(10), total=Decimal(10),
            )
            for number, status in (("C-1", "issued"), ("C-2", "draft"))
        ]  # fmt: skip
        late = an_invoice(customer, "L-2", due_on=today - timedelta(days=1), total=Decimal("0.55"))
        paid = an_invoice(customer, "L-3", payments=[Payment(paid_on=today, amount=Decimal(120))])
        draft = an_invoice(customer, "L-4", status="draft")
        old = an_invoice(
            customer, "L-5", issued_on=today - timedelta(days=800),
            due_on=today - timedelta(days=786), total=Decimal(1000), status="overdue",
        )  # fmt: skip
        db.session.add_all([part_paid, late, paid, draft, old])
        db.session.commit()
    money = part(home("ada@lantern.example", PASSWORD), "money")
    assert "€1,090.55 to pay" in money
    assert "3 unpaid invoices · 2 overdue" in money
    assert money.index("L-5") < money.index("L-2") < money.index("L-1")
    assert "L-3" not in money
    assert "L-4" not in money


def test_the_chart_can_be_read_and_needs_no_policy_broken(
    app: Flask, home: Callable[..., str]
) -> None:
    """Inline SVG without style, script or handler; the same figures stand in a table."""
    text = home(OLIVIA)
    [svg] = re.findall(r"<svg[^>]*pygal-chart.*?</svg>", text, re.DOTALL)
    assert 'aria-hidden="true"' in svg
    for forbidden in ("<style", "<script", "style=", " onclick", "<desc", "http://pygal"):
        assert forbidden not in svg.replace('xmlns="http://www.w3.org/2000/svg"', "")
    assert svg.count('class="bar"') == 24
    table = text.split("studio-graph-table", 1)[1].split("</table>", 1)[0]
    assert table.count("<tr>") == 13
    assert "€13,677.00" in table
    assert now().strftime("%B %Y") in table


def test_months_without_invoices_are_there(
    app: Flask, customer: int, home: Callable[..., str]
) -> None:
    """An invoice of eleven months ago and one of today: the first and the last of twelve."""
    today = now().date()
    first = (today.replace(day=1) - timedelta(days=320)).replace(day=15)
    while (today.year * 12 + today.month) - (first.year * 12 + first.month) > 11:
        first = (first.replace(day=28) + timedelta(days=10)).replace(day=15)
    before = first.replace(day=1) - timedelta(days=1)
    with app.app_context():
        make_contact(db.session, customer, email="ada@lantern.example", permissions=["invoices"])
        db.session.add_all(
            an_invoice(customer, f"L-{place}", issued_on=day, total=Decimal(sum_))
            for place, (day, sum_) in enumerate(((today, 11), (first, 22), (before, 33)))
        )
        db.session.commit()
    table = home("ada@lantern.example", PASSWORD).split("studio-graph-table", 1)[1]
    sums = re.findall(r"€(\d+)\.00", table.split("</table>", 1)[0])
    assert sums == ["0", "22", *["0", "0"] * 10, "0", "11"]


def test_an_invoice_of_next_month_has_no_column_yet(
    app: Flask, customer: int, home: Callable[..., str]
) -> None:
    """It is in no column, and least in that of the same month of last year."""
    later = (now().date().replace(day=28) + timedelta(days=10)).replace(day=15)
    with app.app_context():
        make_contact(db.session, customer, email="ada@lantern.example", permissions=["invoices"])
        db.session.add(an_invoice(customer, "L-1", total=Decimal(11)))
        db.session.add(an_invoice(customer, "L-2", issued_on=later, total=Decimal(22)))
        db.session.commit()
    table = home("ada@lantern.example", PASSWORD).split("studio-graph-table", 1)[1]
    assert "€11.00" in table.split("</table>", 1)[0]
    assert "€22.00" not in table.split("</table>", 1)[0]


def test_six_papers_are_named_and_the_others_counted(
    app: Flask, customer: int, home: Callable[..., str]
) -> None:
    """Of whichever kinds; the rest is behind a link to the list of its module."""
    today = now().date()
    with app.app_context():
        make_contact(db.session, customer, email="ada@lantern.example", permissions=["estimates"])

        def add(*places: int) -> None:
            for place in places:
                db.session.add(
                    Estimate(
                        customer_id=customer, number=f"L-{place}", title="Lanterns",
                        status="sent", issued_on=today, valid_until=today, total=Decimal(1),
                    )
                )  # fmt: skip
            db.session.commit()

        add(*range(6))
        six = part(home("ada@lantern.example", PASSWORD), "papers")
        add(6, 7)
    assert ("6 papers" in six, six.count("valid until"), "more" in six) == (True, 6, False)
    eight = home("ada@lantern.example", PASSWORD)
    assert part(eight, "papers").count("valid until") == 6
    assert "and 2 more estimates" in part(eight, "papers")
    assert 'href="/portal/estimates/"' in eight.split('id="panel-papers"', 1)[1]


@pytest.mark.parametrize(
    ("permission", "shown"),
    [
        ("invoices", ["money"]),
        ("estimates", ["papers"]),
        ("proposals", ["papers"]),
        ("contracts", ["papers"]),
        ("support", ["tickets"]),
        ("projects", ["projects"]),
    ],
)
def test_each_part_needs_its_permission(
    app: Flask, home: Callable[..., str], permission: str, shown: list[str]
) -> None:
    """One permission, one part; of papers only those of the permitted module."""
    with app.app_context():
        make_contact(db.session, 1, email="new@aurora-bakery.example", permissions=[permission])
    text = home("new@aurora-bakery.example", PASSWORD)
    assert panels(text) == shown
    if shown == ["papers"]:
        kinds = {"estimates": "EST-", "proposals": "PRO-", "contracts": "CON-"}
        for module, prefix in kinds.items():
            assert (prefix in part(text, "papers")) == (module == permission)


def test_nothing_of_another_customer(app: Flask, home: Callable[..., str]) -> None:
    """No number, sum or title of anybody else is on the page."""
    text = home(OLIVIA)
    with app.app_context():
        own = db.session.scalars(select(Contact.customer_id).where(Contact.email == OLIVIA)).one()
        for model, name in (
            (Invoice, "number"), (Ticket, "number"), (Project, "name"), (Estimate, "number"),
            (Proposal, "number"), (Contract, "number"),
        ):  # fmt: skip
            others = select(getattr(model, name)).where(model.customer_id != own)
            assert [one for one in db.session.scalars(others) if one in text] == []


def test_a_new_customer(home: Callable[..., str]) -> None:
    """Nothing to pay, to answer or to wait for: the way to ask a question is offered."""
    text = home(ISLA)
    assert panels(text) == ["tickets"]
    assert "No ticket waits for your answer." in text
    assert "/portal/support/new" in text
    assert text.count("nothing here yet") == 6


def test_no_permission_at_all(home: Callable[..., str]) -> None:
    """C12: no panel, no module, and a sentence that says whom to ask."""
    text = home(FERGUS)
    assert panels(text) == []
    assert "No area of the portal is open to you yet" in text
    assert "Isla Drummond" in text


def test_paid_and_answered(app: Flask, home: Callable[..., str]) -> None:
    """Where all is paid the panel says so and keeps the chart; papers that are over are gone."""
    yesterday = now().date() - timedelta(days=1)
    with app.app_context():
        for invoice in db.session.scalars(select(Invoice).where(Invoice.customer_id == 1)):
            if invoice.status != "draft":
                invoice.pay_rest(yesterday)
                invoice.settle()
        for estimate in db.session.scalars(select(Estimate).where(Estimate.status == "sent")):
            estimate.valid_until = yesterday
        for proposal in db.session.scalars(select(Proposal).where(Proposal.status == "sent")):
            proposal.open_till = yesterday
        for contract in db.session.scalars(
            select(Contract).where(Contract.status == "awaiting signature")
        ):
            contract.status = "withdrawn"
        db.session.commit()
    text = home(OLIVIA)
    assert panels(text) == ["money", "tickets", "projects"]
    assert "Everything is paid. Thank you!" in part(text, "money")
    assert "pygal-chart" in text


def test_long_names_and_many_records(app: Flask, customer: int, home: Callable[..., str]) -> None:
    """Three of each are named and all are counted; names are text, never markup."""
    name = "<b>Lanterns</b> " + "very " * 25 + "long"
    today = now()
    with app.app_context():
        make_contact(
            db.session, customer, email="ada@lantern.example",
            permissions=["invoices", "support", "projects"],
        )  # fmt: skip
        for place in range(30):
            db.session.add(an_invoice(customer, f"L-{place}", title=name[:150]))
            db.session.add(
                Ticket(
                    customer_id=customer, subject=name[:150], status="answered",
                    opened_at=today, updated_at=today,
                )
            )  # fmt: skip
            db.session.add(
                Project(
                    customer_id=customer, name=name[:150], starts_on=today.date(),
                    due_on=today.date(), status="in progress",
                )
            )  # fmt: skip
        db.session.commit()
    client = app.test_client()
    portal_sign_in(client, "ada@lantern.example", PASSWORD)
    assert "<b>Lanterns" not in client.get("/portal/").text
    text = page(client)
    assert "30 unpaid invoices" in part(text, "money")
    assert "€3,600.00 to pay" in part(text, "money")
    assert "30 tickets wait for you" in part(text, "tickets")
    assert "27 more" in part(text, "projects")
    assert part(text, "money").count("due on") == 3


@pytest.mark.parametrize("email", [OLIVIA, TOM, ISLA, FERGUS])
def test_the_page_is_cheap(app: Flask, email: str) -> None:
    """At most six statements, whoever looks and however much there is."""
    client = app.test_client()
    portal_sign_in(client, email, DEMO_PASSWORD)
    client.get("/portal/")
    with app.app_context():
        engine = db.engine
    with count_statements(engine) as seen:
        client.get("/portal/")
    assert len(seen) <= 6


def test_a_revoked_permission_counts_at_once(app: Flask) -> None:
    """P1: the panel is gone with the next request."""
    client = app.test_client()
    portal_sign_in(client, OLIVIA, DEMO_PASSWORD)
    assert "money" in panels(page(client))
    with app.app_context():
        contact = db.session.scalars(select(Contact).where(Contact.email == OLIVIA)).one()
        contact.permissions = [one for one in contact.permissions if one.name != "invoices"]
        db.session.commit()
    text = page(client)
    assert "money" not in panels(text)
    assert "INV-1044" not in text


def test_in_the_readers_language(home: Callable[..., str]) -> None:
    """Conceição's amounts and dates are written as Portuguese writes them."""
    text = home("conceicao@padaria-sao-joao.example")
    assert "€ 9.384,00" in text
    assert re.search(r"\d+ de [a-z]+\.? de \d{4}|\d+ [a-z]{3}\.? \d{4}", part(text, "projects"))
