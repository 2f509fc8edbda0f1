"""The example's contracts in the portal: read, signed once under exact words, then locked."""

from __future__ import annotations

import hashlib
import html
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from decimal import Decimal
from email.message import EmailMessage
from io import BytesIO
from threading import Barrier

import pytest
from flask import Flask
from flask.testing import FlaskClient
from pypdf import PdfReader
from sqlalchemy import func, select, text
from sqlalchemy.orm.exc import StaleDataError
from werkzeug.test import TestResponse

from example_app.clock import now
from example_app.database import db
from example_app.demo_data import DEMO_PASSWORD
from example_app.models import Contract, ContractSignature
from example_app.models.agreed import Locked
from flask_contacts.models import Contact, Mail
from flask_contacts.services.contacts.archive import anonymise_contact, archive_contact
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
TO_SIGN, SIGNED = "CON-0301", "CON-0202"
LOCKED = "The customer has signed this, so it stays as it is."
Captured = Callable[..., list[EmailMessage]]


@pytest.fixture(scope="module")
def example(tmp_path_factory: pytest.TempPathFactory) -> tuple[Flask, Callable[[], None]]:
    """The example with its demo data, and how to get that back."""
    app = filled_example(tmp_path_factory.mktemp("contracts"))
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
def olivia(app: Flask) -> FlaskClient:
    """A browser in which the owner of the bakery has signed in."""
    client = app.test_client()
    assert portal_sign_in(client, OLIVIA, DEMO_PASSWORD).status_code in {302, 303}
    return client


@pytest.fixture
def page(app: Flask) -> str:
    """The page of the contract that waits for a signature."""
    with app.app_context():
        return f"/portal/contracts/{contract().id}"


def contract(number: str = TO_SIGN) -> Contract:
    """The contract with this number, in the open session."""
    return db.session.scalars(select(Contract).where(Contract.number == number)).one()


def field(page_text: str, name: str) -> str:
    """The value of a hidden field."""
    return page_text.split(f'name="{name}" value="')[1].split('"', maxsplit=1)[0]


def sign(client: FlaskClient, page: str, **fields: str) -> TestResponse:
    """Open the page for signing and post it, with a name and the consent unless told."""
    asked = client.get(f"{page}/sign")
    assert asked.status_code == 200
    form = {
        "csrf_token": field(asked.text, "csrf_token"),
        "fingerprint": field(asked.text, "fingerprint"),
        "name": "Olivia Hart",
        "agreed": "y",
        **fields,
    }
    return client.post(f"{page}/sign", data={key: value for key, value in form.items() if value})


def words(response: TestResponse) -> str:
    """What a page says, with plain spaces."""
    return html.unescape(response.text).replace("\xa0", " ")


def pdf_text(response: TestResponse) -> str:
    """The text of a PDF file, with plain spaces and without line breaks."""
    assert response.mimetype == "application/pdf"
    pages = [page.extract_text() for page in PdfReader(BytesIO(response.data)).pages]
    return " ".join(" ".join(pages).replace("\xa0", " ").split())


# Reading and signing


def test_it_is_read_as_text(olivia: FlaskClient, page: str) -> None:
    """Headings and paragraphs, who must sign, and the way to do it; nothing to sign elsewhere."""
    shown = olivia.get(page).text
    assert '<h3 dir="auto">3. Payment</h3>' in shown
    assert '<p dir="auto">The contract ends by itself.' in shown
    assert "This contract waits for your signature." in shown
    assert f'href="{page}/sign"' in shown


def test_signing(app: Flask, olivia: FlaskClient, page: str) -> None:
    """Name, contact, address, time, the exact words and their SHA-256; all of it is shown."""
    assert olivia.get(f"{page}/sign").status_code == 200
    with app.app_context():
        assert contract().signature is None
    sent = sign(olivia, page, name=" Olivia   M. Hart ")
    assert (sent.status_code, sent.location) == (303, page)
    with app.app_context():
        signed = contract()
        signature = signed.signature
        assert signature is not None
        wording = signature.wording
        person = db.session.scalars(select(Contact).where(Contact.email == OLIVIA)).one()
        assert (signature.name, signature.company) == ("Olivia M. Hart", "Aurora Bakery")
        assert (signature.contact_id, signature.address) == (person.id, "127.0.0.1")
        assert now() - signature.signed_at < timedelta(minutes=1)
        assert signature.sha256 == hashlib.sha256(wording.encode()).hexdigest()
        assert (signed.status, signed.signed_on) == ("active", now().date())
        assert signed.still_fits
    for part in ("CON-0301 · Care plan for the shop", "EUR 2142.00", "4. End", "paid back."):
        assert part in wording
    shown = words(olivia.get(page))
    assert "Thank you: CON-0301 is signed." in shown
    assert "Signed by Olivia M. Hart on" in shown
    assert "from the address 127.0.0.1" in shown
    assert signature.sha256 in shown
    assert wording.splitlines()[-1] in shown
    assert f'href="{page}/sign"' not in shown


@pytest.mark.parametrize(
    ("fields", "message"),
    [
        ({"name": ""}, "Type your name."),
        ({"name": " \u200b "}, "Type your name."),
        ({"name": "N" * 151}, "Field cannot be longer than 150 characters."),
        ({"agreed": ""}, "Tick this if you agree."),
    ],
)
def test_what_signing_takes(
    app: Flask, olivia: FlaskClient, page: str, fields: dict[str, str], message: str
) -> None:
    """A name and the consent: else 422 at the field, what was typed stays, nothing is signed."""
    refused = sign(olivia, page, **fields)
    assert refused.status_code == 422
    assert message in words(refused)
    if "agreed" in fields:
        assert 'value="Olivia Hart"' in refused.text
    else:
        assert "checked" in refused.text
    assert "3. Payment" in refused.text
    with app.app_context():
        assert contract().signature is None


def test_only_what_was_read_is_signed(app: Flask, olivia: FlaskClient, page: str) -> None:
    """Where staff change a word after the page was opened, it has to be read again: 409."""
    asked = olivia.get(f"{page}/sign").text
    form = {"csrf_token": field(asked, "csrf_token"), "name": "Olivia Hart", "agreed": "y"}
    old = field(asked, "fingerprint")
    with app.app_context():
        contract().value = Decimal(9999)
        db.session.commit()
    for fingerprint in (old, "", "0" * 64):
        refused = olivia.post(f"{page}/sign", data={**form, "fingerprint": fingerprint})
        assert refused.status_code == 409
        assert "The contract was changed after you opened it." in refused.text
        assert 'value="Olivia Hart"' in refused.text
    with app.app_context():
        assert contract().signature is None
    new = field(refused.text, "fingerprint")
    assert new != old
    done = olivia.post(f"{page}/sign", data={**form, "fingerprint": new})
    assert done.status_code == 303


def test_a_missing_name_does_not_renew_the_fingerprint(
    app: Flask, olivia: FlaskClient, page: str
) -> None:
    """The form comes again (422) with the fingerprint of the page that was read: with the name
    it is refused (409), as long as the new words were not shown as such."""
    asked = olivia.get(f"{page}/sign").text
    form = {"csrf_token": field(asked, "csrf_token"), "fingerprint": field(asked, "fingerprint")}
    with app.app_context():
        contract().terms = "The customer pays double."
        db.session.commit()
    again = olivia.post(f"{page}/sign", data={**form, "name": "", "agreed": "y"})
    assert again.status_code == 422
    assert field(again.text, "fingerprint") == form["fingerprint"]
    refused = olivia.post(f"{page}/sign", data={**form, "name": "Olivia Hart", "agreed": "y"})
    assert refused.status_code == 409
    assert "The contract was changed after you opened it." in refused.text


def test_words_are_not_changed_while_they_are_signed(
    app: Flask, olivia: FlaskClient, page: str
) -> None:
    """Who read the contract before it was signed, and writes after: refused by the database."""
    with app.app_context():
        stale = contract()
        stale_terms = stale.terms
        assert not stale.is_agreed
        db.session.expunge(stale)
        db.session.rollback()
        assert sign(olivia, page).status_code == 303
        db.session.expunge_all()
        db.session.add(stale)
        stale.terms = "The customer pays double."
        with pytest.raises(StaleDataError):
            db.session.commit()
        db.session.rollback()
        db.session.expunge_all()
        signed = contract()
        assert (signed.status, signed.terms, signed.still_fits) == ("active", stale_terms, True)


def test_each_word_has_its_fingerprint(app: Flask) -> None:
    """Number, subject, dates, value and terms are what is signed; how lines end is not."""
    with app.app_context():
        one = contract()
        before = one.fingerprint
        one.terms = (one.terms or "").replace("\n", "\r\n")
        assert one.fingerprint == before
        changes = {
            "number": "CON-9", "subject": "Other", "value": Decimal("2142.01"), "terms": "None",
            "starts_on": one.starts_on + timedelta(days=1), "ends_on": None,
        }  # fmt: skip
        for name, value in changes.items():
            kept = getattr(one, name)
            setattr(one, name, value)
            assert one.fingerprint != before, name
            setattr(one, name, kept)
        db.session.rollback()


@pytest.mark.parametrize("status", ["active", "withdrawn", "completed", "replaced"])
def test_what_waits_for_no_signature(
    app: Flask, olivia: FlaskClient, page: str, status: str
) -> None:
    """Signed on paper, withdrawn, over: not offered, and 409 for who tries."""
    token = csrf_token(olivia, f"{page}/sign")
    with app.app_context():
        contract().status = status
        db.session.commit()
    assert f"{page}/sign" not in olivia.get(page).text
    assert olivia.get(f"{page}/sign").status_code == 409
    form = {"csrf_token": token, "name": "Olivia Hart", "agreed": "y"}
    assert olivia.post(f"{page}/sign", data=form).status_code == 409
    with app.app_context():
        assert contract().signature is None


def test_signed_is_signed(app: Flask, olivia: FlaskClient, page: str) -> None:
    """The second time is a 409 that says who signed, and the first signature stays."""
    token = csrf_token(olivia, f"{page}/sign")
    sign(olivia, page)
    form = {"csrf_token": token, "name": "Somebody Else", "agreed": "y"}
    refused = olivia.post(f"{page}/sign", data=form)
    assert refused.status_code == 409
    assert "Signed by Olivia Hart on" in words(refused)
    with app.app_context():
        assert [each.name for each in db.session.scalars(select(ContractSignature))].count(
            "Somebody Else"
        ) == 0


def test_two_sign_at_once(app: Flask, olivia: FlaskClient, page: str) -> None:
    """One signature, one mail to the studio; the other one is told."""
    with app.app_context():
        permissions = ["contracts"]
        make_contact(db.session, AURORA, email="second@x.example", permissions=permissions)
    second = app.test_client()
    portal_sign_in(second, "second@x.example", PASSWORD)
    forms = {}
    for name, client in (("Olivia", olivia), ("Second", second)):
        asked = client.get(f"{page}/sign").text
        keys = ("csrf_token", "fingerprint")
        forms[name] = (client, {key: field(asked, key) for key in keys})
    together = Barrier(2)

    def post(name: str) -> int:
        client, form = forms[name]
        together.wait(10)
        data = {**form, "name": name, "agreed": "y"}
        return client.post(f"{page}/sign", data=data).status_code

    with ThreadPoolExecutor(2) as pool:
        assert sorted(pool.map(post, forms)) == [303, 409]
    with app.app_context():
        signatures = select(func.count()).where(ContractSignature.contract_id == contract().id)
        assert db.session.scalar(signatures) == 1
        mails = select(func.count()).where(Mail.template == "contract_signed_staff")
        assert db.session.scalar(mails) == 1


def test_who_may_not_sign(app: Flask, olivia: FlaskClient, page: str) -> None:
    """403 without the permission, 404 at another company and for a draft; no row changes."""
    with app.app_context():
        permissions = ["contracts"]
        make_contact(db.session, 2, email="other@x.example", permissions=permissions)
    for email, password, status in ((TOM, DEMO_PASSWORD, 403), ("other@x.example", PASSWORD, 404)):
        client = app.test_client()
        portal_sign_in(client, email, password)
        token = csrf_token(client, "/portal/account/")
        form = {"csrf_token": token, "name": "No One", "agreed": "y"}
        for path in (page, f"{page}/sign", f"{page}/files/pdf"):
            assert client.get(path).status_code == status
        assert client.post(f"{page}/sign", data=form).status_code == status
    with app.app_context():
        contract().status = "draft"
        db.session.commit()
    assert olivia.get(f"{page}/sign").status_code == 404
    with app.app_context():
        assert contract().signature is None


# After signing


def test_the_file_has_the_signature(app: Flask, olivia: FlaskClient, page: str) -> None:
    """Before, lines for two hands; after, who signed, when, from where, and the hash."""
    before = pdf_text(olivia.get(f"{page}/files/pdf"))
    assert before.count("Date, signature") == 2
    sign(olivia, page)
    after = pdf_text(olivia.get(f"{page}/files/pdf"))
    with app.app_context():
        signature = contract().signature
        assert signature is not None
        for part in (
            *("Signed electronically: Olivia Hart, Aurora Bakery", "from the address 127.0.0.1"),
            *(signature.sha256, "3. Payment", "€2,142.00"),
        ):
            assert part in after
    assert "Date, signature" not in after


def test_who_is_told(app: Flask, olivia: FlaskClient, page: str, captured_mail: Captured) -> None:
    """The studio, and all who want mail about contracts: also who signed, as a receipt."""
    sign(olivia, page)
    mails = {str(mail["To"]): mail for mail in captured_mail()}
    assert sorted(mails) == [OLIVIA, "studio@northwind.example"]
    assert mails[OLIVIA]["Subject"] == "Contract CON-0301 is signed"
    part = mails["studio@northwind.example"].get_body(("plain",))
    assert part is not None
    said = part.get_content()
    assert "Olivia Hart of Aurora Bakery has signed contract CON-0301" in said
    assert "/contractview/show/" in said


def test_a_forgotten_contact_stays_under_the_contract(
    app: Flask, olivia: FlaskClient, page: str
) -> None:
    """Name and address are the proof of the agreement; the tie to the contact's row goes."""
    with app.app_context():
        permissions = ["contracts"]
        made = make_contact(db.session, AURORA, email="gone@x.example", permissions=permissions)
        key = made.id
    gone = app.test_client()
    portal_sign_in(gone, "gone@x.example", PASSWORD)
    sign(gone, page, name="Gone Soon")
    with app.app_context():
        archive_contact(db.session, AURORA, key)
        anonymise_contact(db.session, AURORA, key)
        db.session.execute(text("DELETE FROM contacts_contact WHERE id = :id"), {"id": key})
        db.session.commit()
        signature = contract().signature
        assert signature is not None
        assert (signature.contact_id, signature.name) == (None, "Gone Soon")
    assert "Signed by Gone Soon on" in words(olivia.get(page))


# Staff


def test_staff_see_the_signature(app: Flask, admin: FlaskClient) -> None:
    """Who and when in the list and on the customer's page; the hash, and that it fits."""
    with app.app_context():
        signed = contract(SIGNED)
        assert signed.signature is not None
        key, sha256 = signed.id, signed.signature.sha256
    assert "Olivia Hart, " in admin.get("/contractview/list/").text
    assert "CON-0301" not in admin.get("/contractview/list/?_flt_3_status=active").text
    assert "Olivia Hart, " in admin.get("/customers/show/1").text
    shown = admin.get(f"/contractview/show/{key}").text
    assert sha256 in shown
    assert "The words are those that were signed." in shown
    with app.app_context():
        db.session.execute(text("UPDATE contract SET value = 1 WHERE id = :id"), {"id": key})
        db.session.commit()
    assert (
        "The words are not those that were signed." in admin.get(f"/contractview/show/{key}").text
    )


def test_a_signed_contract_is_locked(app: Flask, admin: FlaskClient) -> None:
    """The form says why; another value, or a status of before, is an error at its field."""
    with app.app_context():
        key = contract(SIGNED).id
    url = f"/contractview/edit/{key}"
    form = admin.get(url).text
    assert form.count("readonly") >= 7
    assert LOCKED in form
    for changes in ({"terms": "Free of charge"}, {"value": "1"}, {"signed_on": "2020-01-01"}):
        refused = post_form(admin, url, **changes)
        assert refused.status_code == 200
        assert LOCKED in refused.text
        assert next(iter(changes.values())) in refused.text
    for status in ("draft", "awaiting signature", "withdrawn"):
        assert "The customer has signed it." in post_form(admin, url, status=status).text
    with app.app_context():
        signed = contract(SIGNED)
        assert signed.still_fits
        assert signed.status == "active"
    assert post_form(admin, url, status="completed").status_code == 302
    with app.app_context():
        assert contract(SIGNED).status == "completed"
        assert contract(SIGNED).still_fits


def test_no_code_changes_a_signed_contract(app: Flask) -> None:
    """The model itself refuses, whoever writes to it."""
    with app.app_context():
        contract(SIGNED).terms = "Free of charge"
        with pytest.raises(Locked, match="terms"):
            db.session.commit()
        db.session.rollback()


def test_a_signed_contract_is_not_deleted(app: Flask, admin: FlaskClient) -> None:
    """The button says why."""
    with app.app_context():
        key = contract(SIGNED).id
    token = csrf_token(admin, "/contractview/add")
    admin.post(f"/contractview/delete/{key}", data={"csrf_token": token})
    page = admin.get("/contractview/list/?psize_ContractView=100").text
    assert LOCKED in html.unescape(page)
    assert SIGNED in page


def test_a_new_version_takes_its_place(app: Flask, admin: FlaskClient, olivia: FlaskClient) -> None:
    """A draft with the same words; changed, sent and signed, it replaces the former one."""
    with app.app_context():
        key = contract(SIGNED).id
        other = contract().id
    token = csrf_token(admin, "/contractview/add")
    url = f"/contractview/make-version/{key}"
    assert f'action="{url}"' in admin.get(f"/contractview/show/{key}").text
    made = admin.post(url, data={"csrf_token": token})
    assert made.status_code == 303
    assert admin.post(url, data={"csrf_token": token}).status_code == 404
    assert (
        admin.post(f"/contractview/make-version/{other}", data={"csrf_token": token}).status_code
        == 404
    )
    with app.app_context():
        draft = contract("CON-0202 v2")
        assert made.location == f"/contractview/edit/{draft.id}"
        assert (draft.status, draft.terms) == ("draft", contract(SIGNED).terms)
        page = f"/portal/contracts/{draft.id}"
    assert olivia.get(page).status_code == 404
    changed = post_form(admin, made.location, value="14000", status="awaiting signature")
    assert changed.status_code == 302
    assert sign(olivia, page).status_code == 303
    with app.app_context():
        assert contract(SIGNED).status == "replaced"
        assert contract(SIGNED).still_fits
        assert contract("CON-0202 v2").status == "active"
    former = words(olivia.get(f"/portal/contracts/{key}"))
    assert "A newer version has replaced this contract." in former


def test_pages_take_few_statements(app: Flask, olivia: FlaskClient, page: str) -> None:
    """At most six for the list, a contract to sign, a signed one, and the page for signing."""
    with app.app_context():
        engine, signed = db.engine, contract(SIGNED).id
    for url in ("/portal/contracts/", page, f"{page}/sign", f"/portal/contracts/{signed}"):
        olivia.get(url)
        with count_statements(engine) as seen:
            assert olivia.get(url).status_code == 200
        assert len(seen) <= 6, (url, seen)
