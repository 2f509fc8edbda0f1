"""The example's invoices, credit notes and statement in the portal: lists, files, figures."""

from __future__ import annotations

import csv
import html
import re
from collections.abc import Callable, Iterator
from datetime import date, timedelta
from decimal import Decimal
from io import BytesIO, StringIO
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from pypdf import PdfReader
from sqlalchemy import delete, select

from example_app.clock import now
from example_app.database import db
from example_app.demo_data import DEMO_PASSWORD
from example_app.figures import MOST_YEARS, chart_of, open_invoices
from example_app.models import CreditNote, Estimate, Invoice, InvoiceLine, Payment
from example_app.statement import Entry, Statement, statement_of
from example_app.statement_period import last_months, last_year, this_year
from flask_contacts.models import Customer
from flask_contacts.testing import PASSWORD, count_statements, make_contact, portal_sign_in
from tests.example import filled_example
from tests.first_state import keep_first_state

pytestmark = pytest.mark.filterwarnings("ignore:The Query.get")

AURORA = 1
OLIVIA = "olivia.hart@aurora-bakery.example"
TOM = "tom.okafor@aurora-bakery.example"
ZOE = "zoe@aurora-bakery.example"
CONCEICAO = "conceicao@padaria-sao-joao.example"


@pytest.fixture(scope="module")
def example(tmp_path_factory: pytest.TempPathFactory) -> tuple[Flask, Callable[[], None]]:
    """The example with its demo data, and how to get that back."""
    app = filled_example(tmp_path_factory.mktemp("billing"))
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
def contact(app: Flask) -> Callable[[str], FlaskClient]:
    """``contact(email)`` is a browser in which that contact has signed in."""

    def sign_in(email: str) -> FlaskClient:
        client = app.test_client()
        assert portal_sign_in(client, email, DEMO_PASSWORD).status_code in {302, 303}
        return client

    return sign_in


@pytest.fixture
def stranger(app: Flask) -> FlaskClient:
    """A contact of another customer who may see everything there."""
    with app.app_context():
        permissions = ["invoices", "estimates", "contracts", "proposals"]
        make_contact(db.session, 2, email="other@x.example", permissions=permissions)
    client = app.test_client()
    portal_sign_in(client, "other@x.example", PASSWORD)
    return client


def record(model: Any, number: str) -> Any:
    """The record with this number, in the open session."""
    return db.session.scalars(select(model).where(model.number == number)).one()


def words(text: str) -> str:
    """What a page says: no tags, plain spaces."""
    plain = html.unescape(re.sub(r"<[^>]+>", " ", text))
    return " ".join(plain.split())


def pdf_text(content: bytes) -> str:
    """The text of a PDF file, with plain spaces."""
    pages = [page.extract_text() for page in PdfReader(BytesIO(content)).pages]
    return " ".join(" ".join(pages).replace("\xa0", " ").split())


# Files


PAPERS = {
    "invoices": (Invoice, "INV-1044", "Invoice INV-1044"),
    "estimates": (Estimate, "EST-0203", "Estimate EST-0203"),
}


@pytest.mark.parametrize("module", PAPERS)
def test_a_paper_is_downloaded(
    app: Flask, contact: Any, stranger: FlaskClient, module: str
) -> None:
    """For saving, in the language of the page; 404 elsewhere and for a draft, 403 without
    the permission."""
    model, number, title = PAPERS[module]
    with app.app_context():
        url = f"/portal/{module}/{record(model, number).id}/files/pdf"
    olivia = contact(OLIVIA)
    page = olivia.get(url.removesuffix("/files/pdf")).text
    assert f'href="{url}"' in page
    sent = olivia.get(url)
    assert sent.mimetype == "application/pdf"
    assert sent.headers["Content-Disposition"].startswith("attachment")
    assert f"{number}.pdf" in sent.headers["Content-Disposition"]
    assert sent.headers["X-Content-Type-Options"] == "nosniff"
    assert title in pdf_text(sent.data)
    assert stranger.get(url).status_code == 404
    assert contact(ZOE).get(url).status_code == 403
    assert olivia.get(url.replace("pdf", "doc")).status_code == 404
    with app.app_context():
        record(model, number).status = "draft"
        db.session.commit()
    assert olivia.get(url).status_code == 404


def test_an_answered_estimates_file_says_so(app: Flask, contact: Any) -> None:
    """Who accepted, when, and from which address; an open one's says nothing of the kind."""
    client = contact(OLIVIA)
    with app.app_context():
        answered, still_open = record(Estimate, "EST-0201").id, record(Estimate, "EST-0203").id
    said = pdf_text(client.get(f"/portal/estimates/{answered}/files/pdf").data)
    assert "Accepted: Olivia Hart, Aurora Bakery" in said
    assert "from the address 198.51.100.24" in said
    said = pdf_text(client.get(f"/portal/estimates/{still_open}/files/pdf").data)
    assert "Accepted" not in said


def test_a_file_speaks_the_readers_language(app: Flask, contact: Any) -> None:
    """Conceição reads Portuguese."""
    client = contact(CONCEICAO)
    page = client.get("/portal/invoices/").text
    found = re.search(r'href="(/portal/invoices/\d+)"', page)
    assert found is not None
    assert "Número" in pdf_text(client.get(f"{found[1]}/files/pdf").data)


# The list


def test_the_list_is_narrowed(contact: Any) -> None:
    """By status and by days; garbage is a 404 or said at its field."""
    client = contact(OLIVIA)
    every = client.get("/portal/invoices/").text
    assert all(number in every for number in ("INV-1041", "INV-1044"))
    overdue = client.get("/portal/invoices/?state=overdue").text
    assert "INV-1044" in overdue
    assert "INV-1041" not in overdue
    since = (now().date() - timedelta(days=60)).isoformat()
    recent = client.get(f"/portal/invoices/?issued_on_from={since}").text
    assert "INV-1044" in recent
    assert "INV-1041" not in recent
    assert client.get("/portal/invoices/?state=draft").status_code == 404
    assert client.get("/portal/invoices/?issued_on_from=soon").status_code == 422


def test_the_list_is_exported(app: Flask, contact: Any) -> None:
    """What the list shows, narrowed as it is; nothing of others."""
    client = contact(OLIVIA)
    sent = client.get("/portal/invoices/export.csv?state=paid")
    assert sent.mimetype == "text/csv"
    rows = list(csv.reader(StringIO(sent.get_data(as_text=True).lstrip("\ufeff"))))
    assert [row[0] for row in rows[1:]] == ["INV-1043", "INV-1042", "INV-1041"]
    assert contact(ZOE).get("/portal/invoices/export.csv").status_code == 403


def test_what_is_to_pay_stands_above(app: Flask, contact: Any) -> None:
    """Open and overdue sums, without what was paid, credited, drafted or is another's."""
    with app.app_context():
        today = now().date()
        invoice = Invoice(
            customer_id=AURORA, number="OPEN-1", title="Sign", status="open", issued_on=today,
            due_on=today, tax_rate=Decimal(0), subtotal=Decimal(300), total=Decimal(300),
            payments=[Payment(paid_on=today, amount=Decimal("50.50"))],
        )  # fmt: skip
        for number, status, total in (("C-1", "issued", 20), ("C-2", "draft", 100)):
            note = CreditNote(
                customer_id=AURORA, number=number, title="Sorry", status=status,
                issued_on=today, subtotal=Decimal(total), total=Decimal(total),
            )  # fmt: skip
            invoice.credit_notes.append(note)
        db.session.add(invoice)
        db.session.commit()
        found = open_invoices(db.session, AURORA, today)
        assert (found.amount, found.count) == (Decimal("2473.50"), 2)
        assert (found.overdue_amount, found.overdue_count) == (Decimal("2244.00"), 1)
        assert open_invoices(db.session, 999, today).amount == 0
    shown = words(contact(TOM).get("/portal/invoices/").text)
    assert "To pay €2,473.50 2 unpaid invoices" in shown
    assert "Overdue €2,244.00 1 invoice should be paid by now" in shown


def test_paper_names_both_companies(app: Flask, contact: Any) -> None:
    """Printed, an invoice and a statement say whose they are and for whom."""
    client = contact(OLIVIA)
    with app.app_context():
        key = record(Invoice, "INV-1044").id
    for page in (f"/portal/invoices/{key}", "/portal/statement/"):
        printed = html.unescape(client.get(page).text).split('class="portal-print-only"', 1)[1]
        head = printed.split("</p>", 1)[0]
        assert "Northwind Studio" in head
        assert "Aurora Bakery" in head


def test_what_costs_nothing_is_not_to_pay(app: Flask, contact: Any) -> None:
    """An open invoice of nothing is not counted, as on the dashboard."""
    with app.app_context():
        free = {"title": "Free", "status": "open", "customer_id": AURORA}
        today = now().date()
        before = open_invoices(db.session, AURORA, today)
        db.session.add(Invoice(number="Z-0", issued_on=today, due_on=today, **free))
        db.session.commit()
        assert open_invoices(db.session, AURORA, today) == before


def test_who_owes_nothing_sees_no_sums(app: Flask, contact: Any) -> None:
    """No zero is shown as if it were news."""
    with app.app_context():
        record(Invoice, "INV-1044").status = "paid"
        db.session.commit()
    assert "To pay" not in words(contact(OLIVIA).get("/portal/invoices/").text)


def test_overdue_is_seen_before_anybody_is_reminded(app: Flask, contact: Any) -> None:
    """The day decides, in the list and on the page; the stored status follows later."""
    with app.app_context():
        invoice = record(Invoice, "INV-1044")
        invoice.status, invoice.due_on = "open", now().date()
        db.session.commit()
        page = f"/portal/invoices/{invoice.id}"
    client = contact(OLIVIA)
    shown = words(client.get(page).text)
    assert "€2,244.00 is due on" in shown
    assert "INV-1044" not in client.get("/portal/invoices/?state=overdue").text
    with app.app_context():
        record(Invoice, "INV-1044").due_on = now().date() - timedelta(days=1)
        db.session.commit()
    assert "€2,244.00 was due on" in words(client.get(page).text)
    assert "INV-1044" in client.get("/portal/invoices/?state=overdue").text
    with app.app_context():
        assert record(Invoice, "INV-1044").status == "open"


# Credit notes


def test_credit_notes(app: Flask, contact: Any, stranger: FlaskClient) -> None:
    """Listed with their invoice and file; on the invoice's page too; drafts nowhere (P3)."""
    with app.app_context():
        note = record(CreditNote, "CN-0031")
        url, invoice = f"/portal/credit-notes/{note.id}/pdf", note.invoice_id
        draft = CreditNote(
            customer_id=AURORA, number="CN-DRAFT", title="Not yet", issued_on=now().date(),
            subtotal=Decimal(1), total=Decimal(1), invoice_id=invoice,
        )  # fmt: skip
        db.session.add(draft)
        db.session.commit()
        hidden = f"/portal/credit-notes/{draft.id}/pdf"
        row = f"/portal/invoices/{invoice}/credit_notes/{note.id}"
    tom = contact(TOM)
    assert 'href="/portal/credit-notes/"' in tom.get("/portal/invoices/").text
    page = tom.get("/portal/credit-notes/").text
    assert f'href="{url}"' in page
    assert f'href="/portal/invoices/{invoice}"' in page
    assert "CN-DRAFT" not in page
    assert f'href="{row}"' in tom.get(f"/portal/invoices/{invoice}").text
    for path in (url, row):
        sent = tom.get(path)
        assert "Credit note CN-0031" in pdf_text(sent.data)
        assert sent.headers["Content-Disposition"].startswith("attachment")
        assert stranger.get(path).status_code == 404
        assert contact(ZOE).get(path).status_code == 403
    assert tom.get(hidden).status_code == 404
    assert contact(ZOE).get("/portal/credit-notes/").status_code == 403
    assert "No credit notes" in stranger.get("/portal/credit-notes/").text


def test_many_credit_notes_have_pages(app: Flask, contact: Any) -> None:
    """Twenty-five on each, the newest first; an address that is none is a 404."""
    with app.app_context():
        db.session.add_all(
            CreditNote(
                customer_id=AURORA, number=f"MANY-{place:02}", title="Much", status="issued",
                issued_on=now().date(), subtotal=Decimal(1), total=Decimal(1),
            )
            for place in range(30)
        )  # fmt: skip
        db.session.commit()
        engine = db.engine
    client = contact(OLIVIA)
    client.get("/portal/credit-notes/")
    with count_statements(engine) as seen:
        first = client.get("/portal/credit-notes/").text
    assert len(seen) <= 6
    assert "MANY-29" in first
    assert "MANY-04" not in first
    older = re.search(r'rel="next" href="([^"]+)"', first)
    assert older is not None
    second = client.get(html.unescape(older[1])).text
    assert "MANY-04" in second
    assert "CN-0031" in second
    assert "MANY-29" not in second
    for garbage in ("x", "0", "-1", "1e3", "٣", "9" * 30):
        assert client.get(f"/portal/credit-notes/?before={garbage}").status_code == 404


# The statement


def test_periods_are_offered(contact: Any) -> None:
    """Links for the usual ones; the one that is shown is marked; days may be typed as well."""
    client = contact(OLIVIA)
    page = client.get("/portal/statement/").text
    assert page.count('aria-current="true"') >= 1
    chosen = re.search(r'class="btn btn-sm btn-primary" href="([^"]+)"[^>]*>([^<]+)<', page)
    assert chosen is not None
    assert chosen[2] == "Last 12 months"
    first, last = last_year(now().date())
    link = f"/portal/statement/?start={first}&amp;end={last}"
    assert f'href="{link}"' in page
    shown = client.get(html.unescape(link))
    assert shown.status_code == 200
    assert "Last year" in re.findall(r'btn-primary" href="[^"]+"[^>]*>([^<]+)<', shown.text)
    assert client.get("/portal/statement/?start=2026-02-02&end=2026-01-01").status_code == 422


def test_what_the_periods_are() -> None:
    """Whole months, also around the turn of the year and on a leap day."""
    day = date(2024, 2, 29)
    assert last_months(12)(day) == (date(2023, 3, 1), day)
    assert last_months(3)(day) == (date(2023, 12, 1), day)
    assert this_year(day) == (date(2024, 1, 1), day)
    assert last_year(day) == (date(2023, 1, 1), date(2023, 12, 31))


def test_the_chart_has_the_figures_of_the_statement(app: Flask, contact: Any) -> None:
    """Each month's sums, as columns and in a table; together they are the statement's."""
    with app.app_context():
        aurora = db.session.get(Customer, AURORA)
        period = last_months(12)(now().date())
        statement = statement_of(db.session, aurora, *period)
        chart = chart_of(statement)
        assert chart is not None
        assert len(chart.columns) == 12
        assert sum(one.invoiced for one in chart.columns) == statement.sum_of("invoice")
        paid = -statement.sum_of("payment", "credit note")
        assert sum(one.paid for one in chart.columns) == paid > 0
    page = contact(OLIVIA).get("/portal/statement/").text
    figure = page.split("<figure")[1].split("</figure>")[0]
    assert figure.count("<rect") >= 24
    assert "style=" not in figure
    table = words(figure.split("<details")[1])
    for one in chart.columns:
        if one.invoiced:
            assert f"€{one.invoiced:,.2f}" in table


def a_statement(first: date, last: date, *entries: Entry) -> Statement:
    """A statement of nobody."""
    return Statement(None, first, last, Decimal(0), entries)


def an_entry(day: date, kind: str, amount: str) -> Entry:
    """An entry of a statement."""
    return Entry(day, kind, "N", "text", Decimal(amount), Decimal(0))


def test_what_a_chart_shows() -> None:
    """Months, years for a long period; nothing where there is nothing."""
    day = date(2026, 3, 31)
    assert chart_of(a_statement(day, day)) is None
    entry = an_entry(day, "invoice", "4300")
    one = chart_of(a_statement(day, day, entry, an_entry(day, "payment", "-1")))
    assert one is not None
    assert (len(one.columns), one.by_year) == (1, False)
    assert (one.columns[0].invoiced, one.columns[0].paid) == (Decimal(4300), Decimal(1))
    years = chart_of(a_statement(date(2022, 6, 1), day, entry))
    assert years is not None
    assert [column.first.year for column in years.columns] == [2022, 2023, 2024, 2025, 2026]
    assert years.by_year
    assert chart_of(a_statement(date(2026 - MOST_YEARS, 1, 1), day, entry)) is None


def test_pages_take_few_statements(app: Flask, contact: Any) -> None:
    """At most six for the list with its sums and for the statement; an invoice has three lists."""
    client = contact(OLIVIA)
    with app.app_context():
        engine, key = db.engine, record(Invoice, "INV-1041").id
    for url, most in (
        ("/portal/invoices/", 6),
        (f"/portal/invoices/{key}", 8),
        ("/portal/statement/", 6),
    ):
        client.get(url)
        with count_statements(engine) as seen:
            assert client.get(url).status_code == 200
        assert len(seen) <= most, (url, seen)


def test_a_contact_who_owes_and_got_nothing(app: Flask, contact: Any) -> None:
    """No figures, no chart, a sentence in their place."""
    with app.app_context():
        for model in (Payment, CreditNote, InvoiceLine, Invoice):
            db.session.execute(delete(model))
        db.session.commit()
    page = contact(OLIVIA).get("/portal/statement/").text
    assert "<figure" not in page
    assert "Nothing was invoiced or paid in this period." in page
