"""Staff send a document by hand: who is selected, what they may change, who gets it (N5)."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import date
from html import unescape
from html.parser import HTMLParser
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from flask_appbuilder import ModelView
from flask_appbuilder.models.sqla.interface import SQLAInterface
from flask_appbuilder.widgets import ListBlock, ListItem, ListThumbnail, ShowBlockWidget
from sqlalchemy import func, select
from sqlalchemy.orm import Session
from werkzeug.test import TestResponse

from flask_contacts import testing
from flask_contacts.admin import SendByEmail
from flask_contacts.admin.sending.widgets import with_envelopes
from flask_contacts.errors import ConfigError, InvalidInput
from flask_contacts.models import Activity, ContactTopic, Mail
from flask_contacts.services.contacts.states import deactivate_contact
from flask_contacts.services.mailing import document_letters
from flask_contacts.services.mailing.email_templates import save_template, set_template_enabled
from flask_contacts.testing import RecordingSmtp
from tests.host_app import ADMIN, LIMITS_STAFF, HostInvoice, HostInvoiceView, HostTicket

Make = Callable[..., Any]
GETS = {"permissions": ["invoices"], "topics": ["invoice"]}
NOBODY = "Nobody is selected, so nothing was sent."


class Fields(HTMLParser):
    """What a browser would post of the form of the dialog, without a button."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.data: dict[str, Any] = {"to": [], "attachments": []}
        self._text = self._select = ""
        self.feed(html[html.index("contacts-send") :])

    def handle_starttag(self, tag: str, pairs: list[tuple[str, str | None]]) -> None:
        """Take fields as they are met."""
        given = dict(pairs)
        name, value = given.get("name") or "", given.get("value") or ""
        if tag == "input" and given.get("type") == "checkbox":
            if "checked" in given and "disabled" not in given:
                known = self.data.get(name)
                self.data[name] = [*known, value] if isinstance(known, list) else value
        elif tag == "input":
            self.data[name] = value
        elif tag == "textarea":
            self._text, self.data[name] = name, ""
        elif tag == "select":
            self._select = name
        elif tag == "option" and "selected" in given:
            self.data[self._select] = value

    def handle_data(self, data: str) -> None:
        """The text of a textarea."""
        if self._text:
            self.data[self._text] += data

    def handle_endtag(self, tag: str) -> None:
        """A textarea's first line break is not its value."""
        if tag == "textarea":
            self.data[self._text] = self.data[self._text].removeprefix("\r\n").removeprefix("\n")
            self._text = ""


class Dialog:
    """The dialog of an address in a browser, without scripts."""

    def __init__(self, client: FlaskClient, url: str) -> None:
        self.client, self.url = client, url
        self.response = client.get(url)
        assert self.response.status_code == 200, self.response.text
        self.data = Fields(self.response.text).data

    def press(self, action: str, **changes: Any) -> TestResponse:
        """Change fields and press a button; what the page then shows is kept."""
        form = {**self.data, **changes, "action": action}
        self.response = self.client.post(self.url, data=form)
        if self.response.status_code != 302:
            self.data = Fields(self.response.text).data
        return self.response

    def send(self, **changes: Any) -> str:
        """Send, which must succeed; the messages that staff read then."""
        assert self.press("send", **changes).status_code == 302, self.errors
        return " ".join(words(self.client.get(self.response.location or "").text, "alert"))

    @property
    def errors(self) -> str:
        """The summary of what is wrong."""
        return " ".join(words(self.response.text, "contacts-summary"))

    @property
    def preview(self) -> str:
        """The mail in the frame of the preview."""
        found = re.search(r'<iframe sandbox title="[^"]*" srcdoc="([^"]*)"', self.response.text)
        assert found is not None
        return unescape(found[1])


def words(html: str, css_class: str) -> list[str]:
    """The texts of the elements of a class."""
    found = re.findall(rf'(?s)<div class="[^"]*\b{css_class}\b.*?</div>', html)
    return [unescape(re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", one))) for one in found]


@pytest.fixture
def customer(make_customer: Make) -> Any:
    """Whose invoice it is; its staff are those of the role Limited, where that matters."""
    return make_customer(company="Acme & Söhne", **({"region": "Limited"} if LIMITS_STAFF else {}))


@pytest.fixture
def invoice(session: Session, customer: Any) -> HostInvoice:
    """An invoice of the customer."""
    invoice = HostInvoice(
        number="A-1", issued_on=date(2026, 1, 2), total=1200, customer_id=customer.id
    )
    session.add(invoice)
    session.commit()
    return invoice


@pytest.fixture
def url(invoice: HostInvoice) -> str:
    """The dialog of the invoice, on a view that is a plain ModelView."""
    return f"/hostinvoiceview/send/{invoice.id}"


@pytest.fixture
def ticket(session: Session, customer: Any) -> Make:
    """``ticket(contact)`` is the dialog of something without a topic, on a SafeModelView."""

    def make(contact: Any = None, subject: str = "Printer") -> str:
        row = HostTicket(
            subject=subject, customer_id=customer.id, contact_id=contact.id if contact else None
        )
        session.add(row)
        session.commit()
        return f"/hostticketview/send/{row.id}"

    return make


@pytest.fixture
def staff(app: Flask) -> Make:
    """``staff((permission, view), …)`` is a browser signed in with exactly these permissions."""

    def sign_in(*permissions: tuple[str, str]) -> FlaskClient:
        with app.app_context():
            sm = app.appbuilder.sm  # type: ignore[attr-defined]
            role = sm.add_role("Limited")
            for permission, view in permissions:
                sm.add_permission_role(role, sm.find_permission_view_menu(permission, view))
            sm.add_user("limited", "Li", "Mited", "limited@example.com", role, "limited")
        client = app.test_client()
        assert testing.staff_sign_in(client, "limited", "limited").status_code == 302
        return client

    return sign_in


def test_it_reads_like_the_other_pages(staff_client: FlaskClient, url: str, ticket: Make) -> None:
    """On a host's view as on one of ours: it says its direction, and arrows point back by it."""
    for address in (url, ticket()):
        html = staff_client.get(address).text
        assert re.findall(r'<main [^>]*dir="(.*?)"', html) == ["ltr"]
        assert "← " in html
        assert "→ " not in html


def test_those_with_the_topic_are_selected_with_the_reason(
    staff_client: FlaskClient, customer: Any, url: str, make_contact: Make
) -> None:
    """N5: topic on is selected, the others stand below, each with why or why not."""
    gets = make_contact(customer, firstname="Ada", lastname="Gets", **GETS)
    make_contact(customer, firstname="Bob", lastname="Off", permissions=["invoices"])
    make_contact(customer, firstname="Cy", lastname="Closed", topics=["invoice"])
    make_contact(customer, firstname="Dee", lastname="Unwilling", do_not_send_emails=True, **GETS)
    dialog = Dialog(staff_client, url)
    assert dialog.data["to"] == [str(gets.id)]
    html = unescape(re.sub(r"\s+", " ", dialog.response.text))
    assert "Send Invoice A-1 by e-mail" in html
    for name, reason in (
        ("Ada Gets", "Topic is on"),
        ("Bob Off", "Topic is off"),
        ("Cy Closed", "No permission for Invoices; gets it all the same if selected here"),
        ("Dee Unwilling", "Do not send emails is ticked"),
    ):
        chip = re.search(rf"<strong>{name}</strong>.*?<small>(.*?)</small>", html)
        assert chip is not None
        assert chip[1] == reason


def test_all_whom_staff_select_get_it_topic_or_not(
    session: Session, staff_client: FlaskClient, smtp: RecordingSmtp, drain: Make,
    customer: Any, url: str, make_contact: Make,
) -> None:  # fmt: skip
    """N5: a mail each, in the own language (N8), with the file of that language, intact."""
    ada = make_contact(customer, email="ada@example.com", language="en", **GETS)
    joao = make_contact(customer, firstname="João", email="joao@example.com", language="pt_BR")
    dialog = Dialog(staff_client, url)
    said = dialog.send(to=[ada.id, joao.id])
    assert "Invoice A-1 is on its way to" in said
    drain()
    assert sorted(smtp.recipients) == [["ada@example.com"], ["joao@example.com"]]
    [mail] = smtp.to("joao@example.com")
    assert mail["To"] == "joao@example.com"
    assert mail["Cc"] is None
    assert mail["List-Unsubscribe"] is None
    assert mail["Auto-Submitted"] == "no"
    assert "Dear João," in mail.get_body(("html",)).get_content()  # type: ignore[union-attr]
    pdf, terms = mail.iter_attachments()
    assert pdf.get_filename() == "Fatura nº A-1 – Ødegård.pdf"
    assert (pdf.get_content_type(), pdf.get_content()) == ("application/pdf", b"%PDF-1.4 pt_BR A-1")
    assert (terms.get_content_type(), terms.get_content()) == ("text/plain", "Net 30")
    [english] = smtp.to("ada@example.com")
    assert next(english.iter_attachments()).get_content() == b"%PDF-1.4 en A-1"
    session.expire_all()
    assert session.scalars(select(HostInvoice.status)).all() == ["sent"]


def test_each_recipient_has_it_in_the_activity(
    session: Session, staff_client: FlaskClient, customer: Any, url: str, make_contact: Make
) -> None:
    """S5: who sent what; and the dialog then shows to whom it went, and its state."""
    ada, bob = (make_contact(customer, **GETS) for _ in range(2))
    Dialog(staff_client, url).send()
    rows = session.scalars(select(Activity).where(Activity.verb == "document_sent")).all()
    assert {row.contact_id for row in rows} == {ada.id, bob.id}
    assert {row.actor_name for row in rows} == {"Ada Min"}
    assert rows[0].changes == {"document": [None, "Invoice A-1"]}
    page = staff_client.get(f"/customercontacts/edit/{customer.id}/{ada.id}").text
    assert "Document sent" in page
    assert "Invoice A-1" in page
    again = Dialog(staff_client, url).response.text
    sent = again[again.index("Sent before") :]
    assert ada.email in sent
    assert bob.email in sent
    assert sent.count("Waiting") == 2


def test_nobody_selected_sends_nothing(
    session: Session, staff_client: FlaskClient, customer: Any, url: str, make_contact: Make
) -> None:
    """N5: a warning; and nothing typed is lost."""
    make_contact(customer, **GETS)
    dialog = Dialog(staff_client, url)
    typed = {"to": [], "cc": "boss@example.com", "subject": "Mine", "body": "<p>My text</p>"}
    assert dialog.press("send", **typed).status_code == 422
    assert f"{NOBODY} A copy alone is not sent." in dialog.errors
    assert {name: dialog.data[name] for name in typed} == typed
    assert session.scalar(select(func.count()).select_from(Mail)) == 0
    assert dialog.press("preview", to=[]).status_code == 422
    assert NOBODY in dialog.errors


def test_who_wants_no_mail_is_written_to_only_when_confirmed(
    session: Session, staff_client: FlaskClient, smtp: RecordingSmtp, drain: Make,
    customer: Any, url: str, make_contact: Make,
) -> None:  # fmt: skip
    """N7: not selected, named in a warning when added, and then staff confirm."""
    unwilling = make_contact(customer, lastname="Unwilling", do_not_send_emails=True, **GETS)
    dialog = Dialog(staff_client, url)
    assert dialog.data["to"] == []
    assert dialog.press("send", to=[unwilling.id]).status_code == 422
    assert "Confirm that you write to somebody who wants no e-mails." in dialog.errors
    assert "Ada Unwilling: “Do not send emails” is ticked." in unescape(dialog.response.text)
    assert session.scalar(select(func.count()).select_from(Mail)) == 0
    dialog.send(confirmed="y")
    drain()
    assert smtp.recipients == [[unwilling.email]]


def test_an_inactive_contact_cannot_be_selected(
    app: Flask, session: Session, staff_client: FlaskClient, smtp: RecordingSmtp, drain: Make,
    customer: Any, url: str, make_contact: Make,
) -> None:  # fmt: skip
    """Refused when sending, and cancelled when it happens between sending and delivery."""
    make_contact(customer)
    gone, later = (make_contact(customer, lastname=name, **GETS) for name in ("Gone", "Later"))
    with app.app_context():
        deactivate_contact(session, customer.id, gone.id)
    dialog = Dialog(staff_client, url)
    assert dialog.data["to"] == [str(later.id)]
    assert dialog.press("send", to=[gone.id, later.id]).status_code == 422
    assert "Ada Gone cannot get mail: Not active." in dialog.errors
    dialog.send(to=[later.id])
    with app.app_context():
        deactivate_contact(session, customer.id, later.id)
    drain()
    assert smtp.recipients == []
    session.expire_all()
    assert session.execute(select(Mail.state, Mail.error)).all() == [
        ("cancelled", "contact_inactive")
    ]


def test_a_topic_that_is_turned_off_since_cancels_nothing(
    session: Session, staff_client: FlaskClient, smtp: RecordingSmtp, drain: Make,
    customer: Any, url: str, make_contact: Make,
) -> None:  # fmt: skip
    """What staff sent by hand goes out, whatever the topics are at delivery."""
    contact = make_contact(customer, **GETS)
    Dialog(staff_client, url).send()
    contact = session.merge(contact)
    contact.topics.clear()
    session.commit()
    drain()
    assert smtp.recipients == [[contact.email]]


def test_without_a_topic_the_addressee_is_selected_else_the_primary(
    app: Flask, session: Session, staff_client: FlaskClient, customer: Any, ticket: Make,
    make_contact: Make,
) -> None:  # fmt: skip
    """N9: whom it is addressed to; the primary contact where that is nobody (any more)."""
    primary, other = make_contact(customer), make_contact(customer)
    addressed = Dialog(staff_client, ticket(other))
    assert addressed.data["to"] == [str(other.id)]
    assert "The document is addressed to this contact" in addressed.response.text
    plain = Dialog(staff_client, ticket())
    assert plain.data["to"] == [str(primary.id)]
    assert "Primary contact" in plain.response.text
    with app.app_context():
        deactivate_contact(session, customer.id, other.id)
    assert Dialog(staff_client, addressed.url).data["to"] == [str(primary.id)]


def test_a_lead_gets_it_at_its_own_address(
    session: Session, staff_client: FlaskClient, smtp: RecordingSmtp, drain: Make
) -> None:
    """N9: somebody who is no customer yet; and one without a real address cannot get it."""
    dialog = Dialog(staff_client, "/hostnotes/Lee@Example.com")
    assert dialog.data["to"] == ["0"]
    assert dialog.press("preview").status_code == 200
    assert "Dear Lee Dao," in dialog.preview
    dialog.press("send")
    assert (dialog.response.status_code, dialog.response.location) == (302, "/hostnotes/back")
    drain()
    assert smtp.recipients == [["lee@example.com"]]
    assert session.scalars(select(Mail.contact_id)).all() == [None]
    bad = Dialog(staff_client, "/hostnotes/lee")
    assert bad.data["to"] == []
    assert bad.press("send", to=["0"]).status_code == 422
    assert "Lee Dao cannot get mail" in bad.errors


def test_each_address_of_cc_gets_one_copy(
    session: Session, staff_client: FlaskClient, smtp: RecordingSmtp, drain: Make,
    customer: Any, url: str, make_contact: Make,
) -> None:  # fmt: skip
    """One copy, not one for each recipient; all see whom it was written to and who has it."""
    make_contact(customer, firstname="Ada", lastname="A", email="ada@example.com", **GETS)
    make_contact(customer, firstname="Bob", lastname="B", email="bob@example.com", **GETS)
    typed = "Boss <boss@example.com>; BOSS@example.com, ada@example.com\nbooks@example.com"
    said = Dialog(staff_client, url).send(cc=typed)
    assert "A copy goes to boss@example.com, books@example.com." in said
    drain()
    assert sorted(to for [to] in smtp.recipients) == [
        "ada@example.com", "bob@example.com", "books@example.com", "boss@example.com",
    ]  # fmt: skip
    for mail in smtp.messages:
        assert mail["Cc"] == "boss@example.com, books@example.com"
    [copy] = smtp.to("boss@example.com")
    assert copy["To"] == "ada@example.com, bob@example.com"
    own = smtp.to("bob@example.com")[0]
    assert own["To"] == "bob@example.com"
    for kind in ("html", "plain"):
        html = copy.get_body((kind,)).get_content()  # type: ignore[union-attr]
        assert html.index("Copy of a mail to Ada A, Bob B.") < html.rindex("Dear Ada,")
        assert "You are a contact of" not in html
        html = own.get_body((kind,)).get_content()  # type: ignore[attr-defined]
        assert "You are a contact of" in html
        assert "Copy of" not in html


def test_a_customer_without_contacts_can_be_given_one(
    staff: Make, staff_client: FlaskClient, customer: Any, url: str
) -> None:
    """A way to the form, for who may add contacts."""
    link = f'href="/customercontacts/new/{customer.id}"'
    page = staff_client.get(url).text
    assert "This customer has no contact yet." in page
    assert link in page
    if LIMITS_STAFF:
        assert link not in staff(("can_send", "HostInvoiceView")).get(url).text


def test_a_double_click_sends_once(
    session: Session, staff_client: FlaskClient, smtp: RecordingSmtp, drain: Make,
    customer: Any, url: str, make_contact: Make,
) -> None:  # fmt: skip
    """The same form again, also after Back with one more recipient, writes to nobody twice;
    a dialog opened anew does."""
    ada, bob = make_contact(customer, **GETS), make_contact(customer, firstname="Bob")
    dialog = Dialog(staff_client, url)
    for _ in range(2):
        said = dialog.send(cc="boss@example.com")
    assert f"It was sent to {ada.name} already, and is not sent twice." in said
    said = dialog.send(cc="boss@example.com", to=[ada.id, bob.id])
    assert f"on its way to {bob.name}." in said
    drain()
    assert sorted(to for [to] in smtp.recipients) == sorted(
        [ada.email, bob.email, "boss@example.com"]
    )
    Dialog(staff_client, url).send()
    drain()
    assert len(smtp.to(ada.email)) == 2


def test_a_foreign_token_is_not_taken(
    session: Session, staff_client: FlaskClient, customer: Any, url: str, make_contact: Make
) -> None:
    """A token that is none is replaced, and nothing is sent yet."""
    make_contact(customer, **GETS)
    dialog = Dialog(staff_client, url)
    assert dialog.press("send", token="x" * 5000).status_code == 200
    assert session.scalar(select(func.count()).select_from(Mail)) == 0
    dialog.send()


def test_contacts_of_others_are_refused(
    session: Session, staff_client: FlaskClient, customer: Any, url: str,
    make_customer: Make, make_contact: Make,
) -> None:  # fmt: skip
    """An id of another customer's contact, an archived one, a word: nothing sent, no name told."""
    own = make_contact(customer, **GETS)
    foreign = make_contact(make_customer(), lastname="Secret", email="secret@example.com")
    for stranger in (foreign.id, 0, -1, 99_999_999_999, "x", "1 OR 1=1", "٣"):
        dialog = Dialog(staff_client, url)
        assert dialog.press("send", to=[own.id, stranger]).status_code == 422, stranger
        assert "is no contact of this customer; left out." in dialog.errors
        assert "Secret" not in dialog.response.text
        assert dialog.data["to"] == [str(own.id)]
    assert "Secret" not in staff_client.get(f"{url}?contacts=secret").text
    assert session.scalar(select(func.count()).select_from(Mail)) == 0


@pytest.mark.parametrize(
    ("fields", "message"),
    [
        ({"cc": "nonsense"}, "“nonsense” is not an e-mail address."),
        ({"cc": "a@example.com\r\nBcc: b@example.com"}, "is not an e-mail address."),
        ({"cc": ",".join(f"c{n}@example.com" for n in range(21))}, "at most 20 addresses"),
        ({"subject": "Hello\r\nBcc: b@example.com"}, "characters that cannot be shown"),
        ({"subject": ""}, "This field is required."),
        ({"subject": "{contact_password}"}, "There is no merge field {contact_password}"),
        ({"body": "<p>{nonsense}</p>"}, "There is no merge field {nonsense}"),
        ({"language": "xx"}, "Choose a language of the list."),
    ],
)
def test_what_cannot_be_sent_is_said_at_its_field(
    session: Session, staff_client: FlaskClient, customer: Any, url: str, make_contact: Make,
    fields: dict[str, str], message: str,
) -> None:  # fmt: skip
    """No header is injected, no unknown merge field sent; what was typed is still there."""
    make_contact(customer, **GETS)
    dialog = Dialog(staff_client, url)
    assert dialog.press("send", **fields).status_code == 422
    assert message in dialog.errors
    for name, value in fields.items():
        if name != "language" and "\r" not in value:
            assert dialog.data[name] == value
    assert session.scalar(select(func.count()).select_from(Mail)) == 0


def test_a_form_with_foreign_fields_is_refused(
    session: Session, staff_client: FlaskClient, customer: Any, url: str, make_contact: Make
) -> None:
    """8.2.3: nothing is mass-assigned."""
    make_contact(customer, **GETS)
    dialog = Dialog(staff_client, url)
    form = {**dialog.data, "action": "send", "status": "paid"}
    assert staff_client.post(url, data=form).status_code == 422
    assert session.scalar(select(func.count()).select_from(Mail)) == 0


@pytest.mark.parametrize("token", ["", "nonsense"])
def test_without_a_token_nothing_is_sent_and_nothing_lost(
    session: Session, staff_client: FlaskClient, customer: Any, url: str, make_contact: Make,
    token: str,
) -> None:  # fmt: skip
    """3.5.1, on a plain ModelView too, whatever the host sets."""
    make_contact(customer, **GETS)
    dialog = Dialog(staff_client, url)
    response = dialog.press("send", csrf_token=token, subject="Mine")
    assert response.status_code == 400
    assert "open for too long" in dialog.errors
    assert dialog.data["subject"] == "Mine"
    assert session.scalar(select(func.count()).select_from(Mail)) == 0
    dialog.send()


def test_words_can_be_changed_and_keep_each_ones_name(
    staff_client: FlaskClient, smtp: RecordingSmtp, drain: Make, customer: Any, url: str,
    make_contact: Make,
) -> None:  # fmt: skip
    """The document's values are filled in already, the person's are for each recipient."""
    for name in ("Ada", "Bob"):
        make_contact(customer, firstname=name, email=f"{name}@example.com".lower(), **GETS)
    dialog = Dialog(staff_client, url)
    assert dialog.data["subject"] == "Invoice A-1"
    assert dialog.data["body"] == "<p>Dear {contact_firstname},</p>\n<p>A-1 is 1200.00.</p>"
    dialog.send(subject="For {contact_firstname}: {invoice_number}", body="<p>Pay</p>")
    drain()
    assert smtp.to("ada@example.com")[0]["Subject"] == "For Ada: A-1"
    assert smtp.to("bob@example.com")[0]["Subject"] == "For Bob: A-1"
    body = smtp.messages[0].get_body(("plain",))
    assert body is not None
    assert "Pay" in body.get_content()


def test_a_changed_text_goes_to_nobody_in_another_language(
    app: Flask, session: Session, staff_client: FlaskClient, smtp: RecordingSmtp, drain: Make,
    customer: Any, url: str, make_contact: Make,
) -> None:  # fmt: skip
    """N8: with several languages the text is only shown; who changed it chooses one for all."""
    with app.app_context():
        save_template(session, "invoice", "pt_BR", "Fatura {invoice_number}", "<p>Olá</p>")
    ada = make_contact(customer, lastname="A", language="en", **GETS)
    joao = make_contact(customer, firstname="João", lastname="B", language="pt_BR", **GETS)
    dialog = Dialog(staff_client, url)
    assert "Each recipient&#39;s own language (English, Português do Brasil)" in (
        dialog.response.text
    )
    assert re.search(r'<input[^>]*id="subject"[^>]*readonly', dialog.response.text)
    dialog.press("preview", preview_for=joao.id)
    assert dialog.data["subject"] == "Fatura A-1"
    assert "Olá" in dialog.preview
    dialog.press("language", language="en")
    assert dialog.data["subject"] == "Invoice A-1"
    assert not re.search(r'<input[^>]*id="subject"[^>]*readonly', dialog.response.text)
    dialog.press("language", subject="Mine", language="own")
    assert dialog.data["subject"] == "Mine"
    assert dialog.press("send").status_code == 422
    assert "You changed the text in English" in dialog.errors
    dialog.press("template")
    assert dialog.data["subject"] == "Fatura A-1"
    dialog.press("language", language="en")
    dialog.send(subject="For all")
    drain()
    assert {mail["Subject"] for mail in smtp.messages} == {"For all"}
    assert len(smtp.to(joao.email)) == len(smtp.to(ada.email)) == 1
    assert next(smtp.to(joao.email)[0].iter_attachments()).get_content() == b"%PDF-1.4 en A-1"


def test_attachments_are_opened_and_left_out(
    staff_client: FlaskClient, smtp: RecordingSmtp, drain: Make, customer: Any, url: str,
    make_contact: Make,
) -> None:  # fmt: skip
    """Each has a link and a box; only a PDF or a picture opens in the browser."""
    make_contact(customer, **GETS)
    dialog = Dialog(staff_client, url)
    assert dialog.data["attachments"] == ["0", "1"]
    pdf = staff_client.get(f"{url}?file=0&language=en")
    assert (pdf.data, pdf.mimetype) == (b"%PDF-1.4 en A-1", "application/pdf")
    assert pdf.headers["Content-Disposition"].startswith("inline")
    terms = staff_client.get(f"{url}?file=1&language=pt_BR")
    assert terms.headers["Content-Disposition"].startswith("attachment")
    assert terms.headers["X-Content-Type-Options"] == "nosniff"
    for query in ("file=2&language=en", "file=x&language=en", "file=0&language=xx", "file=0"):
        assert staff_client.get(f"{url}?{query}").status_code == 404, query
    dialog.send(attachments=["1"])
    drain()
    [left] = smtp.messages[0].iter_attachments()
    assert left.get_filename() == "terms.txt"


def test_files_that_are_too_large_are_said(
    session: Session, staff_client: FlaskClient, customer: Any, url: str, make_contact: Make,
    monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    """Before anything is written, with the sizes; the files may be left out then."""
    make_contact(customer, **GETS)
    make_contact(customer, **GETS)
    monkeypatch.setattr(document_letters, "LARGEST_FILES", 16)
    dialog = Dialog(staff_client, url)
    assert dialog.press("send").status_code == 422
    assert "Leave one out." in dialog.errors
    monkeypatch.setattr(document_letters, "LARGEST_SENDING", 25)
    assert dialog.press("send", attachments=["0"]).status_code == 422
    assert "too much for 2 mails at once" in dialog.errors
    assert session.scalar(select(func.count()).select_from(Mail)) == 0
    dialog.send(attachments=["1"])


def test_a_file_that_the_host_cannot_name_is_said(
    session: Session, staff_client: FlaskClient, customer: Any, url: str, invoice: HostInvoice,
    make_contact: Make,
) -> None:  # fmt: skip
    """A name made of what somebody typed: no header injection and no server error."""
    make_contact(customer, **GETS)
    invoice.number = "A\r\nBcc: x/1"
    session.commit()
    dialog = Dialog(staff_client, url)
    assert "cannot be a file&#39;s name." in unescape(dialog.response.text).replace("'", "&#39;")
    assert dialog.press("send").status_code == 422
    assert session.scalar(select(func.count()).select_from(Mail)) == 0


def test_nothing_that_people_typed_runs(
    session: Session, staff_client: FlaskClient, customer: Any, url: str, invoice: HostInvoice,
    make_contact: Make,
) -> None:  # fmt: skip
    """XSS in names, values, subject and body: escaped in the page, clean in the preview."""
    invoice.number = "<b>{x}"
    session.commit()
    evil = "<img src=x onerror=alert(1)>"
    contact = make_contact(customer, firstname=evil, lastname="{contact_email}", **GETS)
    dialog = Dialog(staff_client, url)
    subject = f"{evil} {{contact_lastname}} {{invoice_number}}"
    body = (
        f"<p>{{contact_firstname}}</p><script>alert(2)</script>{evil}<a href='javascript:x'>y</a>"
    )
    dialog.press("preview", subject=subject, body=body)
    assert dialog.response.status_code == 200, dialog.errors
    assert "<img" not in dialog.response.text
    assert "<script>alert" not in dialog.response.text
    assert "&lt;img src=x onerror=alert(1)&gt;" in dialog.preview
    for bad in ("<script", "<img", "javascript:"):
        assert bad not in dialog.preview
    text = unescape(dialog.response.text)
    assert f"{evil} {{contact_email}} <b>{{x}}" in text  # a value is never expanded again
    assert contact.email not in re.sub(r"(?s)<form.*?</fieldset>", "", dialog.preview)


def test_the_template_switched_off_sends_nothing(
    app: Flask, session: Session, staff_client: FlaskClient, customer: Any, url: str,
    make_contact: Make,
) -> None:  # fmt: skip
    """Setup → Email Templates has the last word, and the dialog says so at once."""
    make_contact(customer, **GETS)
    with app.app_context():
        set_template_enabled(session, "invoice", False)
    dialog = Dialog(staff_client, url)
    assert "switched off under Setup" in dialog.response.text
    assert dialog.press("send").status_code == 422
    assert session.scalar(select(func.count()).select_from(Mail)) == 0


def test_finding_a_contact_among_many(
    staff_client: FlaskClient, customer: Any, url: str, make_contact: Make
) -> None:
    """By name or address, at most ten; without a script by the button, and nothing is lost."""
    ada = make_contact(customer, firstname="Ada", **GETS)
    for number in range(14):
        make_contact(customer, firstname="Zoë", lastname=f"Z{number:02}", is_user=False)
    wanted = make_contact(customer, firstname="Zoë", lastname="Zz_last", email="zz@example.com")
    dialog = Dialog(staff_client, url)
    assert f'value="{wanted.id}"' not in dialog.response.text
    found = staff_client.get(f"{url}?contacts=zO").get_json()["contacts"]
    assert len(found) == 10
    [one] = staff_client.get(f"{url}?contacts=zz_l").get_json()["contacts"]
    assert one == {
        "id": wanted.id, "name": "Zoë Zz_last", "email": "zz@example.com",
        "sentence": "No permission for Invoices; gets it all the same if selected here",
        "reachable": True, "wants_no_mail": False,
    }  # fmt: skip
    for text in ("", "%", "nobody at all", "\x00", "x" * 5000):
        answer = staff_client.get(url, query_string={"contacts": text})
        assert answer.get_json() == {"contacts": []}
    dialog.press("find", find="zz@example", cc="boss@example.com")
    assert dialog.data["to"] == [str(ada.id)]
    assert dialog.data["cc"] == "boss@example.com"
    assert f'value="{wanted.id}"' in dialog.response.text
    dialog.press("preview", to=[ada.id, wanted.id], find="")
    assert dialog.data["to"] == [str(ada.id), str(wanted.id)]


def test_statements_do_not_grow(
    staff_client: FlaskClient, statements: Make, customer: Any, url: str, make_contact: Make
) -> None:
    """Opening, sending: as many statements for twelve recipients as for two, but the mails'."""
    for _ in range(2):
        make_contact(customer, **GETS)
    counts = []
    for _ in range(2):
        with statements() as opened:
            dialog = Dialog(staff_client, url)
        with statements() as sent:
            dialog.press("send")
        own = [[one for one in seen if "ab_" not in one] for seen in (opened, sent)]
        writes = [one for one in own[1] if one.startswith("INSERT")]
        assert len(writes) == 2 * len(dialog.data["to"])  # the mail and the activity
        updates = sum(one.startswith("UPDATE host_invoice") for one in own[1])
        counts.append((len(own[0]), len(own[1]) - len(writes) - updates))
        for _ in range(10):
            make_contact(customer, **GETS)
    assert counts[0] == counts[1]
    assert counts[0][0] <= 13
    assert counts[0][1] <= 35


@pytest.mark.filterwarnings("ignore::DeprecationWarning")  # Flask-AppBuilder's own search form
def test_the_envelope_is_there_for_who_may_send(
    staff_client: FlaskClient, staff: Make, customer: Any, url: str, invoice: HostInvoice,
    make_contact: Make,
) -> None:  # fmt: skip
    """On each row of the list and on the record's page; not without ``can_send``."""
    make_contact(customer, **GETS)
    pages = ("/hostinvoiceview/list/", f"/hostinvoiceview/show/{invoice.id}")
    for path in pages:
        assert staff_client.get(path).text.count(f'href="{url}"') == 1, path
    others = [("can_list", "HostInvoiceView"), ("can_show", "HostInvoiceView")]
    without = staff(*others)
    for path in pages:
        html = without.get(path).text
        assert "A-1" in html
        assert "/send/" not in html
    for path in (url, f"{url}?contacts=a", f"{url}?file=0&language=en"):
        response = without.get(path)
        assert response.status_code in {302, 403}, path
        assert "/send/" not in (response.location or "")
        assert "Ada" not in response.text


def test_staff_send_only_what_they_see(
    app: Flask, staff: Make, customer: Any, url: str, make_contact: Make
) -> None:
    """S7: with ``can_send``, a record of a customer that is hidden from them is a 404, and so
    is a record that there is not."""
    make_contact(customer, **GETS)
    client = staff(("can_send", "HostInvoiceView"))
    status = 200 if LIMITS_STAFF else 404  # there the role is of the customer's region
    for path in (url, f"{url}?contacts=a", f"{url}?file=0&language=en"):
        assert client.get(path).status_code == status, path
    admin = app.test_client()
    testing.staff_sign_in(admin, *ADMIN)
    for pk in ("999", "x", "0", "-1", "99999999999999999999", "1e3"):
        assert admin.get(f"/hostinvoiceview/send/{pk}").status_code == 404, pk


def test_hidden_customers_are_hidden_in_the_dialog(
    session: Session, staff: Make, make_customer: Make, make_contact: Make
) -> None:
    """S7, on both hosts: the invoice is listed for them, the contacts behind it are not told."""
    hidden = make_customer(**({"region": "South"} if LIMITS_STAFF else {}))
    make_contact(hidden, **GETS)
    row = HostInvoice(number="H", issued_on=date(2026, 1, 1), total=1, customer_id=hidden.id)
    session.add(row)
    session.commit()
    client = staff(("can_send", "HostInvoiceView"))
    for method in (client.get, client.post):
        assert method(f"/hostinvoiceview/send/{row.id}").status_code == 404


def test_get_changes_nothing(
    session: Session, staff_client: FlaskClient, customer: Any, url: str, make_contact: Make
) -> None:
    """3.5.3: not even with the fields of a sending in the address."""
    make_contact(customer, **GETS)
    data = Dialog(staff_client, url).data
    for method in ("GET", "HEAD"):
        response = staff_client.open(url, method=method, query_string={**data, "action": "send"})
        assert response.status_code == 200
    assert session.scalar(select(func.count()).select_from(Mail)) == 0
    assert session.scalars(select(HostInvoice.status)).all() == ["draft"]


def test_what_the_host_refuses_is_shown(
    session: Session, staff_client: FlaskClient, customer: Any, url: str, make_contact: Make,
    monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    """2.3.3: after_send raises, the page says it, and nothing of the sending is left."""
    make_contact(customer, **GETS)

    def refuse(view: Any, record: HostInvoice, sent: Any) -> None:
        record.status = "sent"
        raise InvalidInput({"": ["This invoice is paid."]})

    monkeypatch.setattr(HostInvoiceView, "after_send", refuse)
    dialog = Dialog(staff_client, url)
    assert dialog.press("send").status_code == 422
    assert "This invoice is paid." in dialog.errors
    assert session.scalar(select(func.count()).select_from(Mail)) == 0
    assert session.scalars(select(HostInvoice.status)).all() == ["draft"]


@pytest.mark.filterwarnings("ignore::DeprecationWarning")  # Flask-AppBuilder's own search form
@pytest.mark.parametrize("widget", [ListBlock, ListThumbnail, ListItem])
def test_a_list_of_the_hosts_own_is_kept(
    app: Flask, staff_client: FlaskClient, url: str, invoice: HostInvoice, widget: type,
    monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    """Whatever widgets the view has: the envelope is one more value of each row."""
    views = app.appbuilder.baseviews  # type: ignore[attr-defined]
    view = next(one for one in views if isinstance(one, HostInvoiceView))
    for name, own in (("list_widget", widget), ("show_widget", ShowBlockWidget)):
        monkeypatch.setattr(view, name, own)
    plain = staff_client.get("/hostinvoiceview/list/").text
    with_envelopes(view)
    html = staff_client.get("/hostinvoiceview/list/").text
    assert 'href="/hostinvoiceview/send/' not in plain
    assert html.count(f'href="{url}"') == 1
    assert issubclass(view.list_widget, widget)
    assert view.list_widget.template == widget.template  # type: ignore[attr-defined]
    assert f'href="{url}"' in staff_client.get(f"/hostinvoiceview/show/{invoice.id}").text


def test_a_record_has_one_key_column(app: Flask) -> None:
    """A mistake of the host's is said at start, with what to do."""
    with app.app_context():
        view = type("Rows", (SendByEmail, ModelView), {"datamodel": SQLAInterface(ContactTopic)})
        with pytest.raises(ConfigError, match="C057"):
            view()
