"""Setup → Settings and Setup → Email Templates."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy.orm import Session

from flask_contacts.mail.templates import TEMPLATES, merge_fields
from flask_contacts.services import settings
from flask_contacts.services.mailing import email_templates

Make = Callable[..., Any]
LIST = "/contacts-email-templates/"


@pytest.fixture
def post(staff_client: FlaskClient, csrf: Callable[[FlaskClient, str], str]) -> Make:
    """``post(url, **fields)`` with a token."""

    def send(url: str, **fields: Any) -> Any:
        return staff_client.post(
            url, data={**fields, "csrf_token": csrf(staff_client, "/contacts-settings/")}
        )

    return send


def text(app: Flask, session: Session, name: str, language: str) -> Any:
    """The stored words of a template."""
    session.expire_all()
    with app.app_context():
        return email_templates.template_text(session, name, language)


def test_default_permissions(
    app: Flask, post: Make, staff_client: FlaskClient, session: Session, make_customer: Make
) -> None:
    """C5: what is ticked here is ticked in the next New Contact form, with its topics."""
    customer = make_customer()
    response = post("/contacts-settings/", permissions=["support", "invoices"])
    assert response.status_code == 302
    with app.app_context():
        assert settings.default_permissions(session) == {"support", "invoices"}
    page = staff_client.get("/contacts-settings/").text
    ticked = re.findall(r'name="permissions" value="(\w+)" checked', page)
    assert ticked == ["invoices", "support"]
    form = staff_client.get(f"/customercontacts/new/{customer.id}").text
    assert re.findall(r'name="permissions" value="(\w+)" checked', form) == ticked
    topics = re.findall(r'name="topics" value="(\w+)" role="switch" checked', form)
    assert topics == ["invoice", "credit_note", "tickets"]


def test_no_default_permissions(app: Flask, post: Make, session: Session) -> None:
    """None ticked is a choice too."""
    assert post("/contacts-settings/").status_code == 302
    with app.app_context():
        assert settings.default_permissions(session) == frozenset()


@pytest.mark.parametrize(
    "fields", [{"permissions": ["nothing"]}, {"permissions": ["invoices", "<b>"]}, {"id": "1"}]
)
def test_bad_settings(app: Flask, post: Make, session: Session, fields: dict[str, Any]) -> None:
    """A choice or a field that does not exist is refused; nothing changes."""
    assert post("/contacts-settings/", **fields).status_code == 422
    with app.app_context():
        assert "proposals" in settings.default_permissions(session)


def test_list(staff_client: FlaskClient) -> None:
    """Every template stands in the list; only those that may be off have a switch."""
    html = staff_client.get(LIST).text
    for template in TEMPLATES.values():
        assert str(template.label) in html
    switches = re.findall(r'action="/contacts-email-templates/switch/(\w+)"', html)
    may_be_off = ["welcome", "registration_notice", "registration_refused", "comment_mention"]
    assert [name for name in switches if name in TEMPLATES] == may_be_off
    assert "Always on" in html


def test_switch(app: Flask, post: Make, staff_client: FlaskClient, session: Session) -> None:
    """A template is switched off and on again."""
    for wanted, word in (("0", "Switch on"), ("1", "Switch off")):
        assert post(f"{LIST}switch/welcome", enabled=wanted).status_code == 302
        with app.app_context():
            session.expire_all()
            assert email_templates.template_enabled(session, "welcome") is (wanted == "1")
        assert word in staff_client.get(LIST).text


def test_required_template_stays_on(
    app: Flask, post: Make, staff_client: FlaskClient, session: Session
) -> None:
    """A forged switch of a required template is refused with the reason."""
    post(f"{LIST}switch/set_password", enabled="0")
    assert "always sent" in staff_client.get(LIST).text
    with app.app_context():
        assert email_templates.template_enabled(session, "set_password")


@pytest.mark.parametrize("enabled", ["", "2", "on", "true", None])
def test_bad_switch(post: Make, enabled: str | None) -> None:
    """Only on and off can be chosen."""
    fields = {} if enabled is None else {"enabled": enabled}
    assert post(f"{LIST}switch/welcome", **fields).status_code == 400


def test_edit(app: Flask, post: Make, staff_client: FlaskClient, session: Session) -> None:
    """Subject and body are kept for one language, and go back to the default."""
    url = f"{LIST}edit/welcome?language=pt_BR"
    assert "Back to default" not in staff_client.get(url).text
    response = post(url, subject="Oi {contact_firstname}", body="<p>Bem-vinda</p>")
    assert response.location == url
    assert text(app, session, "welcome", "pt_BR").subject == "Oi {contact_firstname}"
    assert not text(app, session, "welcome", "en").changed
    page = staff_client.get(url).text
    assert "Oi {contact_firstname}" in page
    assert "&lt;p&gt;Bem-vinda&lt;/p&gt;" in page
    assert "Back to default" in page
    assert post(f"{LIST}reset/welcome?language=pt_BR").status_code == 302
    assert not text(app, session, "welcome", "pt_BR").changed


def test_merge_fields_are_listed(staff_client: FlaskClient) -> None:
    """The template's own merge fields stand beside it, each a button that inserts it."""
    html = staff_client.get(f"{LIST}edit/set_password").text
    inserts = re.findall(r'data-insert="\{(\w+)\}"', html)
    assert inserts == [field.name for field in merge_fields(TEMPLATES["set_password"])]


@pytest.mark.parametrize(
    ("name", "subject", "body", "field", "message"),
    [
        ("welcome", "", "<p>x</p>", "subject", "required"),
        ("welcome", "x", "", "body", "required"),
        ("welcome", "x" * 201, "<p>x</p>", "subject", "at most"),
        ("welcome", "x", "x" * 50_001, "body", "at most"),
        ("welcome", "a\x0bb", "<p>x</p>", "subject", "cannot be shown"),
        ("welcome", "a\nBcc: x@example.com", "<p>x</p>", "subject", "cannot be shown"),
        ("welcome", "x", "a\x00b", "body", "cannot be shown"),
        ("welcome", "{contact_password}", "<p>x</p>", "subject", "{contact_password}"),
        ("welcome", "x", "<p>{set_password_url}</p>", "body", "{set_password_url}"),
        ("set_password", "x", "<p>no link</p>", "body", "{set_password_url}"),
    ],
)  # fmt: skip
def test_bad_template(
    app: Flask,
    post: Make,
    session: Session,
    name: str,
    subject: str,
    body: str,
    field: str,
    message: str,
) -> None:
    """M1: each problem stands at its field, names what is wrong, and loses nothing typed."""
    response = post(f"{LIST}edit/{name}", subject=subject, body=body)
    assert response.status_code == 422
    error = response.text[response.text.index(f'id="{field}-error"') :].split("</ul>")[0]
    assert message in error
    assert not text(app, session, name, "en").changed


def test_template_syntax_is_only_text(staff_client: FlaskClient, post: Make) -> None:
    """1.3.7: what looks like a template language is shown and kept as it was typed."""
    post(f"{LIST}edit/welcome", subject="{{ config }}", body="<p>{% raw %}{{ 7*7 }}</p>")
    html = staff_client.get(f"{LIST}edit/welcome").text
    assert "{{ config }}" in html
    assert "49" not in html.split("<textarea")[1].split("</textarea>")[0]


@pytest.mark.parametrize(
    "path", ["edit/nothing", "edit/welcome?language=tlh", "edit/welcome?language=", "edit/%00"]
)
def test_unknown_template(staff_client: FlaskClient, path: str) -> None:
    """An unknown template or language is 404."""
    assert staff_client.get(LIST + path).status_code == 404


@pytest.mark.parametrize("path", ["reset/nothing", "reset/welcome?language=tlh", "switch/nothing"])
def test_unknown_template_posted(post: Make, path: str) -> None:
    """The same for what is posted."""
    fields = {"enabled": "1"} if path.startswith("switch") else {}
    assert post(LIST + path, **fields).status_code == 404
