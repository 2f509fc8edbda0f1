"""The editor of e-mail templates: languages, preview, a test to oneself, back to default."""

from __future__ import annotations

import os
import re
from collections.abc import Callable
from html import unescape
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select
from sqlalchemy.orm import Session

from flask_contacts import MailTemplate, MergeField, testing
from flask_contacts.admin.mail.template_contacts import MOST
from flask_contacts.models import Contact, CustomerAdmin, EmailTemplateText, Mail
from flask_contacts.services.mailing import email_templates
from flask_contacts.testing import RecordingSmtp

Make = Callable[..., Any]
LIST = "/contacts-email-templates/"
EDIT = f"{LIST}edit/welcome"
EDITOR = ("can_edit", "Contacts email templates")
CONTACTS = ("can_show", "Customer contacts")
WORDS = {"subject": "Hi {contact_firstname}", "body": "<p>{contact_lastname} says</p>"}
JSON = {"Accept": "application/json"}


@pytest.fixture
def post(csrf: Callable[[FlaskClient, str], str]) -> Make:
    """``post(client, url, **fields)`` with a token of the editor's page."""

    def send(client: FlaskClient, url: str = EDIT, headers: Any = None, **fields: Any) -> Any:
        return client.post(url, data={**fields, "csrf_token": csrf(client, EDIT)}, headers=headers)

    return send


@pytest.fixture
def mara(make_customer: Make, make_contact: Make) -> Any:
    """A contact of a customer."""
    return make_contact(make_customer("Aurora"), firstname="Mara", lastname="Lind")


@pytest.fixture
def staff(app: Flask) -> Make:
    """``staff(*permissions)`` is a browser of sam, who has these and a customer of his own."""

    def make(*permissions: tuple[str, str]) -> FlaskClient:
        with app.app_context():
            sm = app.appbuilder.sm  # type: ignore[attr-defined]
            role = sm.add_role("South")
            for permission, view in permissions:
                pair = sm.find_permission_view_menu(permission, view)
                assert pair is not None, (permission, view)
                sm.add_permission_role(role, pair)
            sm.add_user("sam", "Sam", "Staff", "sam@example.com", role, "sam")
        client = app.test_client()
        assert testing.staff_sign_in(client, "sam", "sam").status_code == 302
        return client

    return make


@pytest.fixture
def of_sam(app: Flask, session: Session, make_customer: Make) -> Make:
    """``of_sam("Mine")`` is a customer that sam sees, on either host."""

    def make(company: str) -> Any:
        if os.environ.get("TEST_HOST") == "own":
            return make_customer(company, region="South")
        customer = make_customer(company)
        with app.app_context():
            sam = app.appbuilder.sm.find_user("sam")  # type: ignore[attr-defined]
        session.add(CustomerAdmin(customer_id=customer.id, staff_id=sam.id))
        session.commit()
        return customer

    return make


def frame_of(html: str) -> str:
    """The mail in the page's frame."""
    found = re.search(r'<iframe [^>]*srcdoc="([^"]*)"', html)
    assert found, "the page has no frame"
    return unescape(found[1])


def offered(client: FlaskClient, text: str) -> list[str]:
    """What the look-up gives for a text."""
    response = client.get(f"{LIST}contacts", query_string={"q": text})
    assert response.status_code == 200
    contacts: list[str] = response.get_json()["contacts"]
    return contacts


def rows(session: Session, model: Any) -> list[Any]:
    """All rows of a table, read anew."""
    session.expire_all()
    return list(session.scalars(select(model)))


def test_mails_of_the_host_stand_apart(
    app: Flask, staff_client: FlaskClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A template that the host added is listed under the host's name, with its own fields;
    the preview shows their examples, or what they are."""
    visit = MailTemplate("visit", "Our visit", subject="{day}", body="<p>{day}: {reason}</p>",
                         fields=(MergeField("day", "Day of the visit"),
                                 MergeField("reason", "Why", example="A leak")))  # fmt: skip
    monkeypatch.setitem(app.extensions["contacts"].registry.mail_templates, "visit", visit)
    html = staff_client.get(LIST).text
    assert html.index("Accounts and sign-in") < html.index("Set New Password")
    assert html.index("Set New Password") < html.index("Mails of Test Host")
    assert html.index("Mails of Test Host") < html.index("Our visit")
    html = staff_client.get(f"{LIST}edit/visit").text
    assert 'data-insert="{day}"' in html
    assert "[Day of the visit]: A leak" in frame_of(html)


def test_languages_show_whose_words_they_have(
    app: Flask, staff_client: FlaskClient, session: Session, post: Make
) -> None:
    """Own words are marked in the list and at their language; a stand-in is named."""
    app.config["LANGUAGES"] = {**app.config["LANGUAGES"], "fr": {"flag": "fr", "name": "Français"}}
    assert "These are the words that the template came with" in staff_client.get(EDIT).text
    html = staff_client.get(f"{EDIT}?language=fr").text
    assert "This mail is not translated into Français: its readers get it in English" in html
    post(staff_client, **WORDS)
    html = staff_client.get(EDIT).text
    assert "These are your own words." in html
    assert len(re.findall(r"Your own words\)", html)) == 1
    assert re.search(r"Your own <small[^>]*>English</small>", staff_client.get(LIST).text)
    html = staff_client.get(f"{EDIT}?language=fr").text
    assert "Nothing of your own in Français: its readers get your words in English" in html
    assert 'value="Hi {contact_firstname}"' in html
    assert '<html lang="en"' in frame_of(html)
    html = staff_client.get(f"{EDIT}?language=pt_BR").text
    assert "These are the words that the template came with" in html


def test_the_page_opens_with_a_real_contact(staff_client: FlaskClient, mara: Any) -> None:
    """The newest contact stands in the field, and in the mail."""
    html = staff_client.get(EDIT).text
    assert f'Mara Lind, {mara.email}, Aurora"' in html
    assert "Dear Mara Lind," in frame_of(html)


def test_preview_of_unsaved_words(
    staff_client: FlaskClient, session: Session, post: Make, mara: Any
) -> None:
    """Without JavaScript a button shows the mail; what was typed stays, nothing is saved."""
    response = post(staff_client, do="preview", contact="lind", **WORDS)
    assert response.status_code == 200
    assert ">Hi Mara</strong>" in response.text
    assert "Lind says" in frame_of(response.text)
    assert 'value="Hi {contact_firstname}"' in response.text
    assert "&lt;p&gt;{contact_lastname} says&lt;/p&gt;" in response.text
    assert 'value="lind"' in response.text
    assert rows(session, EmailTemplateText) == []


def test_preview_for_the_script(
    staff_client: FlaskClient, session: Session, post: Make, mara: Any
) -> None:
    """The script gets subject, page and text, in the language that is edited."""
    response = post(staff_client, f"{EDIT}?language=pt_BR", JSON, do="preview",
                    contact=f"whatever (#{mara.id})", **WORDS)  # fmt: skip
    answer = response.get_json()
    assert answer["subject"] == "Hi Mara"
    assert "Lind says" in answer["html"]
    assert '<html lang="pt-BR"' in answer["html"]
    assert answer["text"].startswith("Lind says\n")
    assert answer["problems"] == []
    assert rows(session, EmailTemplateText) == []


def test_preview_without_a_contact(staff_client: FlaskClient, post: Make, mara: Any) -> None:
    """An emptied field shows what stands where."""
    answer = post(staff_client, EDIT, JSON, do="preview", contact="", **WORDS).get_json()
    assert answer["subject"] == "Hi [First name of the contact]"
    assert answer["problems"] == []


@pytest.mark.parametrize(
    ("fields", "problem"),
    [
        ({"subject": "x", "body": "<p>{nobody}</p>"},
         "Body (HTML): There is no merge field {nobody} in this template."),
        ({"subject": "{Contact Name}", "body": "x"},
         "Subject: There is no merge field {Contact Name} in this template."),
        ({"subject": "x", "body": ""}, "Body (HTML): This field is required."),
        ({"subject": "x", "body": "<p><b>{contact_</b>firstname}</p>"},
         "Body (HTML): A format begins or ends within {contact_firstname}. "
         "Put the field in again."),
        ({"subject": "x", "body": "<b>" * 16_000},
         "Body (HTML): Too many tags stand in one another here. Take some away."),
    ],
)  # fmt: skip
def test_preview_names_what_is_wrong(
    staff_client: FlaskClient, post: Make, fields: dict[str, str], problem: str
) -> None:
    """M1: an unknown merge field is named while one types, and at its field without a script."""
    answer = post(staff_client, EDIT, JSON, do="preview", **fields).get_json()
    assert answer["problems"] == [problem]
    assert "html" not in answer
    page = post(staff_client, do="preview", **fields)
    assert page.status_code == 422
    assert problem.partition(": ")[2] in unescape(page.text)


def test_names_are_text_in_the_preview(
    staff_client: FlaskClient, post: Make, make_customer: Make, make_contact: Make
) -> None:
    """1.2.1: a name that is markup stays a name: in the mail, the frame, the list of names."""
    attack = "<img src=x onerror=alert(1)>"
    make_contact(make_customer(f"{attack}Ltd"), firstname=attack, lastname='"><script>alert(2)')
    words = {"subject": "{contact_firstname}", "body": "<p>{contact_lastname}{customer_name}</p>"}
    html = post(staff_client, do="preview", contact="script", **words).text
    assert f'do="preview" contact="{attack}' not in html
    for text in (html, frame_of(html)):
        assert "<img" not in text
        assert "alert(2)" in text
    assert "<script>alert" not in html
    assert "<script" not in frame_of(html)
    labels = offered(staff_client, "script")
    assert len(labels) == 1
    assert attack in labels[0]  # JSON: the page's script puts it in as text


def test_poisoned_words(staff_client: FlaskClient, post: Make, mara: Any) -> None:
    """1.3.1, 1.3.7: neither scripts nor a template language survive, and the frame runs none."""
    body = (
        "<script>alert(1)</script><iframe src='https://evil.example'></iframe>"
        "<p onclick='alert(2)' style='x:y'>{{ 7*7 }}{% raw %}</p>"
        "<a href='javascript:alert(3)'>go</a><base href='https://evil.example'>"
    )
    html = post(staff_client, do="preview", contact="", subject="{{ config }}", body=body).text
    frame = frame_of(html)
    for gone in ("alert", "evil.example", "onclick", "x:y", "49"):
        assert gone not in frame
    assert "{{ 7*7 }}{% raw %}" in frame
    assert ">{{ config }}</strong>" in html
    tag = re.search(r"<iframe [^>]*>", html)
    assert tag is not None
    assert 'sandbox=""' in tag[0]
    assert '<base target="_blank">' in frame


def test_stored_words_that_went_bad(staff_client: FlaskClient, session: Session, mara: Any) -> None:
    """The editor opens for words that could not be saved today, and says what is wrong."""
    session.add(EmailTemplateText(name="welcome", language="en", subject="{gone}", body="<b>x"))
    session.commit()
    response = staff_client.get(EDIT)
    assert response.status_code == 200
    assert "Subject: There is no merge field {gone} in this template." in response.text
    assert 'value="{gone}"' in response.text


def test_a_test_arrives(
    staff_client: FlaskClient, session: Session, smtp: RecordingSmtp, drain: Make, post: Make,
    mara: Any,
) -> None:  # fmt: skip
    """The unsaved words go to the staff user's own address, and the page says where."""
    response = post(staff_client, do="test", contact="Lind", **WORDS)
    assert "A test is on its way to admin@example.com." in response.text
    assert 'value="Hi {contact_firstname}"' in response.text
    drain()
    assert smtp.recipients == [["admin@example.com"]]
    mail = smtp.messages[0]
    assert mail["Subject"] == "Hi Mara"
    text = mail.get_body(("plain",))
    assert text is not None
    assert text.get_content().startswith("Lind says")
    assert rows(session, EmailTemplateText) == []


def test_a_test_for_the_script(
    staff_client: FlaskClient, session: Session, post: Make, mara: Any
) -> None:
    """The same without leaving the page; words that are wrong send nothing."""
    answer = post(staff_client, EDIT, JSON, do="test", contact="", **WORDS).get_json()
    assert answer["said"] == "A test is on its way to admin@example.com."
    assert len(rows(session, Mail)) == 1
    answer = post(staff_client, EDIT, JSON, do="test", subject="{x}", body="x").get_json()
    assert answer["said"] == ""
    assert answer["problems"] == ["Subject: There is no merge field {x} in this template."]
    assert len(rows(session, Mail)) == 1


@pytest.mark.parametrize(
    ("address", "message"),
    [("", "Your own account has no e-mail address"), ("jörg@example.com", "jörg@example.com")],
)
def test_no_address_for_a_test(
    app: Flask, staff_client: FlaskClient, session: Session, post: Make, address: str, message: str
) -> None:
    """Staff without an address that mail can reach are told so; nothing is sent or lost."""
    with app.app_context():
        sm = app.appbuilder.sm  # type: ignore[attr-defined]
        user = sm.find_user("admin")
        user.email = address
        sm.update_user(user)
    response = post(staff_client, do="test", contact="", **WORDS)
    assert response.status_code == 422
    assert message in response.text
    assert 'value="Hi {contact_firstname}"' in response.text
    assert rows(session, Mail) == []


def test_look_up(staff_client: FlaskClient, mara: Any, make_customer: Make, make_contact: Make,
                 ) -> None:  # fmt: skip
    """Every word must stand in name or address; wildcards are letters like others."""
    make_contact(make_customer("Borealis"), firstname="Ole", lastname="Lindqvist")
    mara_label = f"Mara Lind, {mara.email}, Aurora"
    assert offered(staff_client, "lind mara") == [mara_label]
    assert offered(staff_client, "LIND")[-1] == mara_label
    assert len(offered(staff_client, "lind")) == 2
    for nothing in ("%", "_", "lind nobody", "a b c d e", "x" * 201):
        assert offered(staff_client, nothing) == []


def test_look_up_is_bounded(
    staff_client: FlaskClient, session: Session, statements: Make, make_customer: Make
) -> None:
    """Whatever the number of contacts, few are read, in the same number of statements."""

    def add(count: int) -> None:
        customers = [make_customer() for _number in range(count)]
        session.add_all(
            Contact(customer_id=one.id, firstname="Ann", lastname=f"L{number}", email_scope=one.id)
            for number, one in enumerate(customers)
        )
        session.commit()

    counts = []
    for more in (2, 40):
        add(more)
        for url in (f"{LIST}contacts?q=ann", EDIT):
            staff_client.get(url)
            with statements() as seen:
                assert staff_client.get(url).status_code == 200
            counts.append(len(seen))
    assert counts[:2] == counts[2:]
    assert len(offered(staff_client, "ann")) == MOST
    assert staff_client.get(EDIT).text.count("<option value=") <= MOST


def test_two_contacts_of_one_name(
    staff_client: FlaskClient, post: Make, make_customer: Make, make_contact: Make
) -> None:
    """Words that more than one contact holds choose none; these are offered."""
    for company in ("Aurora", "Borealis"):
        make_contact(make_customer(company), firstname="Mara", lastname="Lind")
    response = post(staff_client, do="preview", contact="mara", **WORDS)
    assert response.status_code == 422
    assert "No contact, or more than one, is called that." in response.text
    assert 'value="mara"' in response.text
    assert len(re.findall("<option value=.Mara Lind,", response.text)) == 2
    assert "[First name of the contact]" in response.text


def test_hidden_contacts_are_unknown(
    staff: Make, of_sam: Make, post: Make, session: Session, make_customer: Make,
    make_contact: Make,
) -> None:  # fmt: skip
    """S7: contacts of customers that one does not see are not offered, found or shown."""
    sam = staff(EDITOR, CONTACTS)
    mine = make_contact(of_sam("Mine"), firstname="Mara", lastname="Lind")
    hidden = make_contact(make_customer("Hidden Ltd"), firstname="Harriet", lastname="Lindqvist")
    loose = Contact(firstname="Nadia", lastname="Lindon", email_scope="", created_by_id=1)
    own = Contact(firstname="Olaf", lastname="Lindow", email_scope="-", created_by_id=2)
    session.add_all([loose, own])
    session.commit()
    assert [label.split()[0] for label in offered(sam, "lind")] == ["Olaf", "Mara"]
    secrets = ("Hidden Ltd", "Harriet", "Nadia", "Lindqvist")
    for contact_id in (hidden.id, loose.id):
        pages = [
            sam.get(f"{EDIT}?contact={contact_id}").text,
            post(sam, do="preview", contact=f"x (#{contact_id})", **WORDS).text,
            post(sam, EDIT, JSON, do="preview", contact=f"x (#{contact_id})", **WORDS).text,
        ]
        assert [secret for secret in secrets for page in pages if secret in page] == []
    assert post(sam, EDIT, JSON, do="preview", contact="Harriet", **WORDS).get_json()["problems"]
    assert "Dear Mara Lind" in frame_of(sam.get(f"{EDIT}?contact={mine.id}").text)
    session.delete(own)
    session.commit()
    assert "Dear Mara Lind" in frame_of(sam.get(EDIT).text)


def test_archived_contacts_are_not_offered(
    staff_client: FlaskClient, session: Session, mara: Any
) -> None:
    """Who was put away is no example any more."""
    from flask_contacts.clock import utc_now

    mara.active, mara.is_primary, mara.primary_of, mara.archived_at = False, False, None, utc_now()
    session.commit()
    assert offered(staff_client, "Mara") == []
    assert "Mara" not in staff_client.get(f"{EDIT}?contact={mara.id}").text


def test_staff_who_see_no_contacts(staff: Make, post: Make, of_sam: Make, make_contact: Make
                                   ) -> None:  # fmt: skip
    """Who may change words but see no contact gets the mail with labels in it."""
    sam = staff(EDITOR)
    contact = make_contact(of_sam("Mine"), firstname="Mara")
    html = sam.get(f"{EDIT}?contact={contact.id}").text
    assert 'name="contact"' not in html
    assert "Dear [First name of the contact]" in frame_of(html)
    assert offered(sam, "") == []
    answer = post(sam, EDIT, JSON, do="preview", contact=f"(#{contact.id})", **WORDS).get_json()
    assert answer["subject"] == "Hi [First name of the contact]"


def test_staff_who_may_only_look(staff: Make, mara: Any) -> None:
    """The look-up belongs to the editor: reading the list opens neither."""
    sam = staff(("can_show", "Contacts email templates"), CONTACTS)
    assert sam.get(LIST).status_code == 200
    for url in (EDIT, f"{LIST}contacts?q=mara", f"{LIST}reset/welcome"):
        response = sam.get(url)
        assert response.status_code in {302, 403}
        assert "Mara" not in response.text


def test_saving_keeps_the_contact(
    staff_client: FlaskClient, session: Session, post: Make, mara: Any
) -> None:
    """After saving, the mail is shown with the same contact."""
    response = post(staff_client, contact=f"Mara (#{mara.id})", do="save", **WORDS)
    assert response.location == f"{EDIT}?language=en&contact={mara.id}"
    assert [row.subject for row in rows(session, EmailTemplateText)] == ["Hi {contact_firstname}"]


def test_an_unknown_contact_does_not_stop_saving(
    staff_client: FlaskClient, session: Session, post: Make
) -> None:
    """The contact is for the preview alone."""
    assert post(staff_client, contact="nobody", do="save", **WORDS).status_code == 302
    assert len(rows(session, EmailTemplateText)) == 1


def test_back_to_default_asks_first(
    staff_client: FlaskClient, session: Session, post: Make
) -> None:
    """The page shows what goes and what comes; opening it changes nothing."""
    assert "Back to default" not in staff_client.get(EDIT).text
    post(staff_client, **WORDS)
    assert f"{LIST}reset/welcome?language=en" in staff_client.get(EDIT).text
    html = staff_client.get(f"{LIST}reset/welcome").text
    assert html.index("Welcome aboard") < html.index("Your words now") < html.index("Hi {contact")
    assert len(rows(session, EmailTemplateText)) == 1
    assert post(staff_client, f"{LIST}reset/welcome").status_code == 302
    assert rows(session, EmailTemplateText) == []
    html = staff_client.get(f"{LIST}reset/welcome").text
    assert "There are no words of your own in English." in html


def test_back_to_default_shows_the_stand_in(
    app: Flask, staff_client: FlaskClient, session: Session, post: Make
) -> None:
    """What comes back may be the staff's words in another language, and these are shown."""
    app.config["LANGUAGES"] = {**app.config["LANGUAGES"], "fr": {"flag": "fr", "name": "Français"}}
    post(staff_client, subject="English of ours", body="<p>x</p>")
    post(staff_client, f"{EDIT}?language=fr", subject="Bonjour", body="<p>x</p>")
    html = staff_client.get(f"{LIST}reset/welcome?language=fr").text
    assert html.index("English of ours") < html.index("Bonjour")
    post(staff_client, f"{LIST}reset/welcome?language=fr")
    assert [row.language for row in rows(session, EmailTemplateText)] == ["en"]


def test_switch_in_the_editor(
    app: Flask, staff_client: FlaskClient, session: Session, post: Make
) -> None:
    """On and off from the editor; unsaved words stay, and are not saved either."""
    for action, enabled, other in (("off", False, "on"), ("on", True, "off")):
        response = post(staff_client, do=action, **WORDS)
        assert response.status_code == 200
        assert 'value="Hi {contact_firstname}"' in response.text
        assert f'name="do" value="{other}"' in response.text
        with app.app_context():
            session.expire_all()
            assert email_templates.template_enabled(session, "welcome") is enabled
    assert rows(session, EmailTemplateText) == []


def test_required_template_has_no_switch(
    app: Flask, staff_client: FlaskClient, session: Session, post: Make
) -> None:
    """Mail with a link stays on; the page says why, and a forged switch is refused."""
    url = f"{LIST}edit/set_password"
    html = staff_client.get(url).text
    assert "Always on: it carries a link or a security notice." in html
    assert 'name="do" value="off"' not in html
    response = post(staff_client, url, do="off", **WORDS)
    assert "This e-mail is about security and is always sent." in response.text
    with app.app_context():
        assert email_templates.template_enabled(session, "set_password")


@pytest.mark.parametrize(
    ("fields", "status"), [({"do": "delete"}, 400), ({"do": "save", "name": "x"}, 422)]
)
def test_forged_forms(
    staff_client: FlaskClient, session: Session, post: Make, fields: dict[str, str], status: int
) -> None:
    """An action or a field that the page does not have is refused; nothing is saved."""
    assert post(staff_client, **WORDS, **fields).status_code == status
    assert rows(session, EmailTemplateText) == []


@pytest.mark.parametrize("do", ["preview", "test", "save", "off"])
def test_without_a_token(staff_client: FlaskClient, session: Session, do: str) -> None:
    """No other site can have words saved, or a test sent."""
    assert staff_client.post(EDIT, data={"do": do, **WORDS}, headers=JSON).status_code == 400
    assert rows(session, EmailTemplateText) == []
    assert rows(session, Mail) == []


def test_enter_previews(staff_client: FlaskClient, mara: Any) -> None:
    """The first button of the form is what Enter presses: it changes nothing."""
    html = staff_client.get(EDIT).text
    form = html[html.index('id="template-form"') :]
    first = re.search(r'<button type="submit" name="do" value="(\w+)"', form)
    assert first is not None
    assert first[1] == "preview"


def test_no_inline_scripts(staff_client: FlaskClient, mara: Any) -> None:
    """3.4: the page's own scripts are files; nothing runs from an attribute."""
    html = staff_client.get(EDIT).text
    page = html[html.index('class="contacts-page') :]
    page = re.sub(r'srcdoc="[^"]*"', "", page)
    assert not re.search(r"\son\w+=", page.partition("</main>")[0])
    assert "admin/template_editor.js" in html
