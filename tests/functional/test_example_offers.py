"""The example's estimates and proposals in the portal: accepted or declined, once, by a name."""

from __future__ import annotations

import html
import re
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from decimal import Decimal
from email.message import EmailMessage
from threading import Barrier
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import func, select, text
from werkzeug.test import TestResponse

from example_app.clock import now
from example_app.database import db
from example_app.demo_data import DEMO_PASSWORD
from example_app.models import Estimate, Invoice, Proposal
from example_app.models.agreed import Locked, written_name
from flask_contacts.models import Contact, CustomerAdmin, EmailTemplate, Mail
from flask_contacts.testing import (
    PASSWORD,
    count_statements,
    csrf_token,
    make_contact,
    portal_sign_in,
    staff_sign_in,
)
from tests.example import filled_example, post_form
from tests.first_state import keep_first_state

pytestmark = pytest.mark.filterwarnings("ignore:The Query.get")

AURORA = 1
OLIVIA = "olivia.hart@aurora-bakery.example"
TOM = "tom.okafor@aurora-bakery.example"
CONCEICAO = "conceicao@padaria-sao-joao.example"
STUDIO = "studio@northwind.example"
#: For each kind of offer: its module, the model, and an open one of Aurora's.
OPEN = {"estimates": (Estimate, "EST-0301"), "proposals": (Proposal, "PRO-0203")}
Captured = Callable[..., list[EmailMessage]]


@pytest.fixture(scope="module")
def example(tmp_path_factory: pytest.TempPathFactory) -> tuple[Flask, Callable[[], None]]:
    """The example with its demo data, and how to get that back."""
    app = filled_example(tmp_path_factory.mktemp("offers"))
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


def record(model: Any, number: str) -> Any:
    """The record with this number, in the open session."""
    return db.session.scalars(select(model).where(model.number == number)).one()


def address(app: Flask, module: str, number: str | None = None) -> str:
    """The page of an offer in the portal: the open one, or the one with a number."""
    model, known = OPEN[module]
    with app.app_context():
        return f"/portal/{module}/{record(model, number or known).id}"


def answer(client: FlaskClient, page: str, how: str, **fields: str) -> TestResponse:
    """Post the form of the page that asks, with the token of this browser."""
    token = csrf_token(client, "/portal/account/")
    shown = fingerprint_of(client.get(f"{page}/{how}"))
    return client.post(f"{page}/{how}", data={"csrf_token": token, **shown, **fields})


def fingerprint_of(page: TestResponse) -> dict[str, str]:
    """The hidden field that says which offer a page has shown, where it has one."""
    found = re.search(r'name="fingerprint" value="([0-9a-f]*)"', page.text)
    return {"fingerprint": found[1]} if found else {}


def words(response: TestResponse) -> str:
    """What a page says, with plain spaces."""
    return html.unescape(response.text).replace("\xa0", " ")


def set_values(app: Flask, module: str, **values: Any) -> None:
    """Change the open offer behind everybody's back."""
    model, number = OPEN[module]
    with app.app_context():
        for name, value in values.items():
            setattr(record(model, number), name, value)
        db.session.commit()


# Answering


@pytest.mark.parametrize("module", OPEN)
def test_accepting(app: Flask, contact: Any, module: str) -> None:
    """A page asks and changes nothing; then the name, the time, the address and who are kept."""
    client, page = contact(OLIVIA), address(app, module)
    model, number = OPEN[module]
    assert f'href="{page}/accept"' in client.get(page).text
    assert client.get(f"{page}/accept").status_code == 200
    with app.app_context():
        assert record(model, number).status == "sent"
    sent = answer(client, page, "accept", name="  Olivia\tHart ", comment="In May, please.")
    assert (sent.status_code, sent.location) == (303, page)
    shown = words(client.get(page))
    assert f"Thank you: {number} is accepted." in shown
    assert "Accepted by Olivia Hart on" in shown
    assert "In May, please." in shown
    assert f'href="{page}/accept"' not in shown
    with app.app_context():
        offer = record(model, number)
        olivia = db.session.scalars(select(Contact).where(Contact.email == OLIVIA)).one()
        assert (offer.status, offer.answered_by) == ("accepted", "Olivia Hart")
        assert (offer.answer_comment, offer.answer_address) == ("In May, please.", "127.0.0.1")
        assert offer.answer_contact_id == olivia.id
        assert now() - offer.answered_at < timedelta(minutes=1)


@pytest.mark.parametrize("module", OPEN)
def test_declining(app: Flask, contact: Any, module: str) -> None:
    """The same for a no; a reason may be given and need not."""
    client, page = contact(OLIVIA), address(app, module)
    assert answer(client, page, "decline", name="Olivia Hart").status_code == 303
    assert "Declined by Olivia Hart on" in words(client.get(page))
    with app.app_context():
        offer = record(*OPEN[module])
        assert (offer.status, offer.answer_comment) == ("declined", None)


@pytest.mark.parametrize("name", ["", "   ", "\u200b\u2060", "\u202e", "...", "123"])
def test_a_name_is_needed(app: Flask, contact: Any, name: str) -> None:
    """Blanks, characters that nobody sees and marks are no name: 422, and the comment stays."""
    client, page = contact(OLIVIA), address(app, "estimates")
    sent = answer(client, page, "accept", name=name, comment="Let us begin")
    assert sent.status_code == 422
    assert "Type your name." in sent.text
    assert "Let us begin" in sent.text
    with app.app_context():
        assert record(*OPEN["estimates"]).status == "sent"


def test_too_much_is_refused_at_its_field(app: Flask, contact: Any) -> None:
    """A name or a comment that is too long is not cut, and breaks nothing."""
    client, page = contact(OLIVIA), address(app, "estimates")
    for fields in ({"name": "N" * 151}, {"name": "Olivia", "comment": "c" * 2001}):
        assert answer(client, page, "accept", **fields).status_code == 422
    assert answer(client, page, "accept", name="N" * 150, comment="c" * 2000).status_code == 303


def test_what_a_name_becomes() -> None:
    """One line, composed, without what turns or hides text; letters of everywhere stay."""
    assert written_name("  Zoe\u0308\n Whitfield\u202e ") == "Zoë Whitfield"
    assert written_name("工房 Kōbō") == "工房 Kōbō"
    assert written_name("<b>Ann</b>") == "<b>Ann</b>"


def test_markup_in_a_name_and_a_comment_stays_text(
    app: Flask, admin: FlaskClient, contact: Any
) -> None:
    """In the portal and in the admin."""
    client, page = contact(OLIVIA), address(app, "estimates")
    answer(client, page, "accept", name="<b>O</b>", comment="<script>x</script>")
    with app.app_context():
        key = record(*OPEN["estimates"]).id
    for shown in (client.get(page), admin.get(f"/estimateview/show/{key}")):
        assert "<b>O</b>" not in shown.text
        assert "<script>x" not in shown.text
        assert "&lt;b&gt;O&lt;/b&gt;" in shown.text


# Refusals


CLOSED = {
    "expired": ({"last_day": timedelta(days=-1)}, "Expired on"),
    "accepted": ({"status": "accepted"}, "Accepted."),
    "withdrawn": ({"status": "withdrawn"}, "We have withdrawn this offer."),
    "noted as expired": ({"status": "expired"}, "Expired on"),
}


@pytest.mark.parametrize("module", OPEN)
@pytest.mark.parametrize("why", CLOSED)
def test_what_is_not_open_is_not_answered(app: Flask, contact: Any, module: str, why: str) -> None:
    """Not offered; who posts all the same gets 409 and the reason, and nothing is changed."""
    values, reason = dict(CLOSED[why][0]), CLOSED[why][1]
    if "last_day" in values:
        column = OPEN[module][0].last_day_column
        values = {column: now().date() + values["last_day"]}
    set_values(app, module, **values)
    client, page = contact(OLIVIA), address(app, module)
    shown = client.get(page)
    assert f"{page}/accept" not in shown.text
    assert reason in words(shown)
    assert client.get(f"{page}/accept").status_code == 409
    for how in ("accept", "decline"):
        refused = answer(client, page, how, name="Olivia Hart", comment="Please")
        assert refused.status_code == 409
        assert reason in words(refused)
        assert "answered or changed meanwhile" not in refused.text
    with app.app_context():
        offer = record(*OPEN[module])
        assert offer.status == values.get("status", "sent")
        assert offer.answered_at is None


@pytest.mark.parametrize("module", OPEN)
def test_only_what_was_read_is_accepted(app: Flask, contact: Any, module: str) -> None:
    """Staff change the offer after its page was opened: 409, also after a name was missing, and
    what was typed stays; the page then shows the new offer, which can be accepted."""
    client, page = contact(OLIVIA), address(app, module)
    old = fingerprint_of(client.get(f"{page}/accept"))
    set_values(app, module, total=Decimal(99999))
    assert answer(client, page, "accept", name="", **old).status_code == 422
    unread = answer(client, page, "accept", name="", **old)
    assert fingerprint_of(unread) == old
    for shown in (old, {"fingerprint": ""}):
        refused = answer(client, page, "accept", name="Olivia Hart", comment="In May", **shown)
        assert refused.status_code == 409
        assert "The offer was changed after you opened it." in refused.text
        assert "In May" in refused.text
        assert "99,999" in words(refused)
    with app.app_context():
        assert record(*OPEN[module]).status == "sent"
    new = fingerprint_of(refused)
    assert answer(client, page, "accept", name="Olivia Hart", **new).status_code == 303


def test_the_last_day_still_counts(app: Flask, contact: Any) -> None:
    """An offer that is valid until today can be accepted today."""
    set_values(app, "estimates", valid_until=now().date())
    sent = answer(contact(OLIVIA), address(app, "estimates"), "accept", name="Olivia Hart")
    assert sent.status_code == 303


@pytest.mark.parametrize("module", OPEN)
def test_answered_is_answered(app: Flask, contact: Any, module: str) -> None:
    """A second answer, of the same or of the other kind, is a 409 that names the first."""
    client, page = contact(OLIVIA), address(app, module)
    answer(client, page, "accept", name="Olivia Hart")
    for how in ("accept", "decline"):
        refused = answer(client, page, how, name="Somebody Else")
        assert refused.status_code == 409
        assert "Accepted by Olivia Hart on" in words(refused)
    with app.app_context():
        assert record(*OPEN[module]).answered_by == "Olivia Hart"


@pytest.mark.parametrize("module", OPEN)
def test_who_may_not_answer(app: Flask, contact: Any, module: str) -> None:
    """403 without the permission, 404 for another customer's and for a draft; no row changes."""
    page = address(app, module)
    tom, conceicao = contact(TOM), contact(CONCEICAO)
    for how in ("accept", "decline"):
        assert tom.get(f"{page}/{how}").status_code == 403
        assert answer(tom, page, how, name="Tom").status_code == 403
        assert answer(conceicao, page, how, name="C").status_code in {403, 404}
    set_values(app, module, status="draft")
    assert answer(contact(OLIVIA), page, "accept", name="Olivia Hart").status_code == 404
    with app.app_context():
        offer = record(*OPEN[module])
        assert (offer.status, offer.answered_at) == ("draft", None)


def test_another_customers_offer_is_not_there(app: Flask, contact: Any) -> None:
    """A contact with the permission for estimates, at another company: 404 for each address."""
    with app.app_context():
        permissions = ["estimates", "proposals"]
        make_contact(db.session, 2, email="other@x.example", permissions=permissions)
    other = app.test_client()
    portal_sign_in(other, "other@x.example", PASSWORD)
    for module in OPEN:
        page = address(app, module)
        for path in (page, f"{page}/accept", f"{page}/files/pdf"):
            assert other.get(path).status_code == 404
        assert answer(other, page, "accept", name="Other").status_code == 404


def test_two_at_once(app: Flask, contact: Any) -> None:
    """One accepts while the other declines: one wins, the other gets a page that says so."""
    with app.app_context():
        permissions = ["estimates"]
        make_contact(db.session, AURORA, email="second@x.example", permissions=permissions)
    second = app.test_client()
    portal_sign_in(second, "second@x.example", PASSWORD)
    page = address(app, "estimates")
    tries = {"accept": contact(OLIVIA), "decline": second}
    tokens = {how: csrf_token(client, f"{page}/{how}") for how, client in tries.items()}
    shown = fingerprint_of(second.get(f"{page}/accept"))
    together = Barrier(2)

    def post(how: str) -> TestResponse:
        together.wait(10)
        data = {"csrf_token": tokens[how], "name": f"Who {how}s"}
        data.update(shown if how == "accept" else {})
        return tries[how].post(f"{page}/{how}", data=data)

    with ThreadPoolExecutor(2) as pool:
        answers = dict(zip(tries, pool.map(post, tries), strict=True))
    [winner] = [how for how, sent in answers.items() if sent.status_code == 303]
    [loser] = [sent for how, sent in answers.items() if how != winner]
    assert loser.status_code == 409
    assert f"by Who {winner}s on" in words(loser)
    with app.app_context():
        offer = record(*OPEN["estimates"])
        assert offer.status == {"accept": "accepted", "decline": "declined"}[winner]
        assert offer.answered_by == f"Who {winner}s"
        mails = select(func.count()).where(Mail.template == "offer_answered")
        assert db.session.scalar(mails) == 1


# Mail


def receivers(mails: list[EmailMessage]) -> list[str]:
    """Whom the mails went to."""
    return sorted(str(mail["To"]) for mail in mails)


def text_of(mail: EmailMessage) -> str:
    """The plain text of a mail, with plain spaces."""
    part = mail.get_body(("plain",))
    assert part is not None
    return str(part.get_content()).replace("\xa0", " ")


def test_the_studio_is_told(app: Flask, contact: Any, captured_mail: Captured) -> None:
    """Who, which company, what, how much, what was said, and where it is in the admin."""
    page = address(app, "proposals")
    answer(contact(OLIVIA), page, "decline", name="Olivia Hart", comment="Too dear, sorry.")
    [mail] = [one for one in captured_mail() if one["To"] == STUDIO]
    assert mail["Subject"] == "PRO-0203: Declined by Aurora Bakery"
    said = text_of(mail)
    with app.app_context():
        offer = record(Proposal, "PRO-0203")
    assert f"/proposalview/show/{offer.id}" in said
    for part in ("Olivia Hart of Aurora Bakery", "Care plan for the shop", "Too dear, sorry."):
        assert part in said


def test_no_comment_leaves_no_line(app: Flask, contact: Any, captured_mail: Captured) -> None:
    """Who accepts without a word: the studio's mail has no lone dash and no empty quotation."""
    answer(contact(OLIVIA), address(app, "proposals"), "accept", name="Olivia Hart")
    [mail] = [one for one in captured_mail() if one["To"] == STUDIO]
    shown = mail.get_body(("html",))
    assert shown is not None
    assert "blockquote" not in shown.get_content().split("</style>")[-1]
    assert not [line for line in text_of(mail).splitlines() if line.strip() in {"–", ">"}]


def test_who_looks_after_the_customer_is_told(
    app: Flask, contact: Any, captured_mail: Captured
) -> None:
    """S7: the customer's admins get it in place of the studio's own address."""
    with app.app_context():
        sam = app.extensions["appbuilder"].sm.find_user(username="sam")
        db.session.add(CustomerAdmin(customer_id=AURORA, staff_id=sam.id))
        db.session.commit()
    answer(contact(OLIVIA), address(app, "proposals"), "accept", name="Olivia Hart")
    assert receivers(captured_mail()) == [OLIVIA, "sam@northwind.example"]


def test_colleagues_who_want_estimates_are_told(
    app: Flask, contact: Any, captured_mail: Captured
) -> None:
    """N2: those with the topic and the permission; for who answered it is the receipt."""
    with app.app_context():
        make = {"permissions": ["estimates"], "topics": ["estimate"]}
        make_contact(db.session, AURORA, email="ada@x.example", **make)
        make_contact(db.session, AURORA, email="bob@x.example", permissions=["estimates"])
        db.session.query(Mail).delete()
        db.session.commit()
    answer(contact(OLIVIA), address(app, "estimates"), "accept", name="Olivia Hart")
    assert receivers(captured_mail()) == ["ada@x.example", OLIVIA, STUDIO]


def test_who_answers_a_proposal_gets_a_receipt(
    app: Flask, contact: Any, captured_mail: Captured
) -> None:
    """It says what was answered, over how much, and where it is; nobody else of theirs gets it."""
    with app.app_context():
        make_contact(db.session, AURORA, email="ada@x.example", permissions=["proposals"])
        db.session.query(Mail).delete()
        db.session.commit()
    page = address(app, "proposals")
    answer(contact(OLIVIA), page, "accept", name="Olivia Hart")
    mails = captured_mail()
    assert receivers(mails) == [OLIVIA, STUDIO]
    [receipt] = [one for one in mails if one["To"] == OLIVIA]
    assert receipt["Subject"] == "Proposal PRO-0203: Accepted"
    said = text_of(receipt)
    for part in ("Olivia Hart has answered", "Care plan for the shop", "€2,142.00", page):
        assert part in said, part


def test_a_switched_off_mail_is_not_sent(app: Flask, contact: Any, captured_mail: Captured) -> None:
    """Setup → Email Templates decides, and the answer counts all the same."""
    with app.app_context():
        db.session.add(EmailTemplate(name="offer_answered", enabled=False))
        db.session.commit()
    sent = answer(contact(OLIVIA), address(app, "proposals"), "accept", name="Olivia Hart")
    assert sent.status_code == 303
    assert receivers(captured_mail()) == [OLIVIA]


def test_an_answer_and_its_mail_are_one(app: Flask, contact: Any) -> None:
    """M2: where the mail cannot be written, the offer is not answered either."""
    client, page = contact(OLIVIA), address(app, "estimates")
    with app.app_context():
        db.session.execute(
            text(
                "CREATE TRIGGER no_mail BEFORE INSERT ON contacts_mail "
                "BEGIN SELECT RAISE(ABORT, 'the disk is full'); END"
            )
        )
        db.session.commit()
    assert answer(client, page, "accept", name="Olivia Hart").status_code == 409
    with app.app_context():
        offer = record(*OPEN["estimates"])
        assert (offer.status, offer.answered_at) == ("sent", None)


# Staff


def test_staff_see_and_filter_the_answers(app: Flask, admin: FlaskClient, contact: Any) -> None:
    """Who and when in the list and on the customer's page, all of it on the offer's own."""
    page = address(app, "estimates")
    answer(contact(OLIVIA), page, "decline", name="O. Hart", comment="Next year.")
    listed = admin.get("/estimateview/list/?_flt_3_state=declined&psize_EstimateView=100").text
    assert "EST-0301" in listed
    assert "O. Hart, " in listed
    assert "EST-0304" not in listed
    expired = admin.get("/estimateview/list/?_flt_3_state=expired").text
    assert "EST-0302" in expired
    assert "O. Hart, " in admin.get("/customers/show/1").text
    shown = admin.get(f"/estimateview/show/{page.rsplit('/', 1)[1]}").text
    for part in ("O. Hart", "127.0.0.1", "Next year."):
        assert part in shown


def test_what_was_accepted_stays(app: Flask, admin: FlaskClient, contact: Any) -> None:
    """The form shows it and says why; another value is an error at its field, and not saved."""
    page = address(app, "estimates")
    answer(contact(OLIVIA), page, "accept", name="Olivia Hart")
    url = f"/estimateview/edit/{page.rsplit('/', 1)[1]}"
    form = admin.get(url).text
    assert form.count("readonly") >= 6
    assert "The customer has accepted this, so it stays as it is." in form
    refused = post_form(admin, url, total="1", title="Something else")
    assert refused.status_code == 200
    assert 'value="Something else"' in refused.text
    assert refused.text.count("The customer has accepted this, so it stays as it is.") >= 2
    with app.app_context():
        assert record(Estimate, "EST-0301").total == Decimal("3780.00")
    assert post_form(admin, url).status_code == 302  # nothing changed: no error either
    assert "EST-0301" in admin.get("/estimateview/list/?_flt_3_state=accepted").text


def test_no_code_changes_what_was_accepted(app: Flask) -> None:
    """The model itself refuses, whoever writes to it."""
    with app.app_context():
        record(Estimate, "EST-0201").total = Decimal(1)
        with pytest.raises(Locked, match="total"):
            db.session.commit()
        db.session.rollback()


def test_what_was_accepted_is_not_deleted(app: Flask, admin: FlaskClient) -> None:
    """The button says why; an offer that nobody accepted goes."""
    token = csrf_token(admin, "/estimateview/add")
    with app.app_context():
        kept, gone = record(Estimate, "EST-0201").id, record(Estimate, "EST-0305").id
    for key in (kept, gone):
        admin.post(f"/estimateview/delete/{key}", data={"csrf_token": token})
    page = admin.get("/estimateview/list/?psize_EstimateView=100").text
    assert "so it stays as it is" in page
    assert "EST-0201" in page
    assert "EST-0305" not in page


def test_staff_can_ask_again(app: Flask, admin: FlaskClient, contact: Any) -> None:
    """With the status Sent it can be changed; the answer is gone, and another one can come."""
    client, page = contact(OLIVIA), address(app, "estimates")
    answer(client, page, "accept", name="Olivia Hart")
    url = f"/estimateview/edit/{page.rsplit('/', 1)[1]}"
    assert post_form(admin, url, status="sent", total="4000").status_code == 302
    with app.app_context():
        offer = record(Estimate, "EST-0301")
        assert (offer.answered_at, offer.answered_by, offer.total) == (None, None, Decimal(4000))
    assert answer(client, page, "decline", name="Olivia Hart").status_code == 303


def test_an_accepted_estimate_becomes_an_invoice_once(app: Flask, admin: FlaskClient) -> None:
    """A draft about the same amount, numbered on, opened to be finished; pressed twice: one."""
    with app.app_context():
        key = record(Estimate, "EST-0202").id
        highest = db.session.scalar(select(func.max(Invoice.number)))
    shown = admin.get(f"/estimateview/show/{key}").text
    url = f"/estimateview/make-invoice/{key}"
    assert f'action="{url}"' in shown
    assert admin.get(url).status_code in {404, 405}
    token = csrf_token(admin, "/estimateview/add")
    assert admin.post(url).status_code == 400
    made = admin.post(url, data={"csrf_token": token})
    assert made.status_code == 303
    with app.app_context():
        invoice = record(Estimate, "EST-0202").invoice
        assert made.location == f"/invoiceview/edit/{invoice.id}"
        assert (invoice.status, invoice.subtotal) == ("draft", Decimal("13267.50"))
        assert invoice.total == Decimal("15921.00")
        assert invoice.number == f"INV-{int(str(highest)[4:]) + 1}"
        assert invoice.title == "Online shop for pre-orders"
    assert admin.post(url, data={"csrf_token": token}).status_code == 404
    assert f'action="{url}"' not in admin.get(f"/estimateview/show/{key}").text
    assert invoice.number in admin.get(f"/estimateview/show/{key}").text


def test_who_may_make_an_invoice(app: Flask, admin: FlaskClient) -> None:
    """Only of an accepted one, by staff with the permission who may see the customer."""
    with app.app_context():
        sent, accepted = record(Estimate, "EST-0203").id, record(Estimate, "EST-0202").id
        manager = app.extensions["appbuilder"].sm
        role = manager.add_role("Seller")
        for name in ("can_list", "can_show", "can_add", "can_make_invoice"):
            right = manager.find_permission_view_menu(name, "EstimateView")
            manager.add_permission_role(role, right)
        manager.add_user("bo", "Bo", "Ek", "bo@northwind.example", role, "bo")
    token = csrf_token(admin, "/estimateview/add")
    refused = admin.post(f"/estimateview/make-invoice/{sent}", data={"csrf_token": token})
    assert refused.status_code == 404
    url = f"/estimateview/make-invoice/{accepted}"
    for user, form, status in (("bo", "/estimateview/add", 404), ("sam", "/ticketview/add", 403)):
        client = app.test_client()
        staff_sign_in(client, user, user)
        token = csrf_token(client, form)
        assert client.post(url, data={"csrf_token": token}).status_code == status


# Pages


@pytest.mark.parametrize("module", OPEN)
def test_pages_take_few_statements(app: Flask, contact: Any, module: str) -> None:
    """At most six for the list, the page, and the page that asks."""
    client, page = contact(OLIVIA), address(app, module)
    with app.app_context():
        engine = db.engine
    for url in (f"/portal/{module}/", page, f"{page}/accept"):
        client.get(url)
        with count_statements(engine) as seen:
            assert client.get(url).status_code == 200
        assert len(seen) <= 6, (url, seen)


def test_the_list_says_and_filters_what_has_expired(app: Flask, contact: Any) -> None:
    """By the day, although nobody has set a status; what the studio has sent is open here."""
    client = contact(OLIVIA)
    page = client.get("/portal/estimates/?state=expired").text
    assert "EST-0302" in page
    assert "EST-0301" not in page
    page = client.get("/portal/estimates/?state=sent").text
    assert "EST-0302" not in page
    assert re.search(r'<span class="badge[^>]*>Open</span>', page)
    assert not re.search(r'<span class="badge[^>]*>Sent</span>', page)
    with app.app_context():
        assert record(Estimate, "EST-0302").status == "sent"
