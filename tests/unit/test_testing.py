"""The helpers that hosts use in their tests do what they say."""

from __future__ import annotations

import smtplib
from collections.abc import Callable
from email.message import EmailMessage
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import Engine, text

from flask_contacts import testing


def send(smtp: testing.RecordingSmtp, *recipients: str) -> None:
    """Send a mail as any program does."""
    message = EmailMessage()
    message["Subject"] = "Olá"
    message["From"] = "host@example.com"
    message["To"] = ", ".join(recipients)
    message.set_content("Open https://crm.example.com/portal/?a=1 now\n")
    with smtplib.SMTP(smtp.hostname, smtp.port) as connection:
        connection.send_message(message)


def test_smtp_keeps_what_it_is_sent(smtp: testing.RecordingSmtp) -> None:
    """Mails arrive parsed, with their recipients, and their links can be followed."""
    send(smtp, "ada@example.com", "grace@example.com")
    (message,) = smtp.to("grace@example.com")
    assert message["Subject"] == "Olá"
    assert testing.links_in(message) == ["https://crm.example.com/portal/?a=1"]
    assert smtp.to("nobody@example.com") == []


def test_smtp_refuses_on_demand(smtp: testing.RecordingSmtp) -> None:
    """A recipient can be refused for good, and the whole server can be out of order."""
    smtp.replies["ada@example.com"] = "550 no such user"
    with pytest.raises(smtplib.SMTPRecipientsRefused):
        send(smtp, "ada@example.com")
    smtp.down = True
    with pytest.raises(smtplib.SMTPSenderRefused) as refused:
        send(smtp, "grace@example.com")
    assert refused.value.smtp_code == 451
    assert smtp.messages == []


def test_smtp_is_where_the_host_sends(app: Flask, smtp: testing.RecordingSmtp) -> None:
    """Flask-Mail of the host points at the server, and mail is not suppressed."""
    state = app.extensions["mail"]
    assert (state.server, state.port, state.suppress) == (smtp.hostname, smtp.port, False)


def test_statements_are_counted(engine: Engine) -> None:
    """Statements of the block count, those before and after it do not."""
    with engine.connect() as connection:
        connection.execute(text("SELECT 1"))
        with testing.count_statements(engine) as statements:
            connection.execute(text("SELECT 2"))
        connection.execute(text("SELECT 3"))
    assert statements == ["SELECT 2"]


def test_csrf_token_is_found(app: Flask, client: FlaskClient) -> None:
    """The token of a form is found, and a page without one is an error that says so."""
    assert testing.csrf_token(client, testing.portal_url(app, "/sign-in"))
    with pytest.raises(AssertionError, match="no CSRF token at /static/"):
        testing.csrf_token(client, "/static/appbuilder/css/ab.css")


def test_made_contact_signs_in(
    client: FlaskClient, make_customer: Callable[..., Any], make_contact: Callable[..., Any]
) -> None:
    """A contact from the factory can sign in with the password that all of them have."""
    contact = make_contact(make_customer(), email="ada@example.com")
    assert testing.portal_sign_in(client, contact.email, "a wrong password").status_code != 302
    assert testing.portal_sign_in(client, contact.email).status_code in {302, 303}


def test_factories_make_different_ones(
    make_customer: Callable[..., Any], make_contact: Callable[..., Any]
) -> None:
    """Contacts and customers get names and addresses of their own."""
    customers = [make_customer(), make_customer()]
    contacts = [make_contact(customer) for customer in customers for _ in range(2)]
    assert len({customer.company for customer in customers}) == 2
    assert len({contact.email for contact in contacts}) == 4


def test_nothing_stays_of_other_tests(app: Flask, engine: Engine) -> None:
    """Each test starts on an empty database that has the staff user and nobody else."""
    with engine.connect() as connection:
        assert connection.scalar(text("SELECT count(*) FROM contacts_contact")) == 0
        assert connection.scalar(text("SELECT count(*) FROM contacts_customer")) == 0
        assert connection.scalar(text("SELECT count(*) FROM ab_user")) == 1
