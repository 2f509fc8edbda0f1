"""The example's automatic mail, at a real SMTP server: the right people, once, never the actor."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from datetime import date, timedelta
from decimal import Decimal
from email.message import EmailMessage
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import delete, func, select

from example_app.clock import now
from example_app.database import db
from example_app.models import (
    Contract,
    Invoice,
    InvoiceLine,
    Project,
    Task,
    Ticket,
    TicketMessage,
)
from example_app.reminders import AGAIN_AFTER_DAYS, remind_of_contracts, remind_of_invoices
from flask_contacts.models import Contact, Customer, EmailTemplate, Mail
from flask_contacts.services.contacts.editing import create_contact
from flask_contacts.testing import (
    PASSWORD,
    RecordingSmtp,
    count_statements,
    csrf_token,
    links_in,
    make_contact,
    portal_sign_in,
    staff_sign_in,
)
from tests.example import filled_example, post_form
from tests.first_state import keep_first_state

pytestmark = pytest.mark.filterwarnings("ignore:The Query.get")

STUDIO = "studio@northwind.example"
EVERY_MODULE = ("invoices", "estimates", "contracts", "proposals", "support", "projects")
Captured = Callable[..., list[EmailMessage]]


@pytest.fixture(scope="module")
def example(tmp_path_factory: pytest.TempPathFactory) -> tuple[Flask, Callable[[], None]]:
    """The example with its demo data, and how to get that back."""
    app = filled_example(tmp_path_factory.mktemp("mail"))
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
def customer(app: Flask) -> int:
    """A new customer without contacts: its key."""
    with app.app_context():
        customer = Customer(company="Lantern & Co")
        db.session.add(customer)
        db.session.commit()
        return int(customer.id)


@pytest.fixture
def person(app: Flask, customer: int) -> Callable[..., str]:
    """``person("ada", topics=[…])`` is a contact's address; all modules are permitted."""

    def make(name: str, **fields: object) -> str:
        email = f"{name}@lantern.example"
        with app.app_context():
            values = {"permissions": list(EVERY_MODULE), "topics": [], **fields}
            make_contact(db.session, customer, firstname=name.title(), email=email, **values)
            db.session.execute(delete(Mail))
            db.session.commit()
        return email

    return make


@pytest.fixture
def save(app: Flask) -> Callable[..., Any]:
    """``save(record, …)`` adds records and commits, as any code of the studio's may; the key."""

    def keep(*records: Any) -> Any:
        with app.app_context():
            db.session.add_all(records)
            db.session.commit()
            return records[0].id

    return keep


def an_invoice(customer: int, **values: Any) -> Invoice:
    """An invoice about 120 euros, open and due in two weeks."""
    today = now().date()
    invoice = Invoice(
        **{
            "customer_id": customer,
            "number": "LAN-1",
            "title": "Forty lanterns",
            "status": "draft",
            "issued_on": today,
            "due_on": today + timedelta(days=14),
            **values,
            "lines": [
                InvoiceLine(description="Paper", quantity=Decimal(1), unit_price=Decimal(100))
            ],
        }
    )
    status, invoice.tax_rate = invoice.status, Decimal(20)
    invoice.reckon()
    invoice.status = status
    return invoice


def a_project(customer: int, *tasks: str) -> Project:
    """A project with tasks to do."""
    today = now().date()
    project = Project(customer_id=customer, name="Catalogue", starts_on=today, due_on=today)
    project.tasks = [Task(title=title) for title in tasks]
    return project


def a_ticket(customer: int) -> Ticket:
    """A ticket that was opened now."""
    return Ticket(
        customer_id=customer,
        number="T-LAN",
        subject="The lanterns flicker",
        opened_at=now(),
        updated_at=now(),
    )


def a_contract(customer: int, days: int) -> Contract:
    """An active contract that ends in so many days."""
    today = now().date()
    return Contract(
        customer_id=customer,
        number="CON-LAN",
        subject="Care of the lanterns",
        status="active",
        starts_on=today - timedelta(days=300),
        ends_on=today + timedelta(days=days),
        value=Decimal(900),
    )


def change(client: FlaskClient, url: str, **changes: str) -> str:
    """Open a staff form, change some fields of it, and save; the page that comes then."""
    answer = post_form(client, url, **changes)
    if answer.status_code != 302:
        return answer.text
    return client.get(answer.location, follow_redirects=True).text


def subjects(mails: list[EmailMessage]) -> list[str]:
    """What the mails are about."""
    return [str(mail["Subject"]) for mail in mails]


def receivers(mails: list[EmailMessage]) -> list[str]:
    """Whom the mails went to, by name."""
    return sorted(str(mail["To"]) for mail in mails)


def text_of(mail: EmailMessage) -> str:
    """The plain text of a mail, with plain spaces."""
    part = mail.get_body(("plain",))
    assert part is not None
    return str(part.get_content()).replace("\xa0", " ")


def switch_off(app: Flask, template: str) -> None:
    """What the switch under Setup → Email Templates does."""
    with app.app_context():
        db.session.add(EmailTemplate(name=template, enabled=False))
        db.session.commit()


# Invoices


def test_opening_an_invoice_mails_who_wants_invoices(
    app: Flask, admin: FlaskClient, customer: int, person: Any, save: Any, captured_mail: Captured
) -> None:
    """Staff write a draft, then open it: the topic and the permission decide, nothing else."""
    wants = person("ada", topics=["invoice"])
    person("bob", topics=["estimate"])
    person("cleo", topics=["invoice"], permissions=["projects"])
    person("dan", topics=["invoice"], do_not_send_emails=True)
    number = save(an_invoice(customer))
    assert subjects(captured_mail()) == []
    page = change(admin, f"/invoiceview/edit/{number}", status="open")
    assert "Saved." in page
    mails = captured_mail()
    assert receivers(mails) == [wants]
    assert subjects(mails) == ["New invoice LAN-1"]
    text = text_of(mails[0])
    assert "Forty lanterns" in text
    assert "€120.00" in text
    assert f"http://127.0.0.1:8080/portal/invoices/{number}" in links_in(mails[0])
    change(admin, f"/invoiceview/edit/{number}", notes="Thank you")
    change(admin, f"/invoiceview/edit/{number}", status="draft")
    change(admin, f"/invoiceview/edit/{number}", status="open")
    assert len(captured_mail()) == 1


def test_an_empty_invoice_stays_a_draft(
    app: Flask, admin: FlaskClient, customer: int, person: Any, captured_mail: Captured
) -> None:
    """Nobody is mailed about nothing: the form says at its field that lines come first."""
    person("ada", topics=["invoice"])
    page = change(
        admin, "/invoiceview/add", customer="Lantern & Co", number="LAN-2", title="Empty",
        issued_on="2026-01-01", due_on="2026-01-15", tax_rate="20", status="open",
    )  # fmt: skip
    assert "Saved." in page
    with app.app_context():
        invoice = db.session.scalars(select(Invoice).where(Invoice.number == "LAN-2")).one()
        number, status = invoice.id, invoice.status
    assert status == "draft"
    assert "Add lines first" in change(admin, f"/invoiceview/edit/{number}", status="open")
    assert subjects(captured_mail()) == []


def test_a_new_open_invoice_is_mailed_with_the_commit_that_keeps_it(
    app: Flask, customer: int, person: Any, captured_mail: Captured
) -> None:
    """M2: what is rolled back is not mailed, what is committed is, whoever writes it."""
    person("ada", topics=["invoice"])
    with app.app_context():
        db.session.add(an_invoice(customer, status="open"))
        db.session.flush()
        db.session.rollback()
        assert db.session.scalar(select(func.count(Mail.id))) == 0
        db.session.add(an_invoice(customer, status="open", title="Fifty lanterns"))
        db.session.commit()
        assert db.session.scalar(select(func.count(Mail.id))) == 1
    assert "Fifty lanterns" in text_of(captured_mail()[0])


def test_sending_by_hand_is_not_told_twice(
    app: Flask, admin: FlaskClient, customer: int, person: Any, save: Any, captured_mail: Captured
) -> None:
    """A draft that is sent by hand is open then, and only the mail that staff saw goes out."""
    wants = person("ada", topics=["invoice"])
    number = save(an_invoice(customer))
    answer = post_form(admin, f"/invoiceview/send/{number}", action="send")
    assert answer.status_code == 302, answer.text
    mails = captured_mail()
    assert receivers(mails) == [wants]
    assert subjects(mails) == ["Invoice LAN-1 from Northwind Studio"]
    with app.app_context():
        invoice = db.session.get(Invoice, number)
        assert invoice is not None
        assert invoice.status == "open"
        assert invoice.mailed_at is not None


def test_overdue_is_mailed_once_for_each_reminder(
    app: Flask, customer: int, person: Any, save: Any, captured_mail: Captured
) -> None:
    """The command may run twice a day; after two weeks there is a second reminder."""
    wants = person("ada", topics=["invoice"])
    person("bob", topics=[])
    today = now().date()
    number = save(an_invoice(customer, status="open", due_on=today - timedelta(days=1)))
    captured_mail()
    with app.app_context():
        db.session.execute(delete(Invoice).where(Invoice.id != number))
        db.session.execute(delete(Mail))
        db.session.commit()
        assert remind_of_invoices(db.session, today - timedelta(days=1)) == 0
        assert remind_of_invoices(db.session, today) == 1
        assert remind_of_invoices(db.session, today) == 0
        assert remind_of_invoices(db.session, today + timedelta(days=AGAIN_AFTER_DAYS - 1)) == 0
        assert remind_of_invoices(db.session, today + timedelta(days=AGAIN_AFTER_DAYS)) == 1
        assert remind_of_invoices(db.session, today + timedelta(days=365)) == 0
        assert db.session.get(Invoice, number).status == "overdue"
    mails = [mail for mail in captured_mail() if "was due" in str(mail["Subject"])]
    assert receivers(mails) == [wants, wants]
    assert "€120.00 is still open" in text_of(mails[0])


def test_the_command_reminds(app: Flask, captured_mail: Captured) -> None:
    """``flask studio remind`` on the demo's data: overdue invoices, and a contract."""
    first = app.test_cli_runner().invoke(args=["studio", "remind"])
    assert first.exit_code == 0, first.output
    assert "Mails about overdue invoices: 2" in first.output
    assert "Mails about contracts that end: 1" in first.output
    again = app.test_cli_runner().invoke(args=["studio", "remind"])
    assert "Mails about overdue invoices: 0" in again.output
    assert "Mails about contracts that end: 0" in again.output
    late = [mail for mail in captured_mail() if "was due on" in str(mail["Subject"])]
    assert receivers(late) == [
        f"{name}@aurora-bakery.example" for name in ("olivia.hart", "tom.okafor")
    ]


def test_turning_off_invoice_stops_overdue_notices_too(
    app: Flask, customer: int, person: Any, save: Any, captured_mail: Captured
) -> None:
    """N2: also where that leaves nobody, and the customer has this contact only."""
    email = person("ada", topics=["invoice"])
    today = now().date()
    save(an_invoice(customer, status="overdue", due_on=today - timedelta(days=3)))
    captured_mail()
    with app.app_context():
        contact = db.session.scalars(select(Contact).where(Contact.email == email)).one()
        contact.topics.clear()
        db.session.commit()
        remind_of_invoices(db.session, today)
    assert [mail for mail in captured_mail(email) if "was due" in str(mail["Subject"])] == []


def test_a_paid_invoice_is_not_overdue(
    app: Flask, admin: FlaskClient, customer: int, person: Any, save: Any, captured_mail: Captured
) -> None:
    """The payment that covers it settles it; one that does not leaves the rest to pay."""
    email = person("ada", topics=["invoice"])
    today = now().date()
    number = save(an_invoice(customer, status="open", due_on=today - timedelta(days=3)))
    url = f"/paymentview/add?_flt_0_invoice={number}"
    payment = {"paid_on": today.isoformat(), "amount": "70.50", "method": "card"}
    payment["csrf_token"] = csrf_token(admin, url)
    admin.post(url, data=payment)
    with app.app_context():
        remind_of_invoices(db.session, today)
    overdue = [mail for mail in captured_mail(email) if "was due" in str(mail["Subject"])]
    assert "€49.50 is still open" in text_of(overdue[0])
    admin.post(url, data={**payment, "amount": "49.50"})
    with app.app_context():
        invoice = db.session.get(Invoice, number)
        assert invoice is not None
        assert (invoice.status, invoice.balance) == ("paid", Decimal(0))
        remind_of_invoices(db.session, today + timedelta(days=AGAIN_AFTER_DAYS))
    assert len([m for m in captured_mail(email) if "was due" in str(m["Subject"])]) == 1


# Contracts


def test_a_contract_about_to_expire_is_mailed_twice(
    app: Flask, customer: int, person: Any, save: Any, captured_mail: Captured
) -> None:
    """Thirty and seven days before its end, each once; a longer term begins anew."""
    wants = person("ada", topics=["contract"])
    person("bob", topics=["invoice"])
    number = save(a_contract(customer, days=31))
    today = now().date()
    with app.app_context():
        db.session.execute(delete(Contract).where(Contract.id != number))
        db.session.commit()
        told = [remind_of_contracts(db.session, today + timedelta(days=day)) for day in range(40)]
        assert [day for day, mails in enumerate(told) if mails] == [1, 24]
        contract = db.session.get(Contract, number)
        assert contract is not None
        contract.ends_on += timedelta(days=365)
        db.session.commit()
        assert remind_of_contracts(db.session, today + timedelta(days=31 + 365 - 20)) == 1
    mails = captured_mail()
    assert receivers(mails) == [wants] * 3
    assert all("CON-LAN" in str(mail["Subject"]) for mail in mails)


# Tickets


def test_a_ticket_that_staff_open_is_mailed(
    admin: FlaskClient, customer: int, person: Any, captured_mail: Captured
) -> None:
    """To the contacts with the topic Tickets, once."""
    wants = person("ada", topics=["tickets"])
    person("bob", topics=["project"])
    page = change(
        admin, "/ticketview/add", customer="Lantern & Co",
        subject="A lamp is out", priority="high", status="open",
    )  # fmt: skip
    assert "Saved." in page
    mails = captured_mail()
    assert receivers(mails) == [wants]
    [subject] = subjects(mails)
    assert re.fullmatch(r"\[T-\d{4}\] A lamp is out", subject)


def test_an_answer_goes_to_all_but_its_writer(
    app: Flask, admin: FlaskClient, customer: int, person: Any, save: Any, captured_mail: Captured
) -> None:
    """Staff answer: both hear of it. Ada answers in the portal: Bob does, and Ada does not."""
    ada, bob = person("ada", topics=["tickets"]), person("bob", topics=["tickets"])
    number = save(a_ticket(customer))
    captured_mail()
    form = {
        "csrf_token": csrf_token(admin, f"/ticketview/show/{number}"),
        "message": "A new bulb <b>is</b> on its way.",
    }
    assert admin.post(f"/ticketview/write/{number}", data=form).status_code == 302
    answered = [mail for mail in captured_mail() if str(mail["Subject"]).startswith("Re:")]
    assert receivers(answered) == [ada, bob]
    assert "A new bulb <b>is</b> on its way." in text_of(answered[0])

    contact = app.test_client()
    portal_sign_in(contact, ada, PASSWORD)
    page = f"/portal/support/{number}"
    answer = {"csrf_token": csrf_token(contact, page), "message": "It shines again!"}
    shown = contact.post(f"{page}/answer", data=answer, follow_redirects=True).text
    assert "It shines again!" in shown
    told = [mail for mail in captured_mail() if "It shines again!" in text_of(mail)]
    assert receivers(told) == [bob, STUDIO]
    assert all("Ada Number" in text_of(mail) for mail in told)
    with app.app_context():
        ticket = db.session.get(Ticket, number)
        assert ticket is not None
        assert ticket.status == "open"


def test_an_answer_from_elsewhere_is_not_mailed_to_its_writer(
    app: Flask, customer: int, person: Any, save: Any, captured_mail: Captured
) -> None:
    """A message that a mail gateway writes names its contact: that one is not told."""
    ada, bob = person("ada", topics=["tickets"]), person("bob", topics=["tickets"])
    number = save(a_ticket(customer))
    captured_mail()
    with app.app_context():
        writer = db.session.scalars(select(Contact).where(Contact.email == ada)).one()
        key = writer.id
    save(
        TicketMessage(ticket_id=number, author="Ada", contact_id=key, body="By mail", sent_at=now())
    )
    told = [mail for mail in captured_mail() if "By mail" in text_of(mail)]
    assert receivers(told) == [bob, STUDIO]


def test_an_answer_needs_permission_and_an_own_ticket(
    app: Flask, customer: int, person: Any, save: Any
) -> None:
    """403 without Support, 404 for another customer's ticket; an empty message is none."""
    number = save(a_ticket(customer))
    without = app.test_client()
    portal_sign_in(without, person("eve", permissions=["invoices"]), PASSWORD)
    token = csrf_token(without, "/portal/email-notifications")
    form = {"csrf_token": token, "message": "Hello"}
    assert without.post(f"/portal/support/{number}/answer", data=form).status_code == 403
    within = app.test_client()
    portal_sign_in(within, person("ada"), PASSWORD)
    form["csrf_token"] = csrf_token(within, f"/portal/support/{number}")
    assert within.post("/portal/support/1/answer", data=form).status_code == 404
    blank = within.post(f"/portal/support/{number}/answer", data={**form, "message": "  "})
    assert blank.status_code == 422
    assert "Write a message first." in blank.text
    with app.app_context():
        ticket = db.session.get(Ticket, number)
        assert ticket is not None
        assert ticket.messages == []


# Projects and tasks


def test_five_hold_projects_and_one_has_the_topics(
    app: Flask, admin: FlaskClient, customer: int, person: Any, save: Any, captured_mail: Captured
) -> None:
    """Seed 001: all five see the project in the portal, one alone is mailed about it."""
    everybody = [person(name) for name in ("ada", "bob", "cleo", "dan")]
    alone = person("eve", topics=["project", "task"])
    number = save(a_project(customer, "Choose the paper"))
    assert receivers(captured_mail()) == [alone]
    change(admin, f"/projectview/edit/{number}", status="in progress")
    with app.app_context():
        task = db.session.scalars(select(Task.id).where(Task.project_id == number)).one()
    change(admin, f"/taskview/edit/{task}", status="done")
    assert receivers(captured_mail()) == [alone] * 3
    assert subjects(captured_mail())[1:] == [
        "Catalogue: In progress", "Catalogue: news of the tasks",
    ]  # fmt: skip
    assert "Choose the paper (Done)" in text_of(captured_mail()[-1])
    for email in (*everybody, alone):
        contact = app.test_client()
        portal_sign_in(contact, email, PASSWORD)
        assert "Choose the paper" in contact.get(f"/portal/projects/{number}").text


def test_an_errand_is_no_ones_mail(
    app: Flask, admin: FlaskClient, customer: int, person: Any, captured_mail: Captured
) -> None:
    """N4: a task of no project is mailed to nobody, and the portal does not show it."""
    person("ada", topics=["project", "task"])
    page = change(
        admin, "/errandview/add", customer="Lantern & Co", title="Buy ribbon", status="to do"
    )
    assert "Saved." in page
    with app.app_context():
        errand = db.session.scalars(select(Task).where(Task.title == "Buy ribbon")).one()
        assert (errand.customer_id, errand.project_id) == (customer, None)
        number = errand.id
    change(admin, f"/errandview/edit/{number}", status="done")
    assert admin.get(f"/taskview/edit/{number}").status_code == 404
    assert subjects(captured_mail()) == []


def test_many_tasks_are_one_mail(
    app: Flask, customer: int, person: Any, save: Any, captured_mail: Captured
) -> None:
    """What one transaction changes in a project is told in one mail, however much it is."""
    person("ada", topics=["task"])
    number = save(a_project(customer, *(f"Sheet {place}" for place in range(30))))
    assert captured_mail() == []  # the project is new, and its tasks are part of that
    with app.app_context():
        for task in db.session.scalars(select(Task).where(Task.project_id == number)):
            task.status = "done"
        db.session.commit()
    [mail] = captured_mail()
    assert "Sheet 9 (Done), 20 more" in text_of(mail)


def test_unchanged_work_is_no_news(
    app: Flask, admin: FlaskClient, customer: int, person: Any, save: Any, captured_mail: Captured
) -> None:
    """Saving a form as it was, a word in the description and the progress are nobody's mail."""
    person("ada", topics=["project", "task"])
    number = save(a_project(customer, "Print"))
    captured_mail()
    assert "Saved." in change(admin, f"/projectview/edit/{number}", description="More")
    with app.app_context():
        task = db.session.scalars(select(Task.id).where(Task.project_id == number)).one()
    assert "Saved." in change(admin, f"/taskview/edit/{task}", assignee="Ines")
    assert len(captured_mail()) == 1


def test_who_did_it_is_not_told(
    app: Flask, admin: FlaskClient, customer: int, person: Any, save: Any, captured_mail: Captured
) -> None:
    """A member of staff who is a contact of this customer as well knows already."""
    other = person("ada", topics=["project", "task", "tickets", "invoice"])
    with app.app_context():
        values = {"firstname": "Ada", "lastname": "Lindqvist", "email": "Ada@northwind.example",
                  "is_user": False, "permissions": list(EVERY_MODULE),
                  "topics": ["project", "task", "tickets", "invoice"]}  # fmt: skip
        create_contact(db.session, customer, values)
        db.session.execute(delete(Mail))
        db.session.commit()
    invoice, project = save(an_invoice(customer)), save(a_project(customer, "Print"))
    captured_mail()
    change(admin, f"/projectview/edit/{project}", status="finished")
    change(admin, f"/invoiceview/edit/{invoice}", status="open")
    change(admin, "/ticketview/add", customer="Lantern & Co", number="T-1", subject="Hm")
    new = captured_mail()[2:]
    assert receivers(new) == [other] * 3


# All of them


CAUSES = {
    "invoice_created": lambda customer: [an_invoice(customer, status="open")],
    "ticket_opened": lambda customer: [a_ticket(customer)],
    "project_changed": lambda customer: [a_project(customer)],
}


@pytest.mark.parametrize("template", CAUSES)
def test_a_switched_off_template_sends_nothing(
    app: Flask, customer: int, person: Any, save: Any, captured_mail: Captured, template: str
) -> None:
    """The switch under Setup → Email Templates wins, and the change is saved all the same."""
    person("ada", topics=["invoice", "tickets", "project"])
    switch_off(app, template)
    assert save(*CAUSES[template](customer))
    assert subjects(captured_mail()) == []


def test_switched_off_reminders(
    app: Flask, customer: int, person: Any, save: Any, captured_mail: Captured
) -> None:
    """The same for the command: the invoice is overdue, and nobody hears of it."""
    person("ada", topics=["invoice", "contract"])
    for template in ("invoice_created", "invoice_overdue", "contract_expiring"):
        switch_off(app, template)
    today = now().date()
    save(an_invoice(customer, status="open", due_on=today - timedelta(days=2)))
    save(a_contract(customer, days=5))
    with app.app_context():
        assert remind_of_invoices(db.session, today) == 0
        assert remind_of_contracts(db.session, today) == 0
    assert subjects(captured_mail()) == []


def test_a_mail_server_that_is_down_loses_nothing(
    app: Flask, customer: int, person: Any, save: Any, smtp: RecordingSmtp, drain: Any
) -> None:
    """M3: the invoice is saved; the mail waits, and leaves when the server is back."""
    person("ada", topics=["invoice"])
    smtp.down = True
    save(an_invoice(customer, status="open"))
    drain()
    assert smtp.messages == []
    smtp.down = False
    with app.app_context():
        mail = db.session.scalars(select(Mail)).one()
        assert mail.state == "waiting"
        mail.not_before = mail.not_before - timedelta(days=1)
        db.session.commit()
    drain()
    assert subjects(smtp.messages) == ["New invoice LAN-1"]


def test_each_reads_own_words(
    app: Flask, customer: int, person: Any, save: Any, captured_mail: Captured
) -> None:
    """N8: amounts and dates too are written as the recipient's language writes them."""
    person("ada", topics=["invoice"])
    person("joana", topics=["invoice"], language="pt_BR")
    due = date(2031, 5, 2)
    save(an_invoice(customer, status="open", due_on=due))
    texts = {str(mail["To"]): text_of(mail) for mail in captured_mail()}
    assert "€120.00" in texts["ada@lantern.example"]
    assert "May 2, 2031" in texts["ada@lantern.example"]
    assert "€ 120,00" in texts["joana@lantern.example"]
    assert "2 de mai. de 2031" in texts["joana@lantern.example"]


def test_bulk_takes_no_statement_of_ours_for_each(app: Flask, customer: int, person: Any) -> None:
    """Where nobody wants the mail, a hundred invoices ask no more than the resolver does."""
    person("ada", topics=[])

    def statements(count: int, prefix: str) -> int:
        with app.app_context():
            db.session.add_all(
                an_invoice(customer, status="open", number=f"{prefix}-{place}")
                for place in range(count)
            )
            with count_statements(db.engine) as seen:
                db.session.commit()
            return len([one for one in seen if one.lstrip().upper().startswith("SELECT")])

    few, many = statements(10, "FEW"), statements(110, "MANY")
    per_invoice = (many - few) / 100
    assert per_invoice <= 4
