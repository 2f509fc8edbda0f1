"""New Contact and Edit: what is shown, taken, refused and said (BEHAVIOUR C1 to C11)."""

from __future__ import annotations

import re
from collections.abc import Callable
from html import unescape
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from flask_contacts.models import Contact, Login, Mail
from tests.host_app import LIMITS_STAFF, customer_url

Make = Callable[..., Any]
LABELS = (
    "Firstname", "Lastname", "Position", "Email", "Phone", "Password", "Primary contact",
    "Do not send a welcome email", "Send set new password email",
)  # fmt: skip
MORE = (
    "Middle name", "Birthday", "Do not send emails", "Do not call", "Is user",
    "Contact preferences", "Notes", "Manager", "Account manager", "Certificate", "Timezone",
    "Language", "Mobile phone", "Mobile phone 2", "Email 2", "Other contacts",
)  # fmt: skip
#: Where a host's own filters may hide customers, the words may tell less.
ON_ITS_WAY = ["On its way to grace@example.com", *["The emails you asked for"] * LIMITS_STAFF]
NO_MAIL = ["No email was sent.", *["You asked for no email."] * LIMITS_STAFF]
TOLD = [
    "Tell Grace Hopper the password yourself",
    *["The typed password counts only as long as Grace Hopper"] * LIMITS_STAFF,
]
FIELDS: dict[str, Any] = {
    "firstname": "Grace",
    "lastname": "Hopper",
    "email": "grace@example.com",
    "send_password_mail": "y",
    "is_user": "y",
}


@pytest.fixture
def customer(make_customer: Make) -> Any:
    """A customer without contacts."""
    return make_customer(company="Acme")


@pytest.fixture
def post(
    staff_client: FlaskClient, csrf: Callable[[FlaskClient, str], str], customer: Any
) -> Callable[..., Any]:
    """``post(**fields)`` sends the New Contact form; ``None`` leaves a field out."""

    def send(url: str | None = None, **fields: Any) -> Any:
        url = url or f"/customercontacts/new/{customer.id}"
        values = {**FIELDS, **fields, "csrf_token": csrf(staff_client, "/contacts-settings/")}
        return staff_client.post(
            url, data={name: value for name, value in values.items() if value is not None}
        )

    return send


def text_of(html: str) -> str:
    """The words of a page in one line."""
    return unescape(re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", html)))


def tag(html: str, name: str, value: str = "") -> str:
    """The tag of a form's field (of the one with this value)."""
    for found in re.findall(r"<(?:input|select|textarea)\b[^>]*>", html):
        if f'name="{name}"' in found and (not value or f'value="{value}"' in found):
            return str(found)
    raise AssertionError(f"no field {name}={value}")


def messages(client: FlaskClient, customer: Any) -> str:
    """What the customer's page says after a redirect."""
    html = client.get(customer_url(customer)).text
    return " ".join(text_of(one) for one in re.findall(r'(?s)<div class="alert.*?</div>', html))


def test_labels_and_order(staff_client: FlaskClient, customer: Any) -> None:
    """The form has the labels of the seeds in their order, then Permissions and the rest."""
    html = staff_client.get(f"/customercontacts/new/{customer.id}").text
    labels = [text_of(one).strip() for one in re.findall(r"(?s)<label[^>]*>(.*?)</label>", html)]
    labels = [label.removesuffix(" *") for label in labels]
    assert labels[: len(LABELS)] == list(LABELS)
    assert labels[-len(MORE) :] == list(MORE)
    between = labels[len(LABELS) : -len(MORE)]
    assert between[:7] == [
        "Invoices", "Estimates", "Contracts", "Proposals", "Support", "Projects",
        "Email Notifications",
    ]  # fmt: skip
    assert between[7:] == [
        "Invoice", "Credit Note", "Estimate", "Tickets", "Project", "Contract", "Task",
    ]  # fmt: skip
    assert html.index("Permissions</legend>") < html.index("Email Notifications</legend>")


def test_first_contact_is_primary(staff_client: FlaskClient, customer: Any, make_contact: Make):
    """C3: for the first contact the box is checked and disabled, for the second it is free."""
    url = f"/customercontacts/new/{customer.id}"
    assert {"checked", "disabled"} <= set(
        re.findall(r"\w+", tag(staff_client.get(url).text, "is_primary"))
    )
    make_contact(customer)
    box = tag(staff_client.get(url).text, "is_primary")
    assert "checked" not in box
    assert "disabled" not in box


def test_defaults(staff_client: FlaskClient, customer: Any) -> None:
    """C5: permissions start as the defaults, topics from them; Is user is ticked."""
    html = staff_client.get(f"/customercontacts/new/{customer.id}").text
    for name, value in (("permissions", "invoices"), ("topics", "credit_note"), ("is_user", "y")):
        assert "checked" in tag(html, name, value)
    assert 'data-proposes="credit_note invoice"' in tag(html, "permissions", "invoices")
    assert "data-proposes" not in tag(html, "permissions", "proposals")


def test_password_field(staff_client: FlaskClient, customer: Any) -> None:
    """The password is typed unseen, and browsers offer to make a new one."""
    field = tag(staff_client.get(f"/customercontacts/new/{customer.id}").text, "password")
    assert 'type="password"' in field
    assert 'autocomplete="new-password"' in field


def test_disabled_welcome_template(
    app: Flask, staff_client: FlaskClient, customer: Any, post: Make, session: Session
) -> None:
    """C8: a disabled template wins; the box is checked and disabled, with the reason."""
    from flask_contacts.services.mailing.email_templates import set_template_enabled

    with app.app_context():
        set_template_enabled(session, "welcome", False)
    html = staff_client.get(f"/customercontacts/new/{customer.id}").text
    assert {"checked", "disabled"} <= set(re.findall(r"\w+", tag(html, "no_welcome_mail")))
    assert "switched off under Setup" in html
    assert post().status_code == 302
    assert session.scalars(select(Mail.template)).all() == ["set_password"]


def test_saving(post: Make, staff_client: FlaskClient, customer: Any, session: Session) -> None:
    """C11: saving leads to the tab and says what happened and what was mailed."""
    response = post(permissions=["support", "invoices"], topics=["tickets"], position="Admiral")
    assert response.status_code == 302
    assert response.location == f"{customer_url(customer)}#ContactsTab"
    contact = session.scalars(select(Contact)).one()
    assert (contact.name, contact.position) == ("Grace Hopper", "Admiral")
    assert contact.is_primary
    assert contact.permission_names == {"support", "invoices"}
    assert contact.topic_names == {"tickets"}
    said = messages(staff_client, customer)
    assert "Grace Hopper is now a contact of Acme." in said
    assert "Grace Hopper is the primary contact now." in said
    what = ": the welcome email, the link to set a password."
    assert any(f"{start}{what}" in said for start in ON_ITS_WAY)


def test_new_primary_says_who_was_demoted(
    post: Make, staff_client: FlaskClient, customer: Any, make_contact: Make
) -> None:
    """C4: making the new contact primary demotes the former and says so."""
    make_contact(customer, firstname="Ada", lastname="Lovelace")
    assert post(is_primary="y").status_code == 302
    said = messages(staff_client, customer)
    assert "Grace Hopper is the primary contact now, no longer Ada Lovelace." in said


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("firstname", ""),
        ("firstname", "x" * 101),
        ("firstname", "a\x00b"),
        ("firstname", "a\x0bb"),
        ("firstname", "a\nb"),
        ("lastname", ""),
        ("lastname", "\u2028"),
        ("position", "x" * 101),
        ("position", "\x1b[31m"),
        ("email", ""),
        ("email", "no address"),
        ("email", "x" * 250 + "@example.com"),
        ("email", "a@example.com\r\nBcc: b@example.com"),
        ("email", "ünïcode@example.com"),
        ("phone", "call me"),
        ("phone", "1" * 41),
        ("password", "short"),
        ("password", "x" * 2000),
        ("password", "with a NUL \x00 inside it"),
        ("permissions", ["no_such_module"]),
        ("topics", ["no_such_topic"]),
        ("middle_name", "x" * 101),
        ("birthday", "31.12.1980"),
        ("birthday", "2999-01-01"),
        ("contact_preference", "pigeon"),
        ("notes", "x" * 10_001),
        ("notes", "a\x00b"),
        ("manager", "nobody@example.com"),
        ("manager", "no address"),
        ("certificate", "x" * 192),
        ("timezone", "Mars/Base"),
        ("language", "tlh"),
        ("mobile_phone", "call me"),
        ("mobile_phone2", "call me"),
        ("email2", "no address"),
        ("other_contacts", "x" * 2_001),
    ],
)  # fmt: skip
def test_bad_input(post: Make, session: Session, name: str, value: object) -> None:
    """Each field: 422, the message at the field, nothing written, nothing mailed."""
    typed = {name: value} if name != "password" else {name: value, "send_password_mail": None}
    response = post(**typed)
    assert response.status_code == 422
    assert f'id="{name}-error"' in response.text
    assert f'href="#{name}"' in response.text
    assert session.scalar(select(func.count()).select_from(Contact)) == 0
    assert session.scalar(select(func.count()).select_from(Mail)) == 0


def test_nothing_typed_is_lost(post: Make) -> None:
    """C11: after an error everything typed is there again, except the password."""
    response = post(
        lastname="",
        position="Rear Admiral",
        notes="first line",
        certificate="<b>bold</b>",
        password="a perfectly good password",
        send_password_mail=None,
        permissions=["support"],
        topics=["task"],
        no_welcome_mail="y",
        contact_preference="email",
        is_user=None,
    )
    html = response.text
    assert response.status_code == 422
    assert 'value="Rear Admiral"' in tag(html, "position")
    assert "first line" in html
    assert 'value="&lt;b&gt;bold&lt;/b&gt;"' in tag(html, "certificate")
    assert "a perfectly good password" not in html
    assert "checked" in tag(html, "permissions", "support")
    assert "checked" not in tag(html, "permissions", "invoices")
    assert "checked" in tag(html, "topics", "task")
    assert "checked" in tag(html, "no_welcome_mail")
    assert "checked" not in tag(html, "is_user")
    assert '<option value="email" selected>' in html
    assert 'aria-invalid="true"' in tag(html, "lastname")
    assert 'aria-describedby="lastname-error"' in tag(html, "lastname")


def test_fold_opens_for_its_errors(post: Make) -> None:
    """The fold More is closed, and opens by itself when a field in it has an error, or when
    something was typed or ticked in it and the form is shown again for another field."""
    shut, opened = '<details class="contacts-more">', '<details class="contacts-more" open>'
    assert shut in post(lastname="").text
    assert opened in post(timezone="Mars/Base").text
    for changed in ({"notes": "x"}, {"do_not_call": "y"}, {"is_user": None}, {"language": "pt_BR"}):
        assert opened in post(lastname="", **changed).text


def test_all_problems_in_one_round(post: Make, make_contact: Make, customer: Any) -> None:
    """Fields, password, taken address, both managers: the page names all of them at once."""
    make_contact(customer, email="grace@example.com")
    wrong = {
        "firstname": "",
        "password": "short",
        "send_password_mail": None,
        "phone": "call me",
        "manager": "nobody@example.com",
        "account_manager": "nobody",
    }
    html = post(**wrong).text
    named = set(re.findall(r'id="(\w+)-error"', html))
    assert named == {*wrong, "email"} - {"send_password_mail"}


def test_a_circle_of_managers(post: Make, make_contact: Make, customer: Any) -> None:
    """Who reports to a contact cannot be the manager: told at the field, with the name."""
    boss = make_contact(customer, email="grace@example.com")
    make_contact(customer, firstname="Ada", lastname="Lovelace", email="ada@example.com",
                 manager="grace@example.com")  # fmt: skip
    url = f"/customercontacts/edit/{customer.id}/{boss.id}"
    refused = post(url, manager="ada@example.com", send_password_mail=None)
    assert refused.status_code == 422
    assert "Ada Lovelace reports to this contact already" in refused.text
    assert '<details class="contacts-more" open>' in refused.text


def test_what_labels_do_not_say(app: Flask, staff_client: FlaskClient, customer: Any) -> None:
    """A module without a page says so, Email Notifications what it is for, and the fields that
    nobody can guess have a sentence; all are read out with their boxes."""
    html = staff_client.get(f"/customercontacts/new/{customer.id}").text
    for name, words in (
        ("estimates", "Has no page in the portal yet."),
        ("email_notifications", "Lets the contact choose own topics in the portal."),
    ):
        assert f'<small class="contacts-hint" id="permissions-{name}-hint">{words}</small>' in html
        assert f'aria-describedby="permissions-{name}-hint"' in tag(html, "permissions", name)
    assert "aria-describedby" not in tag(html, "permissions", "invoices")
    for name in ("certificate", "other_contacts", "language", "is_user"):
        assert f'id="{name}-help"' in html
        assert f'aria-describedby="{name}-help"' in tag(html, name)


def test_help_at_the_password(
    app: Flask, staff_client: FlaskClient, customer: Any, make_contact: Make
) -> None:
    """What an empty password means: with one, with a login without one, without a login."""
    words = []
    for fields in ({}, {"password": "", "send_password_mail": True}, {"is_user": False}):
        contact = make_contact(customer, **fields)
        html = staff_client.get(f"/customercontacts/edit/{customer.id}/{contact.id}").text
        words += re.findall(r'id="password-help">(.*?)</p>', html)
    if LIMITS_STAFF:
        assert len(words) in {0, 3}
    assert words == [] or [one.split()[0] for one in words] == ["Leave", "None", "For"]


def test_password_or_link(post: Make) -> None:
    """C7: without a link a password is required; the message stands at the password."""
    response = post(send_password_mail=None)
    assert response.status_code == 422
    assert 'id="password-error"' in response.text


@pytest.mark.parametrize(
    "name", sorted({column.key for column in Contact.__table__.columns} - set(FIELDS) - {
        "position", "phone", "middle_name", "birthday", "do_not_send_emails", "do_not_call",
        "contact_preference", "notes", "certificate", "timezone", "language", "mobile_phone",
        "mobile_phone2", "email2", "other_contacts", "is_primary",
    })
)  # fmt: skip
def test_foreign_fields_are_refused(post: Make, session: Session, name: str) -> None:
    """8.2.3: a column that is no field of the form is refused, and nothing is written."""
    response = post(**{name: "1"})
    assert response.status_code == 422
    assert session.scalar(select(func.count()).select_from(Contact)) == 0


def test_address_taken_at_this_customer(post: Make, make_contact: Make, customer: Any) -> None:
    """C6: an address that this customer's contact has is refused at the field."""
    make_contact(customer, email="grace@example.com")
    response = post(email="GRACE@Example.com")
    assert response.status_code == 422
    assert 'id="email-error"' in response.text


def test_address_at_another_customer(
    post: Make, make_contact: Make, make_customer: Make, staff_client: FlaskClient, customer: Any
) -> None:
    """C6: a person of another visible customer joins the login, and the page says so."""
    make_contact(make_customer(), email="grace@example.com")
    assert post().status_code == 302
    said = messages(staff_client, customer)
    assert "Grace Hopper already signs in at another customer" in said
    assert "the notice of an added company" in said


def test_typed_password(post: Make, staff_client: FlaskClient, customer: Any) -> None:
    """A typed password is followed by the sentence that it is never mailed."""
    response = post(send_password_mail=None, password="a perfectly good password")
    assert response.status_code == 302
    said = messages(staff_client, customer)
    assert any(words in said for words in TOLD)


def test_password_of_another_login_is_ignored(
    post: Make, make_contact: Make, make_customer: Make, staff_client: FlaskClient, customer: Any
) -> None:
    """C7: staff who see everything are told that the password was not used."""
    make_contact(make_customer(), email="grace@example.com")
    post(send_password_mail=None, password="a perfectly good password")
    assert "The typed password was not used" in messages(staff_client, customer)


@pytest.mark.parametrize("pk", ["0", "999", "abc", "-1", "1.0", "01", "9" * 30, "%00", "1%27"])
@pytest.mark.parametrize("method", ["get", "post"])
def test_unknown_customer(
    staff_client: FlaskClient, csrf: Make, customer: Any, pk: str, method: str
) -> None:
    """A customer that does not exist is 404 with a way back, whatever stands in the address."""
    token = csrf(staff_client, "/contacts-settings/")
    data = {**FIELDS, "csrf_token": token} if method == "post" else None
    response = getattr(staff_client, method)(f"/customercontacts/new/{pk}", data=data)
    assert response.status_code == 404
    assert "Go back" in response.text


def test_edit_shows_what_is_stored(
    staff_client: FlaskClient, customer: Any, make_contact: Make
) -> None:
    """The edit form opens with the stored values, without the box about the welcome mail."""
    boss = make_contact(customer, email="boss@example.com")
    contact = make_contact(
        customer, position="Admiral", birthday="1906-12-09", manager="boss@example.com",
        permissions=["support"], topics=["tickets"], language="pt_BR", do_not_call=True,
    )  # fmt: skip
    html = staff_client.get(f"/customercontacts/edit/{customer.id}/{contact.id}").text
    assert 'value="Admiral"' in tag(html, "position")
    assert 'value="1906-12-09"' in tag(html, "birthday")
    assert 'value="boss@example.com"' in tag(html, "manager")
    assert "checked" in tag(html, "permissions", "support")
    assert "checked" not in tag(html, "permissions", "invoices")
    assert "checked" in tag(html, "do_not_call")
    assert '<option value="pt_BR" selected>' in html
    assert 'name="no_welcome_mail"' not in html
    html = staff_client.get(f"/customercontacts/edit/{customer.id}/{boss.id}").text
    assert {"checked", "disabled"} <= set(re.findall(r"\w+", tag(html, "is_primary")))


def test_edit_saves(
    post: Make, staff_client: FlaskClient, customer: Any, make_contact: Make, session: Session
) -> None:
    """Edit changes the contact and says so; a blank password keeps the old one (C10)."""
    contact = make_contact(customer, email="grace@example.com")
    before = session.scalars(select(Login.password_hash)).one()
    url = f"/customercontacts/edit/{customer.id}/{contact.id}"
    assert post(url, send_password_mail=None, lastname="Murray").status_code == 302
    session.expire_all()
    assert session.get_one(Contact, contact.id).lastname == "Murray"
    assert session.scalars(select(Login.password_hash)).one() == before
    said = messages(staff_client, customer)
    assert any(f"The changes to Grace Murray are saved. {words}" in said for words in NO_MAIL)


def test_edit_password_and_link(post: Make, customer: Any, make_contact: Make) -> None:
    """C10: a typed password and the link together are an error at the field."""
    contact = make_contact(customer, email="grace@example.com")
    url = f"/customercontacts/edit/{customer.id}/{contact.id}"
    response = post(url, password="a perfectly good password")
    assert response.status_code == 422
    assert 'id="password-error"' in response.text


def test_inactive_contact_gets_no_link(
    app: Flask,
    post: Make,
    staff_client: FlaskClient,
    customer: Any,
    make_contact: Make,
    session: Session,
) -> None:
    """C10: the box is disabled with the reason, and a forged one is refused."""
    from flask_contacts.services.contacts.states import deactivate_contact

    contact = make_contact(customer, email="grace@example.com")
    with app.app_context():
        deactivate_contact(session, customer.id, contact.id)
    url = f"/customercontacts/edit/{customer.id}/{contact.id}"
    html = staff_client.get(url).text
    assert "disabled" in tag(html, "send_password_mail")
    assert "This contact is not active, so no link is sent." in html
    assert post(url).status_code == 422


def test_contact_of_another_customer(
    post: Make, staff_client: FlaskClient, make_customer: Make, make_contact: Make, customer: Any
) -> None:
    """A contact under another customer's address is 404, and stays as it was."""
    contact = make_contact(make_customer(), email="other@example.com")
    url = f"/customercontacts/edit/{customer.id}/{contact.id}"
    assert staff_client.get(url).status_code == 404
    assert post(url).status_code == 404


def test_markup_is_escaped(
    post: Make, staff_client: FlaskClient, customer: Any, session: Session
) -> None:
    """1.2.1: markup in a name is text on the tab, in the messages and in the forms."""
    evil = "<img src=x onerror=alert(1)>"
    assert post(firstname=evil, position='"><script>x</script>').status_code == 302
    contact = session.scalars(select(Contact)).one()
    for url in (
        customer_url(customer),
        f"/customercontacts/edit/{customer.id}/{contact.id}",
        f"/customercontacts/deactivate/{customer.id}/{contact.id}",
    ):
        html = staff_client.get(url).text
        assert "<img src=x" not in html
        assert "<script>x" not in html
        assert "&lt;img src=x" in html


def test_a_busy_database_keeps_what_was_typed(
    post: Make, session: Session, monkeypatch: pytest.MonkeyPatch
) -> None:
    """C11: locked for too long, the form is shown again, filled in, and says what to do."""
    from flask_contacts.admin.contacts import form_pages as contact_pages
    from flask_contacts.errors import DatabaseBusy

    def busy(*_: object, **__: object) -> None:
        raise DatabaseBusy("locked")

    monkeypatch.setattr(contact_pages, "create_contact", busy)
    response = post(position="Rear Admiral")
    assert response.status_code == 422
    assert "Save again in a moment" in response.text
    assert "Rear Admiral" in response.text
    assert session.scalars(select(Contact)).all() == []
