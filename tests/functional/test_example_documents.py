"""The example's papers: what the PDF files say, the sums of a statement, and sending them."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import date, timedelta
from decimal import Decimal
from email.message import EmailMessage
from io import BytesIO
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from pypdf import PdfReader
from sqlalchemy import delete, func, select, text

from example_app import pdf, statement
from example_app.clock import now
from example_app.database import db
from example_app.demo_data import DEMO_PASSWORD
from example_app.mail_store import MailStore
from example_app.models import (
    Contract,
    CreditNote,
    Estimate,
    Invoice,
    InvoiceLine,
    Payment,
    Proposal,
)
from example_app.serve import OldData, prepare
from example_app.statement import TooManyEntries, statement_of
from flask_contacts.models import Contact, Customer, Mail
from flask_contacts.testing import (
    PASSWORD,
    count_statements,
    make_contact,
    portal_sign_in,
    staff_sign_in,
)
from tests.example import filled_example, post_form, record_numbers
from tests.first_state import keep_first_state

pytestmark = pytest.mark.filterwarnings("ignore:The Query.get")

AURORA = 1
OLIVIA = "olivia.hart@aurora-bakery.example"
TOM = "tom.okafor@aurora-bakery.example"
ZOE = "zoe@aurora-bakery.example"
CONCEICAO = "conceicao@padaria-sao-joao.example"
EVER = (date(2000, 1, 1), date(2100, 1, 1))
DRAW: dict[type, Callable[[Any, str], bytes]] = {
    Invoice: pdf.invoice_pdf,
    CreditNote: pdf.credit_note_pdf,
    Estimate: pdf.estimate_pdf,
    Proposal: pdf.proposal_pdf,
    Contract: pdf.contract_pdf,
}
Captured = Callable[..., list[EmailMessage]]


@pytest.fixture(scope="module")
def example(tmp_path_factory: pytest.TempPathFactory) -> tuple[Flask, Callable[[], None]]:
    """The example with its demo data, and how to get that back."""
    app = filled_example(tmp_path_factory.mktemp("documents"))
    return app, keep_first_state(app)


@pytest.fixture
def app(example: tuple[Flask, Callable[[], None]]) -> Iterator[Flask]:
    """The example as it is after its first start; the fixtures for mail use it."""
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
def contact(app: Flask) -> Callable[[str], FlaskClient]:
    """``contact(email)`` is a browser in which that contact has signed in."""

    def sign_in(email: str) -> FlaskClient:
        client = app.test_client()
        assert portal_sign_in(client, email, DEMO_PASSWORD).status_code in {302, 303}
        return client

    return sign_in


def pages_of(content: bytes) -> list[str]:
    """The text of each page, with plain spaces and without line breaks."""
    return [
        " ".join(page.extract_text().replace("\xa0", " ").split())
        for page in PdfReader(BytesIO(content)).pages
    ]


def text_of(content: bytes) -> str:
    """The text of a whole PDF file."""
    return " ".join(pages_of(content))


def attachment_of(mail: EmailMessage) -> tuple[str, bytes]:
    """The name and the content of a mail's only file."""
    [part] = mail.iter_attachments()
    assert part.get_content_type() == "application/pdf"
    return str(part.get_filename()), part.get_content()


def record(model: type, number: str) -> Any:
    """The record with this number, in the open session."""
    return db.session.scalars(select(model).where(model.number == number)).one()  # type: ignore[attr-defined]


# PDF files


def test_an_invoice_says_everything(app: Flask) -> None:
    """Sender, address, number, dates, lines, sums, what was paid, notes, page number."""
    with app.app_context():
        said = text_of(pdf.invoice_pdf(record(Invoice, "INV-1041"), "en"))
    for part in (
        *("Northwind Studio", "21 Quayside", "IBAN IE29"),
        *("Aurora Bakery", "14 Harbour Terrace", "BS1 5TY Bristol", "GB 293 4410 27"),
        *("Invoice INV-1041", "Brand refresh and packaging", "Discovery workshop, full day"),
        *("€980.00", "€4,200.00", "Subtotal €5,180.00", "VAT 20% €1,036.00", "Total €6,216.00"),
        *("Paid or credited -€6,216.00", "To pay €0.00", "Please quote the invoice number"),
        "Page 1 of 1",
    ):
        assert part in said


@pytest.mark.parametrize("model", DRAW)
def test_each_paper_is_in_the_language_asked_for(app: Flask, model: type) -> None:
    """Dates and amounts as Portuguese writes them; the catalog's words where it has them."""
    with app.app_context():
        paper = db.session.scalars(select(model).where(model.customer_id == AURORA)).first()  # type: ignore[attr-defined]
        assert paper is not None
        english, portuguese = (text_of(DRAW[model](paper, code)) for code in ("en", "pt_BR"))
        assert paper.number in portuguese
    assert "Number" in english
    assert "Número" in portuguese
    assert "Página 1 de 1" in portuguese or "Page" not in portuguese
    amount = next(word for word in english.split() if word.startswith("€") and "." in word)
    swapped = amount[1:].translate(str.maketrans(",.", ".,"))
    assert f"€ {swapped}" in portuguese


def test_letters_of_everywhere(app: Flask) -> None:
    """Every demo customer's name can be read; what the font lacks breaks nothing."""
    with app.app_context():
        for estimate in db.session.scalars(select(Estimate)):
            assert str(estimate.customer) in text_of(pdf.estimate_pdf(estimate, "en"))
        lead = db.session.scalars(select(Proposal).where(Proposal.customer_id.is_(None))).all()
        assert any("Κατερίνα Παπαδοπούλου" in text_of(pdf.proposal_pdf(one, "en")) for one in lead)
        invoice = record(Invoice, "INV-1041")
        db.session.expunge(invoice.customer)
        invoice.customer.company = "工房 Kōbō שלום Привет 🏺"
        said = text_of(pdf.invoice_pdf(invoice, "en"))
        db.session.rollback()
    assert "Kōbō" in said
    assert "Привет" in said


def test_a_long_invoice_has_pages(app: Flask) -> None:
    """The heading of the table stands on each page, the sums once, each page is numbered."""
    with app.app_context():
        invoice = Invoice(
            customer=db.session.get(Customer, AURORA),
            number="LONG-1",
            title="A word that does not end: " + "Donaudampfschiff" * 7,
            issued_on=date(2026, 1, 1),
            due_on=date(2026, 1, 15),
            tax_rate=Decimal(20),
            notes="Many words. " * 400,
            lines=[
                InvoiceLine(
                    description=f"Line {place} " + "and on " * (place % 30),
                    quantity=Decimal("1.25"),
                    unit_price=Decimal("99999.99"),
                )
                for place in range(120)
            ],
        )
        invoice.reckon()
        pages = pages_of(pdf.invoice_pdf(invoice, "en"))
        db.session.rollback()
    assert len(pages) > 4
    for place, page in enumerate(pages, start=1):
        assert f"Page {place} of {len(pages)}" in page
    assert "Description Quantity" in pages[1]
    assert "Northwind Studio · Invoice LONG-1" in pages[1]
    assert sum("Subtotal" in page for page in pages) == 1
    said = " ".join(pages)
    assert all(f"Line {place} " in said for place in range(120))


# The views


NEW_VIEWS = ("CreditNoteView", "PaymentView", "ErrandView")


@pytest.mark.parametrize("view", NEW_VIEWS)
def test_every_page_answers(admin: FlaskClient, view: str) -> None:
    """List, detail and both forms; a list of three rows takes as many statements as all."""
    room = f"/{view.lower()}"
    number = min(record_numbers(admin.get(f"{room}/list/").text, f"{room}/show/"))
    for page in (f"show/{number}", f"edit/{number}", "add"):
        assert admin.get(f"{room}/{page}").status_code == 200
    with admin.application.app_context():
        engine = db.engine
    seen = []
    for size in (1, 100):
        with count_statements(engine) as statements:
            admin.get(f"{room}/list/?psize_{view}={size}")
        seen.append(len(statements))
    assert seen[0] == seen[1]


def test_data_of_an_earlier_demo_is_refused(app: Flask) -> None:
    """A table that lacks a column gives a sentence that names the way out."""
    with app.app_context():
        db.session.execute(text("ALTER TABLE invoice DROP COLUMN mailed_at"))
        db.session.commit()
    with pytest.raises(OldData, match="make demo-reset"):
        prepare(app)


# The statement


def an_invoice(number: str, day: date, total: str, **values: Any) -> Invoice:
    """An invoice of Aurora's without tax."""
    amount = Decimal(total)
    return Invoice(
        **{
            "customer_id": AURORA,
            "number": number,
            "title": number,
            "status": "open",
            "issued_on": day,
            "due_on": day,
            "tax_rate": Decimal(0),
            "subtotal": amount,
            "total": amount,
            **values,
        }
    )


@pytest.fixture
def account(app: Flask) -> Iterator[Any]:
    """Aurora without any money so far, in an open application context."""
    with app.app_context():
        for model in (Payment, CreditNote, InvoiceLine, Invoice):
            db.session.execute(delete(model))
        db.session.commit()
        yield db.session.get(Customer, AURORA)


def test_a_statement_is_right_to_the_cent(account: Any) -> None:
    """Opening balance, each entry with the balance after it, closing balance."""
    first = an_invoice("A", date(2026, 1, 10), "100.10")
    second = an_invoice("B", date(2026, 2, 10), "0.20")
    first.payments = [
        Payment(paid_on=date(2026, 1, 20), amount=Decimal("33.37")),
        Payment(paid_on=date(2026, 2, 10), amount=Decimal("33.36"), method="card"),
    ]
    credit = CreditNote(
        customer_id=AURORA, number="C", title="Sorry", status="issued", invoice=first,
        issued_on=date(2026, 2, 28), subtotal=Decimal("11.11"), tax_rate=Decimal(19),
    )  # fmt: skip
    credit.reckon()
    db.session.add_all([first, second, credit])
    db.session.commit()
    found = statement_of(db.session, account, date(2026, 2, 1), date(2026, 2, 28))
    assert found.opening == Decimal("66.73")
    assert [(one.kind, one.amount, one.balance) for one in found.entries] == [
        ("invoice", Decimal("0.20"), Decimal("66.93")),
        ("payment", Decimal("-33.36"), Decimal("33.57")),
        ("credit note", Decimal("-13.22"), Decimal("20.35")),
    ]
    assert found.closing == Decimal("20.35")
    said = text_of(pdf.statement_pdf(found, "en"))
    for part in ("Feb 1, 2026 – Feb 28, 2026", "Payment for A · Card", "Credit note C · Sorry"):
        assert part in said
    assert "Opening balance €66.73 Invoiced €0.20 Paid and credited -€46.58 Balance €20.35" in said


def test_periods_join(account: Any) -> None:
    """However an account is cut, one period ends with what the next begins with."""
    start = date(2025, 12, 1)
    for place in range(60):
        amount = f"{(place * 7919) % 1000}.{(place * 37) % 100:02}"
        invoice = an_invoice(f"I-{place}", start + timedelta(days=place * 3 % 50), amount)
        if place % 3 == 0:
            half = (Decimal(amount) / 2).quantize(Decimal("0.01"))
            paid_on = start + timedelta(days=place % 47)
            invoice.payments = [Payment(paid_on=paid_on, amount=half)]
        db.session.add(invoice)
    db.session.commit()
    total = statement_of(db.session, account, *EVER).closing
    invoiced, paid = (
        Decimal(db.session.scalar(select(func.sum(column))) or 0)
        for column in (Invoice.total, Payment.amount)
    )
    assert total == invoiced - paid
    for days in range(0, 52, 5):
        cut = start + timedelta(days=days)
        before = statement_of(db.session, account, EVER[0], cut)
        after = statement_of(db.session, account, cut + timedelta(days=1), EVER[1])
        assert before.closing == after.opening
        assert after.closing == total


def test_drafts_and_other_customers_do_not_count(account: Any) -> None:
    """Neither a draft, nor what was paid for one, nor what somebody else owes."""
    day = date(2026, 3, 1)
    draft = an_invoice("D", day, "10", status="draft")
    draft.payments = [Payment(paid_on=day, amount=Decimal(3))]
    other = an_invoice("O", day, "20", customer_id=2)
    other.payments = [Payment(paid_on=day, amount=Decimal(5))]
    note = CreditNote(
        customer_id=AURORA, number="N", title="Not yet", issued_on=day,
        subtotal=Decimal(1), total=Decimal(1), invoice=draft,
    )  # fmt: skip
    db.session.add_all([draft, other, note])
    db.session.commit()
    assert draft.balance == Decimal(7)
    found = statement_of(db.session, account, *EVER)
    assert (found.opening, found.entries, found.closing) == (0, (), 0)
    assert statement_of(db.session, account, day + timedelta(days=1), EVER[1]).opening == 0


def test_too_many_entries_are_refused(
    admin: FlaskClient, account: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """No page is without end: a period with too much in it asks for a shorter one."""
    assert statement.MOST_ENTRIES == 1000
    monkeypatch.setattr(statement, "MOST_ENTRIES", few := 40)
    day = date(2026, 3, 1)
    db.session.add_all(an_invoice(f"M-{place}", day, "1") for place in range(few + 1))
    db.session.commit()
    with pytest.raises(TooManyEntries):
        statement_of(db.session, account, day, day)
    page = admin.get("/statementview/show/1?start=2026-03-01&end=2026-03-01")
    assert page.status_code == 422
    assert "choose a shorter one" in page.text
    assert admin.get("/statementview/pdf/1/2026-03-01/2026-03-01").status_code == 404
    assert statement_of(db.session, account, date(2026, 3, 2), day).opening == few + 1


# Staff


def test_the_statement_of_a_customer_for_staff(admin: FlaskClient) -> None:
    """A tab with the balance; a page for a period; a file; a way to send it."""
    profile = admin.get("/customers/show/1").text
    assert "Balance today" in profile
    assert "€2,244.00" in profile
    page = admin.get("/statementview/show/1?start=2020-01-01&end=2100-01-01").text
    assert "Payment for INV-1041 · Bank transfer" in page
    assert "Credit note CN-0031" in page
    assert 'href="/statementview/send/1/2020-01-01/2100-01-01"' in page
    answer = admin.get("/statementview/pdf/1/2020-01-01/2100-01-01")
    assert answer.mimetype == "application/pdf"
    assert "Balance €2,244.00" in text_of(answer.data)


@pytest.mark.parametrize(
    ("query", "message"),
    [
        ("start=2026-02-01&end=2026-01-31", "ends before it begins"),
        ("start=yesterday&end=2026-01-31", "Not a valid date value"),
        ("start=&end=", "This field is required"),
        ("start=99999-01-01&end=2026-01-31", "Not a valid date value"),
    ],
)
def test_a_wrong_period_is_said_at_its_field(admin: FlaskClient, query: str, message: str) -> None:
    """422, the form as it was typed, and no statement."""
    answer = admin.get(f"/statementview/show/1?{query}")
    assert answer.status_code == 422
    assert message in answer.text
    assert "Closing balance" not in answer.text


@pytest.mark.parametrize(
    "path",
    [
        *("show/999999", "show/x", "show/1%00", "pdf/1/2026-01-01/x", "pdf/999999/2026-01-01/x"),
        *("send/1/2026-13-01/2026-01-01", "send/999999/2026-01-01/2026-02-01"),
    ],
)
def test_no_such_statement(admin: FlaskClient, path: str) -> None:
    """An address that cannot be one is not found."""
    assert admin.get(f"/statementview/{path}").status_code == 404


def test_staff_see_the_papers_of_own_customers_only(app: Flask) -> None:
    """S7: in lists, pages, parts, the dialog and the statement; sam may do none of it."""
    with app.app_context():
        manager = app.extensions["appbuilder"].sm
        role = manager.add_role("Bookkeeper")
        for view in (
            *("InvoiceView", "InvoiceLineView", "PaymentView", "CreditNoteView"),
            *("ProposalView", "StatementView", "CustomerLookup", "Contacts customers"),
        ):
            for name in ("can_list", "can_show", "can_send", "can_edit", "can_find"):
                right = manager.find_permission_view_menu(name, view)
                if right is not None:
                    manager.add_permission_role(role, right)
        user = manager.add_user("bo", "Bo", "Ek", "bo@northwind.example", role, "bo")
        from flask_contacts.models import CustomerAdmin

        db.session.add(CustomerAdmin(customer_id=AURORA, staff_id=user.id))
        db.session.commit()
        other = db.session.scalars(select(Invoice).where(Invoice.customer_id != AURORA)).first()
        assert other is not None
        line, payment = other.lines[0].id, other.payments[0].id
        number, hidden = other.id, other.number
        lead = db.session.scalars(select(Proposal.id).where(Proposal.customer_id.is_(None))).first()
    client = app.test_client()
    assert staff_sign_in(client, "bo", "bo").status_code == 302
    listed = client.get("/invoiceview/list/").text
    assert "INV-1044" in listed
    assert hidden not in listed
    lines = client.get("/invoicelineview/list/").text
    assert "Packaging design, per product" in lines
    assert lines.count("<tr>") <= 12
    assert client.get("/customer-lookup/?q=a").get_json() == ["Aurora Bakery"]
    assert client.get("/statementview/show/1").status_code == 200
    assert client.get("/invoiceview/show/4").status_code == 200
    for path in (
        *(f"invoiceview/show/{number}", f"invoiceview/send/{number}", f"invoiceview/edit/{number}"),
        *(f"invoicelineview/show/{line}", f"paymentview/show/{payment}"),
        *("statementview/show/2", "statementview/send/2/2026-01-01/2026-02-01"),
        f"proposalview/send/{lead}",
    ):
        assert client.get(f"/{path}").status_code == 404, path
    sam = app.test_client()
    assert staff_sign_in(sam, "sam", "sam").status_code == 302
    for path in ("invoiceview/send/4", "statementview/show/1", "creditnoteview/list/"):
        assert sam.get(f"/{path}").status_code == 403, path
    assert "Balance today" not in sam.get("/customers/show/1").text


def test_a_credit_note_settles_its_invoice(app: Flask, admin: FlaskClient) -> None:
    """Typed by the invoice's number; one of another customer is refused at the field."""
    form = {
        "customer": "Aurora Bakery", "number": "CN-X", "title": "Too much", "status": "issued",
        "issued_on": "2026-05-01", "subtotal": "1870", "tax_rate": "20",
    }  # fmt: skip
    refused = post_form(admin, "/creditnoteview/add", **form, invoice="INV-1049").text
    assert "This customer has nothing of that name." in refused
    assert 'value="Too much"' in refused
    assert 'value="INV-1049"' in refused
    assert post_form(admin, "/creditnoteview/add", **form, invoice="inv-1044").status_code == 302
    with app.app_context():
        note, invoice = record(CreditNote, "CN-X"), record(Invoice, "INV-1044")
        assert note.invoice is invoice
        assert note.total == Decimal("2244.00")
        assert (invoice.balance, invoice.status) == (0, "paid")
        number = note.id
    assert post_form(admin, f"/creditnoteview/edit/{number}", subtotal="1000").status_code == 302
    with app.app_context():
        invoice = record(Invoice, "INV-1044")
        assert (invoice.balance, invoice.status) == (Decimal("1044.00"), "open")
    post_form(admin, f"/creditnoteview/edit/{number}", subtotal="1870")
    page = "/creditnoteview/list/"
    assert admin.get(page).status_code == 200
    deletion = admin.post(f"/creditnoteview/delete/{number}", data={"csrf_token": token(admin)})
    assert deletion.status_code == 302
    with app.app_context():
        assert record(Invoice, "INV-1044").status == "open"


def token(client: FlaskClient) -> str:
    """A token of this browser's session."""
    from flask_contacts.testing import csrf_token

    return csrf_token(client, "/creditnoteview/add")


def test_who_says_paid_has_seen_money(app: Flask, admin: FlaskClient) -> None:
    """Setting an invoice to paid notes the payment, so that the statement agrees."""
    with app.app_context():
        number = record(Invoice, "INV-1044").id
    assert post_form(admin, f"/invoiceview/edit/{number}", status="paid").status_code == 302
    with app.app_context():
        invoice = record(Invoice, "INV-1044")
        assert (invoice.status, invoice.paid) == ("paid", Decimal("2244.00"))
        payment = invoice.payments[0].id
        aurora = db.session.get(Customer, AURORA)
        assert statement_of(db.session, aurora, *EVER).closing == 0
    admin.post(f"/paymentview/delete/{payment}", data={"csrf_token": token(admin)})
    with app.app_context():
        assert record(Invoice, "INV-1044").status == "open"


@pytest.mark.parametrize(
    ("whom", "message"),
    [
        ({}, "Choose a customer, or write down"),
        ({"customer": "Aurora Bakery", "lead_email": "a@b.example"}, "not both"),
        ({"lead_email": "not an address"}, "Invalid email address"),
        ({"customer": "Aurora Bakery", "contact": CONCEICAO}, "nothing of that name"),
        ({"customer": "Nobody at all"}, "No customer has this name"),
    ],
)
def test_a_proposal_goes_to_somebody(
    admin: FlaskClient, whom: dict[str, str], message: str
) -> None:
    """A customer or a lead, and a contact of that customer: else an error at the field."""
    form = {"number": "PRO-X", "subject": "Kites", "status": "draft", "total": "100"}
    answer = post_form(admin, "/proposalview/add", **form, **whom)
    assert answer.status_code == 200
    assert message in answer.text
    assert 'value="Kites"' in answer.text


# Sending by hand


SENDABLE = {
    "InvoiceView": (Invoice, "INV-1042", [OLIVIA, TOM], "Invoice INV-1042 from Northwind Studio"),
    "CreditNoteView": (CreditNote, "CN-0031", [OLIVIA, TOM], "Credit note CN-0031"),
    "EstimateView": (Estimate, "EST-0203", [OLIVIA], "Estimate EST-0203: Care plan for the shop"),
    "ContractView": (Contract, "CON-0202", [OLIVIA], "Contract CON-0202: Online shop"),
    "ProposalView": (Proposal, "PRO-0203", [OLIVIA], "Our proposal: Care plan for the shop"),
}


@pytest.mark.parametrize("view", SENDABLE)
def test_each_paper_is_sent_with_its_file(
    app: Flask, admin: FlaskClient, captured_mail: Captured, view: str
) -> None:
    """To who has the topic on, a proposal to the primary contact (N9); then it is marked."""
    model, number, expected, subject = SENDABLE[view]
    with app.app_context():
        paper = record(model, number)
        paper.status, key = "draft", paper.id
        db.session.commit()
    room = f"/{view.lower()}"
    assert f'href="{room}/send/{key}"' in admin.get(f"{room}/list/?psize_{view}=100").text
    assert f'href="{room}/send/{key}"' in admin.get(f"{room}/show/{key}").text
    answer = post_form(admin, f"{room}/send/{key}", action="send")
    assert answer.status_code == 302, answer.text
    mails = captured_mail()
    assert sorted(str(mail["To"]) for mail in mails) == sorted(expected)
    assert all(str(mail["Subject"]).startswith(subject) for mail in mails)
    name, content = attachment_of(mails[0])
    assert name == f"{number}.pdf"
    assert number in text_of(content)
    with app.app_context():
        paper = record(model, number)
        assert paper.status == model.sent_status
        assert now() - paper.mailed_at < timedelta(minutes=1)


def test_a_proposal_goes_to_whom_it_is_addressed(
    app: Flask, admin: FlaskClient, captured_mail: Captured
) -> None:
    """N9: a contact that is named in the form is selected in place of the primary one."""
    form = {"number": "PRO-X", "subject": "Kites", "status": "draft", "total": "100"}
    whom = {"customer": "Aurora Bakery", "contact": ZOE.upper()}
    assert post_form(admin, "/proposalview/add", **form, **whom).status_code == 302
    with app.app_context():
        key = record(Proposal, "PRO-X").id
    post_form(admin, f"/proposalview/send/{key}", action="send")
    [mail] = captured_mail()
    assert mail["To"] == ZOE
    assert "Zoë Whitfield-Baptiste" in text_of(attachment_of(mail)[1])


def test_a_proposal_to_a_lead_goes_to_the_leads_address(
    app: Flask, admin: FlaskClient, captured_mail: Captured
) -> None:
    """N9: somebody who is no customer yet; the mail has no link into a portal."""
    form = {"number": "PRO-X", "subject": "Kites", "status": "draft", "total": "100"}
    whom = {"lead_name": "Núria Camps", "lead_email": "nuria@kites.example"}
    assert post_form(admin, "/proposalview/add", **form, **whom).status_code == 302
    with app.app_context():
        key = record(Proposal, "PRO-X").id
    answer = post_form(admin, f"/proposalview/send/{key}", action="send")
    assert answer.status_code == 302, answer.text
    [mail] = captured_mail()
    assert mail["To"] in {"nuria@kites.example", "Núria Camps <nuria@kites.example>"}
    part = mail.get_body(("plain",))
    assert part is not None
    assert "Dear Núria Camps" in part.get_content()
    assert "/portal/" not in part.get_content()
    assert "Núria Camps" in text_of(attachment_of(mail)[1])
    with app.app_context():
        assert record(Proposal, "PRO-X").status == "sent"
    assert "Núria Camps" in admin.get("/proposalview/list/").text


def test_a_statement_is_sent(admin: FlaskClient, captured_mail: Captured) -> None:
    """To who has the topic Invoice on; the file is the period's, and the way back its page."""
    url = "/statementview/send/1/2020-01-01/2100-01-01"
    answer = post_form(admin, url, action="send")
    assert answer.status_code == 302, answer.text
    assert "/statementview/show/1" in answer.location
    assert admin.get(answer.location).status_code == 200
    mails = captured_mail()
    assert sorted(str(mail["To"]) for mail in mails) == [OLIVIA, TOM]
    assert "Balance €2,244.00" in text_of(attachment_of(mails[0])[1])


def test_a_paper_is_in_its_readers_language(
    app: Flask, admin: FlaskClient, captured_mail: Captured
) -> None:
    """N8: Conceição's invoice, the words around it and its amounts are Portuguese."""
    with app.app_context():
        wanted = select(Invoice).join(Customer).where(Customer.company == "Padaria São João Ltda")
        key = db.session.scalars(wanted.where(Invoice.status == "paid")).one().id
    post_form(admin, f"/invoiceview/send/{key}", action="send")
    [mail] = captured_mail()
    assert mail["To"] == CONCEICAO
    part = mail.get_body(("plain",))
    assert part is not None
    assert "€ 9.384,00" in part.get_content().replace("\xa0", " ")
    assert "Número" in text_of(attachment_of(mail)[1])


def test_the_manual_choice_goes_to_all_selected(
    app: Flask, admin: FlaskClient, captured_mail: Captured
) -> None:
    """Seed 001: a contact without the topic is not selected, and gets it when staff add it."""
    with app.app_context():
        key = record(Invoice, "INV-1042").id
        wanted = select(Contact.id).where(Contact.email.in_([OLIVIA, ZOE]))
        chosen = [str(number) for number in db.session.scalars(wanted)]
    answer = post_form(admin, f"/invoiceview/send/{key}", action="send", to=chosen)
    assert answer.status_code == 302, answer.text
    assert sorted(str(mail["To"]) for mail in captured_mail()) == [OLIVIA, ZOE]


def test_the_mailbox_hands_the_file_out(app: Flask, admin: FlaskClient) -> None:
    """Whoever follows the demo can open the PDF file of a caught mail; as a download only."""
    message = EmailMessage()
    message.set_content("See the file.")
    message.add_attachment(b"%PDF-", maintype="application", subtype="pdf", filename="a b.pdf")
    message.add_attachment("<script>", subtype="html", filename="x.html")
    number = MailStore(app.config["EXAMPLE_MAILBOX"]).add("a@b.example", message.as_bytes())
    page = admin.get(f"/mailbox/{number}").text
    assert f'href="/mailbox/{number}/file/0">a b.pdf</a>' in page
    for place, content in enumerate((b"%PDF-", b"<script>\n")):
        answer = admin.get(f"/mailbox/{number}/file/{place}")
        assert answer.data == content
        assert answer.mimetype == "application/octet-stream"
        assert answer.headers["Content-Disposition"].startswith("attachment")
    assert admin.get(f"/mailbox/{number}/file/2").status_code == 404
    assert admin.get("/mailbox/999999/file/0").status_code == 404


# The portal


def test_the_statement_in_the_portal(contact: Callable[[str], FlaskClient]) -> None:
    """P3: behind Invoices; a page and a file, of the contact's own customer."""
    client = contact(OLIVIA)
    assert 'href="/portal/statement/"' in client.get("/portal/invoices/").text
    page = client.get("/portal/statement/?start=2020-01-01&end=2100-01-01")
    assert "Credit note CN-0031" in page.text
    assert "Müller" not in page.text
    file = client.get("/portal/statement/pdf?start=2020-01-01&end=2100-01-01")
    assert file.mimetype == "application/pdf"
    assert "Balance €2,244.00" in text_of(file.data)
    wrong = client.get("/portal/statement/?start=2026-02-01&end=2026-01-01")
    assert wrong.status_code == 422
    assert "ends before it begins" in wrong.text
    assert client.get("/portal/statement/pdf?start=x").status_code == 404
    invoice = client.get("/portal/invoices/1").text
    for part in ("CN-0031", "Bank transfer", "€5,922.00"):
        assert part in invoice


def test_the_statement_needs_invoices(app: Flask, contact: Callable[[str], FlaskClient]) -> None:
    """403 without the permission; signing in first without a session."""
    client = contact(ZOE)
    for path in ("", "pdf"):
        assert client.get(f"/portal/statement/{path}").status_code == 403
        assert app.test_client().get(f"/portal/statement/{path}").status_code == 302


def test_draft_credit_notes_stay_with_the_studio(
    app: Flask, contact: Callable[[str], FlaskClient]
) -> None:
    """A contact sees neither a draft of a credit note nor its amount."""
    with app.app_context():
        note = record(CreditNote, "CN-0031")
        note.status = "draft"
        db.session.commit()
    client = contact(OLIVIA)
    assert "CN-0031" not in client.get("/portal/invoices/1").text
    assert "CN-0031" not in client.get("/portal/statement/?start=2020-01-01&end=2100-01-01").text


def test_statements_do_not_grow_with_entries(app: Flask, admin: FlaskClient) -> None:
    """The statement of three hundred entries takes as many statements as that of eight."""
    url = "/statementview/show/1?start=2020-01-01&end=2100-01-01"
    admin.get(url)
    with app.app_context():
        engine = db.engine
    with count_statements(engine) as few:
        admin.get(url)
    with app.app_context():
        make_contact(db.session, AURORA, password=PASSWORD)
        for place in range(100):
            invoice = an_invoice(f"G-{place}", date(2026, 4, 1), "5", status="draft")
            invoice.payments = [Payment(paid_on=date(2026, 4, 2), amount=Decimal(2))]
            db.session.add(invoice)
        db.session.commit()
        for invoice in db.session.scalars(select(Invoice).where(Invoice.number.like("G-%"))):
            invoice.status = "paid"
        db.session.execute(delete(Mail))
        db.session.commit()
    with count_statements(engine) as many:
        assert "Payment for G-99" in admin.get(url).text
    assert len(many) == len(few)
