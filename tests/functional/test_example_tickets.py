"""The example's tickets: opened, answered, closed and opened again, by both sides."""

from __future__ import annotations

import html
import re
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime
from email.message import EmailMessage
from io import BytesIO
from threading import Barrier
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import delete, func, select, update
from werkzeug.test import TestResponse

from example_app.clock import now
from example_app.database import db
from example_app.demo_data import DEMO_PASSWORD
from example_app.demo_files import demo_file
from example_app.models import Ticket, TicketAttachment, TicketMessage
from flask_contacts.models import Contact, Customer, CustomerAdmin, Mail, PortalSession
from flask_contacts.services.contacts.states import delete_contact
from flask_contacts.testing import (
    PASSWORD,
    count_statements,
    csrf_token,
    make_contact,
    portal_sign_in,
    staff_sign_in,
)
from tests.example import filled_example, post_form, record_numbers
from tests.first_state import keep_first_state

pytestmark = pytest.mark.filterwarnings("ignore:The Query.get")

OLIVIA = "olivia.hart@aurora-bakery.example"
ZOE = "zoe@aurora-bakery.example"
TOM = "tom.okafor@aurora-bakery.example"
CONCEICAO = "conceicao@padaria-sao-joao.example"
STUDIO = "studio@northwind.example"
CHECKOUT = "The checkout shows yesterday's bread"
CHRISTMAS = "Opening hours at Christmas"
PIX = "Pix as a way to pay"
NOTE = "Same root cause as at"
PNG = demo_file("shop.png").content
PDF = demo_file("proof.pdf").content
XSS = '"><script>alert(1)</script><img src=x onerror=alert(2)>{{7*7}}'
Captured = Callable[..., list[EmailMessage]]


@pytest.fixture(scope="module")
def example(tmp_path_factory: pytest.TempPathFactory) -> tuple[Flask, Callable[[], None]]:
    """The example with its demo data, and how to get that back."""
    app = filled_example(tmp_path_factory.mktemp("tickets"))
    return app, keep_first_state(app)


@pytest.fixture
def app(example: tuple[Flask, Callable[[], None]]) -> Iterator[Flask]:
    """The example as it is after its first start."""
    app, restore = example
    restore()
    config = dict(app.config)
    yield app
    app.config.update(config)
    with app.app_context():
        db.engine.dispose()


@pytest.fixture
def contact(app: Flask) -> Callable[..., FlaskClient]:
    """``contact(email)`` is a browser in which that contact has signed in."""

    def sign_in(email: str, password: str = DEMO_PASSWORD) -> FlaskClient:
        client = app.test_client()
        assert portal_sign_in(client, email, password).status_code in {302, 303}
        return client

    return sign_in


@pytest.fixture
def admin(app: Flask) -> FlaskClient:
    """A browser in which the administrator has signed in."""
    client = app.test_client()
    assert staff_sign_in(client, "admin", "admin").status_code == 302
    return client


@pytest.fixture
def number(app: Flask) -> Callable[[str], int]:
    """``number(subject)`` is the key of the ticket with that subject."""

    def find(subject: str) -> int:
        with app.app_context():
            return db.session.scalars(select(Ticket.id).where(Ticket.subject == subject)).one()

    return find


@pytest.fixture
def state(app: Flask) -> Callable[[int], tuple[str, int]]:
    """``state(key)`` is a ticket's status and the number of its messages."""

    def look(key: int) -> tuple[str, int]:
        with app.app_context():
            ticket = db.session.get_one(Ticket, key)
            return ticket.status, len(ticket.messages)

    return look


def post(client: FlaskClient, url: str, *files: tuple[bytes, str], **typed: str) -> TestResponse:
    """Post a portal form with files to its own address."""
    data: dict[str, Any] = {**typed, "csrf_token": csrf_token(client, "/portal/account/")}
    data["files"] = [(BytesIO(content), name) for content, name in files]
    return client.post(url, data=data, content_type="multipart/form-data")


def staff_post(
    client: FlaskClient, key: int, *files: tuple[bytes, str], **typed: str
) -> TestResponse:
    """Post the form on a ticket's page in the admin."""
    token = csrf_token(client, f"/ticketview/show/{key}")
    data: dict[str, Any] = {**typed, "csrf_token": token}
    data["files"] = [(BytesIO(content), name) for content, name in files]
    return client.post(f"/ticketview/write/{key}", data=data, content_type="multipart/form-data")


def counts(app: Flask) -> tuple[int, int, int]:
    """How many tickets, messages and files there are."""
    with app.app_context():
        models = (Ticket, TicketMessage, TicketAttachment)
        return tuple(db.session.scalar(select(func.count(one.id))) or 0 for one in models)  # type: ignore[return-value]


def text_of(mail: EmailMessage) -> str:
    """The plain text of a mail."""
    part = mail.get_body(("plain",))
    assert part is not None
    return str(part.get_content())


def receivers(mails: list[EmailMessage]) -> list[str]:
    """Whom the mails went to."""
    return sorted(str(mail["To"]) for mail in mails)


# Opened


def test_a_contact_opens_a_ticket(app: Flask, contact: Any, captured_mail: Captured) -> None:
    """It is there with message, number and files; the studio hears of it, the writer does not."""
    client = contact(OLIVIA)
    answer = post(
        client, "/portal/support/new", (PNG, "shelf.png"), (PDF, "Übersicht.pdf"),
        subject="The shelf is empty", priority="high", message="At nine.\nEvery day.",
    )  # fmt: skip
    assert answer.status_code == 303
    page = client.get(answer.location).text
    for part in (
        "The shelf is empty",
        "At nine.\nEvery day.",
        "shelf.png",
        "Übersicht.pdf",
        "High",
    ):
        assert part in page
    with app.app_context():
        ticket = db.session.scalars(select(Ticket).order_by(Ticket.id.desc())).first()
        assert ticket is not None
        assert ticket.number == f"T-{3106 + ticket.id}"
        assert (ticket.status, ticket.customer.company) == ("open", "Aurora Bakery")
        [message] = ticket.messages
        assert message.signed_by == "Olivia Hart"
        assert message.author is None
        subject = f"[{ticket.number}] The shelf is empty"
    [mail] = captured_mail()
    assert (str(mail["To"]), str(mail["Subject"])) == (STUDIO, subject)
    assert "Files: shelf.png, Übersicht.pdf" in text_of(mail)
    assert list(mail.iter_attachments()) == []


def test_a_file_comes_back_as_it_was(contact: Any) -> None:
    """The same bytes, for saving and never for showing, under the name that was sent."""
    client = contact(OLIVIA)
    answer = post(
        client, "/portal/support/new", (PNG, "Ofen 3 – früh.png"),
        subject="Oven", priority="low", message="See the picture",
    )  # fmt: skip
    [address] = re.findall(r'href="(/portal/files/tickets/\d+)"', client.get(answer.location).text)
    file = client.get(address)
    assert file.data == PNG
    assert file.mimetype == "image/png"
    assert file.headers["Content-Disposition"].startswith("attachment;")
    assert file.headers["X-Content-Type-Options"] == "nosniff"
    assert "Ofen%203%20%E2%80%93%20fr%C3%BCh.png" in file.headers["Content-Disposition"]


def test_staff_who_look_after_the_customer_are_told(
    app: Flask, contact: Any, captured_mail: Captured
) -> None:
    """Where a customer has customer admins, they get the mail in place of the studio."""
    with app.app_context():
        manager = app.extensions["appbuilder"].sm
        sam = manager.find_user(username="sam")
        db.session.add(CustomerAdmin(customer_id=1, staff_id=sam.id))
        db.session.commit()
    post(
        contact(OLIVIA), "/portal/support/new",
        subject="Bags", priority="normal", message="We need more bags.",
    )  # fmt: skip
    assert receivers(captured_mail()) == ["sam@northwind.example"]


@pytest.mark.parametrize(
    ("field", "typed", "message"),
    [
        ("subject", "   ", "Say in a few words what it is about."),
        ("subject", "x" * 151, "151"),
        ("message", "\r\n \t", "Write a message first."),
        ("message", "y" * 100_000, "This has 100,000 characters; at most 16,000 can be sent."),
        ("priority", "apocalypse", "Not a valid choice"),
    ],
)
def test_what_cannot_be_taken_is_said_at_its_field(
    app: Flask, contact: Any, field: str, typed: str, message: str
) -> None:
    """422, nothing saved, and everything that was typed is still there."""
    before = counts(app)
    good = {"subject": "A good subject", "priority": "high", "message": "A good message"}
    answer = post(contact(OLIVIA), "/portal/support/new", **{**good, field: typed})
    assert answer.status_code == 422
    assert message in html.unescape(answer.text)
    for name, value in {**good, field: typed}.items():
        if name != "priority":
            assert value.strip() in answer.text
    assert counts(app) == before


BAD_FILES = {
    "a program": ([(b"MZ\x90\x00" + b"\0" * 200, "invoice.pdf")], "is not what its name says"),
    "a program as itself": ([(b"MZ\x90\x00", "setup.exe")], "of a kind that is not taken"),
    "a picture with script": (
        [(b'<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>', "a.svg")],
        "of a kind that is not taken",
    ),
    "that picture by another name": (
        [(b'<svg xmlns="http://www.w3.org/2000/svg"><script/></svg>', "a.png")],
        "is not what its name says",
    ),
    "a page": ([(b"<html><script>alert(1)</script></html>", "a.html")], "is not taken"),
    "a page as a picture": ([(b"<html></html>", "a.jpg")], "is not what its name says"),
    "nothing": ([(b"", "empty.png")], "is empty"),
    "eleven": ([(PNG, f"{place}.png") for place in range(11)], "Choose at most 5 files."),
    "too large": ([(PNG + b"\0" * 4000, "large.png")], "is larger than"),
    "one bad among good": ([(PNG, "good.png"), (b"", "empty.png")], "is empty"),
}


@pytest.mark.parametrize("name", BAD_FILES)
def test_a_bad_file_is_refused_at_its_field(app: Flask, contact: Any, name: str) -> None:
    """Nothing is saved, the message that was typed stays, and the page says what is wrong."""
    app.config["CONTACTS_UPLOAD_MAX_BYTES"] = 4000
    files, message = BAD_FILES[name]
    client, before = contact(OLIVIA), counts(app)
    for url, typed in (
        ("/portal/support/new", {"subject": "Ovens", "priority": "low"}),
        ("/portal/support/2/answer", {}),
    ):
        answer = post(client, url, *files, message="Long and carefully typed", **typed)
        assert answer.status_code == 422
        assert message in answer.text
        assert "Long and carefully typed" in answer.text
    assert counts(app) == before


@pytest.mark.parametrize(
    ("sent", "kept"),
    [
        ("../../etc/passwd.png", "passwd.png"),
        ("a\x07b\x00c.png", "abc.png"),
        ("invoice\u202egnp.png", "invoicegnp.png"),
        ("x" * 400 + ".png", "x" * 146 + ".png"),
        ("<script>.png", "_script_.png"),
    ],
)
def test_a_files_name_harms_nobody(app: Flask, contact: Any, sent: str, kept: str) -> None:
    """No path, no control character, no reversed reading, no markup, not too long."""
    answer = post(contact(OLIVIA), "/portal/support/2/answer", (PNG, sent), message="Look")
    assert answer.status_code == 303
    with app.app_context():
        newest = select(TicketAttachment.filename).order_by(TicketAttachment.id.desc())
        assert db.session.scalars(newest).first() == kept


# Answered


def test_an_answer_reaches_the_studio_and_the_colleagues(
    app: Flask, contact: Any, number: Any, state: Any, captured_mail: Captured
) -> None:
    """Zoë answers: Olivia, who wants mail about tickets, and the studio read it there."""
    key = number(CHRISTMAS)
    assert state(key)[0] == "answered"
    answer = post(
        contact(ZOE), f"/portal/support/{key}/answer", (PDF, "hours.pdf"), message="Fine by me!"
    )
    assert answer.status_code == 303
    assert state(key) == ("open", 3)
    mails = captured_mail()
    assert receivers(mails) == [OLIVIA, STUDIO]
    for mail in mails:
        assert "Zoë Whitfield-Baptiste" in text_of(mail)
        assert "Fine by me!" in text_of(mail)
        assert "Files: hours.pdf" in text_of(mail)


def test_own_words_are_apart(contact: Any, number: Any) -> None:
    """One's own messages, a colleague's and the studio's are told apart."""
    url = f"/portal/support/{number(CHECKOUT)}"
    own = contact(OLIVIA).get(url).text
    assert own.count("studio-said-own") == 2
    assert own.count("studio-said-studio") == 1
    colleagues = contact(ZOE).get(url).text
    assert "studio-said-own" not in colleagues
    assert "Olivia Hart" in colleagues


def test_two_who_answer_at_once_are_both_heard(
    app: Flask, contact: Any, number: Any, state: Any
) -> None:
    """Neither message is lost, whoever comes second."""
    key, together = number(CHECKOUT), Barrier(2)
    clients = {"Olivia was here": contact(OLIVIA), "Zoë was here": contact(ZOE)}

    def write(text: str) -> int:
        token = csrf_token(clients[text], "/portal/account/")
        together.wait(timeout=30)
        form = {"message": text, "csrf_token": token}
        return clients[text].post(f"/portal/support/{key}/answer", data=form).status_code

    with ThreadPoolExecutor(2) as threads:
        assert list(threads.map(write, clients)) == [303, 303]
    page = contact(OLIVIA).get(f"/portal/support/{key}").text
    assert all(text in page for text in clients)
    assert state(key)[1] == 3 + 1 + 2  # the studio's note is one of them


def test_closed_while_somebody_answers(
    app: Flask, contact: Any, admin: FlaskClient, number: Any, state: Any
) -> None:
    """What was typed is kept, the ticket is open again, and the page says so."""
    key, client = number(CHECKOUT), contact(OLIVIA)
    assert "This ticket is closed" not in client.get(f"/portal/support/{key}").text
    assert staff_post(admin, key, message="Done.", closes="y").status_code == 302
    assert state(key)[0] == "closed"
    answer = post(client, f"/portal/support/{key}/answer", message="One more thing")
    page = client.get(answer.location).text
    assert "the ticket is open again" in page
    assert "One more thing" in page
    assert state(key)[0] == "open"


def test_close_and_open_again(contact: Any, number: Any, state: Any) -> None:
    """Closing asks first and is possible once; opening again needs a word why."""
    key, client = number(CHRISTMAS), contact(OLIVIA)
    url = f"/portal/support/{key}"
    assert "Is everything settled?" in client.get(f"{url}/close").text
    assert state(key)[0] == "answered"
    assert post(client, f"{url}/close").status_code == 303
    assert state(key)[0] == "closed"
    assert post(client, f"{url}/close").status_code == 409
    assert "This ticket is closed" in client.get(url).text
    assert post(client, f"{url}/reopen", message=" ").status_code == 422
    assert state(key)[0] == "closed"
    assert post(client, f"{url}/reopen", message="The 25th is wrong").status_code == 303
    assert state(key) == ("open", 3)
    assert post(client, f"{url}/reopen", message="Again").status_code == 409
    assert state(key) == ("open", 3)


def test_what_waits_for_the_customer_says_so(contact: Any, number: Any) -> None:
    """After the studio's answer the list marks the ticket; the filter finds exactly those."""
    client = contact(OLIVIA)
    assert "Waiting for you" in client.get("/portal/support/").text
    waiting = client.get("/portal/support/?status=answered").text
    assert record_numbers(waiting, "/portal/support/") == {number(CHRISTMAS)}
    high = client.get("/portal/support/?status=in+progress&priority=high").text
    assert record_numbers(high, "/portal/support/") == {number(CHECKOUT)}
    assert client.get("/portal/support/?status=nonsense").status_code == 404


def test_a_long_conversation_comes_in_pages(app: Flask, contact: Any, number: Any) -> None:
    """The newest come first, older ones behind a link; no page costs more than another."""
    key, client = number(CHRISTMAS), contact(ZOE)
    url = f"/portal/support/{key}"
    with app.app_context():
        engine = db.engine
    client.get(url)
    with count_statements(engine) as few:
        client.get(url)
    with app.app_context():
        for place in range(60):
            message = TicketMessage(
                ticket_id=key, author="Ines", body=f"Word {place:03}", by_staff=True, sent_at=now()
            )
            file = TicketAttachment.of(demo_file(f"{place}.png"), ticket_id=key, message=message)
            db.session.add_all([message, file])
        db.session.commit()
    with count_statements(engine) as many:
        newest = client.get(url).text
    assert len(many) == len(few) <= 6
    assert "Word 059" in newest
    assert "Word 035" in newest
    assert "Word 034" not in newest
    [older] = re.findall(rf'href="({url}\?before=\d+)', newest)
    page = client.get(older).text
    assert "Word 034" in page
    assert "Word 035" not in page
    assert "Newest messages" in page
    for garbage in ("x", "-1", "0", "1.5", "9" * 30, "1 OR 1=1", "\0"):
        assert client.get(url, query_string={"before": garbage}).status_code == 404


def test_the_list_is_cheap(app: Flask, contact: Any) -> None:
    """At most six statements, the frame of the page included."""
    client = contact(ZOE)
    client.get("/portal/support/")
    with app.app_context():
        engine = db.engine
    with count_statements(engine) as seen:
        assert client.get("/portal/support/").status_code == 200
    assert len(seen) <= 6


# What is not for the customer


def test_notes_of_the_studio_stay_there(
    app: Flask, contact: Any, admin: FlaskClient, number: Any, state: Any, captured_mail: Captured
) -> None:
    """No page, export, mail or file of the customer's tells of an internal note."""
    key = number(CHECKOUT)
    before = state(key)
    answer = staff_post(
        admin, key, (PDF, "secret-plan.pdf"), message="They pay late", is_internal="y"
    )
    assert answer.status_code == 302
    assert state(key) == (before[0], before[1] + 1)
    assert captured_mail() == []
    with app.app_context():
        newest = select(TicketAttachment.id).order_by(TicketAttachment.id.desc())
        file = db.session.scalars(newest).first()
        moment = db.session.get_one(Ticket, key).updated_at
        last = db.session.scalars(
            select(TicketMessage.sent_at)
            .where(TicketMessage.ticket_id == key, ~TicketMessage.is_internal)
            .order_by(TicketMessage.id.desc())
        ).first()
        assert moment == last  # nor does the list say that something has happened
    client = contact(OLIVIA)
    for url in (f"/portal/support/{key}", "/portal/support/", "/portal/support/export.csv"):
        page = client.get(url).text
        for secret in (NOTE, "They pay late", "secret-plan.pdf", "Internal"):
            assert secret not in page
    assert client.get(f"/portal/files/tickets/{file}").status_code == 404
    inside = admin.get(f"/ticketview/show/{key}").text
    assert "They pay late" in inside
    assert NOTE in inside
    assert admin.get(f"/ticketview/file/{key}/{file}").data == PDF


def test_another_customers_ticket_is_not_there(
    app: Flask, contact: Any, number: Any, state: Any
) -> None:
    """404 for its page, its actions and its files; nothing changes."""
    key, client = number(PIX), contact(OLIVIA)
    with app.app_context():
        file = db.session.scalars(
            select(TicketAttachment.id).where(TicketAttachment.ticket_id == key)
        ).one()
    before, rows = state(key), counts(app)
    assert client.get(f"/portal/support/{key}").status_code == 404
    assert client.get(f"/portal/files/tickets/{file}").status_code == 404
    for action in ("answer", "close", "reopen"):
        assert client.get(f"/portal/support/{key}/{action}").status_code == 404
        sent = post(client, f"/portal/support/{key}/{action}", message="Mine now")
        assert sent.status_code == 404
    for nothing in ("0", "999999999", "99999999999999999999", "x"):
        assert client.get(f"/portal/files/tickets/{nothing}").status_code == 404
    assert (state(key), counts(app)) == (before, rows)
    assert contact(CONCEICAO).get(f"/portal/files/tickets/{file}").status_code == 200


def test_without_the_permission_nothing_opens(app: Flask, contact: Any, number: Any) -> None:
    """403 for whoever may not see Support; the sign-in page for whoever is not signed in."""
    key, rows = number(CHECKOUT), counts(app)
    tom, nobody = contact(TOM), app.test_client()
    with app.app_context():
        file = db.session.scalars(
            select(TicketAttachment.id).where(TicketAttachment.ticket_id == key)
        ).first()
    pages = (
        "/portal/support/", "/portal/support/new", f"/portal/support/{key}",
        f"/portal/support/{key}/close", f"/portal/files/tickets/{file}",
    )  # fmt: skip
    for url in pages:
        assert tom.get(url).status_code == 403
        assert "/portal/sign-in" in nobody.get(url).location
    assert post(tom, f"/portal/support/{key}/answer", message="Hello").status_code == 403
    typed = {"subject": "Hello", "priority": "low", "message": "Hello"}
    assert post(tom, "/portal/support/new", **typed).status_code == 403
    assert counts(app) == rows


def test_the_customer_of_a_ticket_is_not_typed(app: Flask, contact: Any) -> None:
    """Fields that the form does not have change nothing of whose ticket it is."""
    answer = post(
        contact(OLIVIA), "/portal/support/new", subject="Mine", priority="low", message="Mine",
        customer_id="5", status="closed", number="T-1", by_staff="1", author="Somebody else",
    )  # fmt: skip
    assert answer.status_code in {303, 422}
    with app.app_context():
        ticket = db.session.scalars(select(Ticket).where(Ticket.subject == "Mine")).one()
        assert (ticket.customer_id, ticket.status) == (1, "open")
        assert ticket.number != "T-1"
        assert (ticket.messages[0].by_staff, ticket.messages[0].author) == (False, None)


def test_a_session_that_ends_in_the_middle_of_a_form(app: Flask, contact: Any) -> None:
    """Nothing is saved, what was typed is shown as text, and the way leads back to the form."""
    client, rows = contact(OLIVIA), counts(app)
    token = csrf_token(client, "/portal/support/new")
    with app.app_context():
        db.session.execute(delete(PortalSession))
        db.session.commit()
    form = {"csrf_token": token, "subject": "Late", "priority": "low", "message": "Too <b>late</b>"}
    answer = client.post("/portal/support/new", data=form)
    assert answer.status_code == 403
    assert answer.headers["Cache-Control"] == "no-store"
    assert "Too &lt;b&gt;late&lt;/b&gt;" in answer.text
    assert 'href="/portal/sign-in?next=/portal/support/new"' in answer.text
    form = {"csrf_token": token}
    answer = client.post("/portal/sign-out", data=form)
    assert answer.status_code == 303
    assert counts(app) == rows


def test_markup_stays_text(app: Flask, contact: Any, admin: FlaskClient) -> None:
    """Subject, message and file's name are shown as typed, in the portal and in the admin."""
    client = contact(OLIVIA)
    answer = post(
        client, "/portal/support/new", (PNG, "<img src=x onerror=alert(3)>.png"),
        subject=XSS, priority="low", message=f"{XSS}\n{XSS}",
    )  # fmt: skip
    key = int(answer.location.rsplit("/", 1)[1])
    for page in (
        client.get(answer.location).text,
        client.get("/portal/support/").text,
        client.get("/portal/").text,
        admin.get(f"/ticketview/show/{key}").text,
        admin.get("/ticketview/list/").text,
    ):
        assert "<script>alert(1)" not in page
        assert "<img src=x" not in page
    assert "_img src=x onerror=alert(3)_.png" in client.get(answer.location).text
    assert html.escape(XSS, quote=False) in client.get(answer.location).text.replace("&#34;", '"')


def test_characters_that_no_database_keeps(app: Flask, contact: Any, number: Any) -> None:
    """NUL and its kind are left out, the rest of the message is kept."""
    key = number(CHECKOUT)
    sent = post(
        contact(OLIVIA), f"/portal/support/{key}/answer", message="Be\x00fore\x1b and \x85after"
    )
    assert sent.status_code == 303
    with app.app_context():
        newest = select(TicketMessage.body).order_by(TicketMessage.id.desc())
        assert db.session.scalars(newest).first() == "Before and after"


def test_who_is_forgotten_is_not_named(app: Flask, contact: Any, number: Any) -> None:
    """Messages of a contact who was deleted stay, without the name."""
    url = f"/portal/support/{number(CHECKOUT)}"
    client = contact(ZOE)
    assert "Olivia Hart" in client.get(url).text
    with app.app_context():
        ids = {one.email: one.id for one in db.session.scalars(select(Contact))}
        db.session.execute(
            update(TicketMessage)
            .where(TicketMessage.contact_id == ids[OLIVIA])
            .values(contact_id=ids[TOM])
        )
        db.session.commit()
        delete_contact(db.session, 1, ids[TOM])
    page = client.get(url).text
    assert "Former contact" in page
    assert "Tom Okafor" not in page
    assert "The rye sends its regards." in page


# The studio's side


def test_staff_answer_with_a_file(
    app: Flask, contact: Any, admin: FlaskClient, number: Any, state: Any, captured_mail: Captured
) -> None:
    """The answer is in the portal and in the mail, the file behind the portal's door."""
    key = number(PIX)
    answer = staff_post(admin, key, (PDF, "plano.pdf"), message="Na sexta-feira, prometido.")
    assert answer.status_code == 302
    assert state(key)[0] == "answered"
    [mail] = captured_mail()
    assert str(mail["To"]) == CONCEICAO
    assert "Na sexta-feira, prometido." in text_of(mail)
    assert "plano.pdf" in text_of(mail)
    assert list(mail.iter_attachments()) == []
    client = contact(CONCEICAO)
    page = client.get(f"/portal/support/{key}").text
    assert "Ada Lindqvist" in page
    [*_, newest] = re.findall(r'href="(/portal/files/tickets/\d+)"', page)
    assert client.get(newest).data == PDF


@pytest.mark.parametrize(
    ("files", "message", "error"),
    [
        ([], "  ", "Write a message first."),
        ([], "y" * 100_000, "This has 100,000 characters"),
        ([(b"MZ", "a.pdf")], "Typed with care", "is not what its name says"),
        ([(PNG, "good.png")], "", "Please choose the files again"),
    ],
)
def test_staff_lose_nothing_either(
    app: Flask, admin: FlaskClient, number: Any, files: Any, message: str, error: str
) -> None:
    """422, the error at its field, and what was typed stays."""
    rows = counts(app)
    answer = staff_post(admin, number(PIX), *files, message=message, closes="y")
    assert answer.status_code == 422
    assert error in html.unescape(answer.text)
    assert message.strip() in answer.text
    assert re.search(r'name="closes"[^>]*checked|checked[^>]*name="closes"', answer.text)
    assert counts(app) == rows


def test_limited_staff_see_their_customers_tickets_only(
    app: Flask, number: Any, state: Any
) -> None:
    """S7: 404 for the page, the form and the files of others; their lists do not tell."""
    with app.app_context():
        manager = app.extensions["appbuilder"].sm
        role = manager.add_role("Desk of one")
        for permission in ("can_list", "can_show", "can_write"):
            right = manager.find_permission_view_menu(permission, "TicketView")
            manager.add_permission_role(role, right)
        user = manager.add_user("lim", "Lim", "Ited", "lim@northwind.example", role, "lim")
        padaria = db.session.scalars(
            select(Customer.id).where(Customer.company == "Padaria São João Ltda")
        ).one()
        db.session.add(CustomerAdmin(customer_id=padaria, staff_id=user.id))
        db.session.commit()
        rows = db.session.execute(select(TicketAttachment.ticket_id, TicketAttachment.id))
        files = {row.ticket_id: row.id for row in rows}
    client = app.test_client()
    assert staff_sign_in(client, "lim", "lim").status_code == 302
    mine, hidden = number(PIX), number(CHECKOUT)
    assert client.get(f"/ticketview/show/{mine}").status_code == 200
    assert client.get(f"/ticketview/file/{mine}/{files[mine]}").status_code == 200
    before = state(hidden)
    token = csrf_token(client, f"/ticketview/show/{mine}")
    assert client.get(f"/ticketview/show/{hidden}").status_code == 404
    assert client.get(f"/ticketview/file/{hidden}/{files[hidden]}").status_code == 404
    assert client.get(f"/ticketview/file/{mine}/{files[hidden]}").status_code == 404
    sent = client.post(
        f"/ticketview/write/{hidden}", data={"csrf_token": token, "message": "Hello"}
    )
    assert sent.status_code == 404
    assert state(hidden) == before
    assert CHECKOUT not in html.unescape(client.get("/ticketview/list/").text)


def test_sam_may_answer_and_a_reader_may_not(app: Flask, number: Any, state: Any) -> None:
    """The form is there for who holds the permission; a post without it is refused."""
    key = number(PIX)
    sam = app.test_client()
    staff_sign_in(sam, "sam", "sam")
    assert staff_post(sam, key, message="Sam here").status_code == 302
    with app.app_context():
        manager = app.extensions["appbuilder"].sm
        role = manager.add_role("Reader")
        for permission, place in (
            ("can_show", "TicketView"),
            ("can_view_all", "Contacts customers"),
        ):
            right = manager.find_permission_view_menu(permission, place)
            manager.add_permission_role(role, right)
        manager.add_user("rea", "Rea", "Der", "rea@northwind.example", role, "rea")
    reader, before = app.test_client(), state(key)
    staff_sign_in(reader, "rea", "rea")
    page = reader.get(f"/ticketview/show/{key}")
    assert page.status_code == 200
    assert 'name="message"' not in page.text
    token = csrf_token(reader, "/portal/sign-in")
    form = {"csrf_token": token, "message": "Hello"}
    assert reader.post(f"/ticketview/write/{key}", data=form).status_code in {302, 403}
    assert state(key) == before


def test_a_form_of_another_site_is_refused(app: Flask, admin: FlaskClient, number: Any) -> None:
    """No token, no answer: in the admin as in the portal."""
    rows = counts(app)
    assert admin.post(f"/ticketview/write/{number(PIX)}", data={"message": "x"}).status_code == 400
    assert counts(app) == rows


def test_mail_to_the_studio_can_be_switched_off(
    app: Flask, contact: Any, number: Any, captured_mail: Captured
) -> None:
    """Under Setup → Email Templates; the answer is saved all the same."""
    from flask_contacts.models import EmailTemplate

    with app.app_context():
        db.session.add(EmailTemplate(name="ticket_answered_staff", enabled=False))
        db.session.commit()
    url = f"/portal/support/{number(CHECKOUT)}/answer"
    assert post(contact(OLIVIA), url, message="Quietly").status_code == 303
    assert captured_mail() == []
    with app.app_context():
        assert db.session.scalar(select(func.count(Mail.id))) == 0


def test_a_new_contact_of_the_company_reads_all(app: Flask, contact: Any, number: Any) -> None:
    """Tickets are the company's: whoever gets the permission later sees the conversation."""
    with app.app_context():
        make_contact(db.session, 1, email="new@aurora-bakery.example", permissions=["support"])
    page = contact("new@aurora-bakery.example", PASSWORD).get(f"/portal/support/{number(CHECKOUT)}")
    assert "The rye sends its regards." in page.text


def test_times_are_those_of_the_readers_clock(
    app: Flask, contact: Any, admin: FlaskClient, number: Callable[[str], int]
) -> None:
    """Lists, the ticket and its conversation show the contact's zone; who has none, and staff,
    are told that it is UTC."""
    key, when = number(CHECKOUT), datetime(2026, 3, 9, 23, 30)
    with app.app_context():
        ticket = db.session.get_one(Ticket, key)
        ticket.opened_at = ticket.updated_at = ticket.messages[0].sent_at = when
        olivia = db.session.scalars(select(Contact).where(Contact.email == OLIVIA)).one()
        olivia.timezone, olivia.language = "Asia/Tokyo", "en"
        db.session.commit()
    client = contact(OLIVIA)
    for path in ("/portal/support/?q=bread", f"/portal/support/{key}"):
        page = client.get(path).text.replace("\xa0", " ").replace("\u202f", " ")
        assert "Mar 10, 2026, 8:30 AM" in page, path
        assert "Mar 9, 2026" not in page, path
    with app.app_context():
        db.session.execute(update(Contact).values(timezone=None))
        db.session.commit()
    page = client.get(f"/portal/support/{key}").text.replace("\xa0", " ").replace("\u202f", " ")
    assert "Mar 9, 2026, 11:30 PM UTC" in page
    page = admin.get(f"/ticketview/show/{key}").text.replace("\xa0", " ").replace("\u202f", " ")
    assert "Mar 9, 2026, 11:30 PM UTC" in page


def test_a_new_ticket_is_confirmed_by_its_number(app: Flask, contact: Any) -> None:
    """The next page says that the ticket came, and under which number."""
    client = contact(OLIVIA)
    answer = post_form(client, "/portal/support/new", subject="Flour", message="Where is it?")
    assert answer.status_code == 303
    with app.app_context():
        ticket = db.session.scalars(select(Ticket).where(Ticket.subject == "Flour")).one()
        name = ticket.number
    assert f"Your ticket {name} has reached us." in client.get(answer.location).text


def test_every_bad_file_is_named(contact: Any) -> None:
    """One look tells which files have to be chosen anew."""
    files = [(BytesIO(b""), "empty.png"), (BytesIO(PNG), "good.png"), (BytesIO(b"x"), "run.exe")]
    answer = post_form(
        contact(OLIVIA), "/portal/support/new", subject="Files", message="Three", files=files
    )
    assert answer.status_code == 422
    assert "“empty.png” is empty." in html.unescape(answer.text)
    assert "“run.exe” is of a kind that is not taken here." in html.unescape(answer.text)
