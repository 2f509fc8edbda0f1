"""Fixtures and helpers for tests, those of host applications too; nothing that ships uses it.

In a host's ``conftest.py``::

    from flask_contacts.testing import smtp, smtp_server     # fixtures

and in its tests::

    from flask_contacts.testing import make_contact, portal_sign_in

Importing this module does not bind the customer model: the services come in late.
``smtp`` needs ``aiosmtpd`` (``pip install flask-contacts[demo]``) and a fixture ``app``.
"""

from __future__ import annotations

import re
from collections.abc import Generator, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from email import message_from_bytes, policy
from email.message import EmailMessage
from html import unescape
from itertools import count
from typing import TYPE_CHECKING, Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import Engine, event
from werkzeug.test import TestResponse

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

    from flask_contacts.models import Contact

#: The password that :func:`make_contact` gives; long enough for the default policy.
PASSWORD = "correct horse battery staple"

_numbers = count(1)
_INPUT = re.compile(r"<input\b[^>]*>", re.IGNORECASE)
_ATTRIBUTE = re.compile(r"""\b(name|value)\s*=\s*(["'])(.*?)\2""", re.IGNORECASE | re.DOTALL)
_LINK = re.compile(r"https?://[^\s<>\"']+")


def csrf_token(client: FlaskClient, url: str) -> str:
    """The CSRF token of the first form at ``url``; raises AssertionError where there is none.

    It serves for every form of the same client, because the token belongs to the session.
    """
    response = client.get(url, follow_redirects=True)
    with response:
        tags = _INPUT.findall(response.text)
    for tag in tags:
        values = {name.lower(): unescape(text) for name, _, text in _ATTRIBUTE.findall(tag)}
        if values.get("name") == "csrf_token":
            return values["value"]
    raise AssertionError(f"no CSRF token at {url} ({response.status})")


def portal_url(app: Flask, path: str = "/") -> str:
    """The path of a portal page in ``app``, e.g. ``portal_url(app, "/invoices/")``."""
    return f"{app.config['CONTACTS_PORTAL_PREFIX']}{path}"


def portal_sign_in(client: FlaskClient, email: str, password: str = PASSWORD) -> TestResponse:
    """Sign a contact in to the portal through its form; gives the response of the POST.

    302 means signed in. The client keeps the portal's cookie beside a staff session.
    """
    url = portal_url(client.application, "/sign-in")
    form = {"email": email, "password": password, "csrf_token": csrf_token(client, url)}
    return client.post(url, data=form)


def staff_sign_in(client: FlaskClient, username: str, password: str) -> TestResponse:
    """Sign a Flask-AppBuilder user in through its login form; gives the response of the POST."""
    form = {"username": username, "password": password}
    return client.post("/login/", data={**form, "csrf_token": csrf_token(client, "/login/")})


@contextmanager
def count_statements(engine: Engine) -> Iterator[list[str]]:
    """Collect the SQL statements that ``engine`` executes inside the block, all threads'.

    ``with count_statements(engine) as statements: …`` and then ``len(statements)``.
    """
    statements: list[str] = []

    def remember(connection: object, cursor: object, statement: str, *rest: object) -> None:
        statements.append(statement)

    event.listen(engine, "before_cursor_execute", remember)
    try:
        yield statements
    finally:
        event.remove(engine, "before_cursor_execute", remember)


def make_customer(session: Session, **values: object) -> Any:
    """Add and commit a customer of the bundled model; ``values`` are its columns.

    A host with a customer model of its own makes its customers itself.
    """
    from flask_contacts.models import Customer

    customer = Customer(**{"company": f"Customer {next(_numbers)}", **values})
    session.add(customer)
    session.commit()
    return customer


def make_contact(session: Session, customer: Any, **raw: object) -> Contact:
    """Create a contact through the service, as the form does, with a password and no mail.

    ``customer`` is a customer or its key, ``raw`` the form's fields by name. Give
    ``password=""`` for a contact that cannot sign in. Needs an application context.
    """
    from flask_contacts.models import Customer
    from flask_contacts.services.contacts import create_contact

    number = next(_numbers)
    fields: dict[str, object] = {
        "firstname": "Ada",
        "lastname": f"Number {number}",
        "email": f"ada.{number}@example.com",
        "password": PASSWORD,
        "no_welcome_mail": True,
        "is_user": True,
    }
    key = customer.id if isinstance(customer, Customer) else customer
    contact: Contact = create_contact(session, key, {**fields, **raw}).contact
    return contact


def links_in(message: EmailMessage) -> list[str]:
    """The http(s) links in the text part of a mail, in order."""
    part = message.get_body(("plain",))
    assert part is not None, "the mail has no text part"
    return _LINK.findall(part.get_content())


@dataclass
class RecordingSmtp:
    """An SMTP server on a loopback port that keeps what it is sent.

    ``replies`` maps a recipient to the answer at RCPT (``"550 no such user"``);
    ``down`` makes every connection's MAIL command fail with a temporary error.
    """

    hostname: str = "127.0.0.1"
    port: int = 0
    messages: list[EmailMessage] = field(default_factory=list)
    recipients: list[list[str]] = field(default_factory=list)
    replies: dict[str, str] = field(default_factory=dict)
    down: bool = False

    def clear(self) -> None:
        """Forget all mail and go back to taking everything."""
        self.messages.clear()
        self.recipients.clear()
        self.replies.clear()
        self.down = False

    def to(self, address: str) -> list[EmailMessage]:
        """The mails that went to ``address``, in order."""
        pairs = zip(self.messages, self.recipients, strict=True)
        return [message for message, recipients in pairs if address in recipients]

    async def handle_MAIL(  # noqa: N802  the names are aiosmtpd's
        self, server: object, session: object, envelope: Any, address: str, options: list[str]
    ) -> str:
        """Answer MAIL FROM."""
        if self.down:
            return "451 try again later"
        envelope.mail_from = address
        return "250 OK"

    async def handle_RCPT(  # noqa: N802
        self, server: object, session: object, envelope: Any, address: str, options: list[str]
    ) -> str:
        """Answer RCPT TO."""
        if address in self.replies:
            return self.replies[address]
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(  # noqa: N802
        self, server: object, session: object, envelope: Any
    ) -> str:
        """Keep the mail."""
        self.recipients.append(list(envelope.rcpt_tos))
        self.messages.append(message_from_bytes(envelope.content, policy=policy.default))
        return "250 OK"


@contextmanager
def running_smtp() -> Iterator[RecordingSmtp]:
    """A :class:`RecordingSmtp` that listens while the block runs."""
    from aiosmtpd.controller import Controller

    class LoopbackController(Controller):
        async def _create_server(self) -> Any:
            """Let the system choose the port, and say which it was."""
            server: Any = await super()._create_server()
            self.port = server.sockets[0].getsockname()[1]
            return server

    recorder = RecordingSmtp()
    controller = LoopbackController(recorder, hostname=recorder.hostname, port=0)
    controller.start()
    recorder.port = controller.port
    try:
        yield recorder
    finally:
        controller.stop()


@pytest.fixture(scope="session")
def smtp_server() -> Generator[RecordingSmtp]:
    """One SMTP server for the whole run; use ``smtp``, which is empty for each test."""
    with running_smtp() as recorder:
        yield recorder


@pytest.fixture
def smtp(app: Flask, smtp_server: RecordingSmtp, monkeypatch: pytest.MonkeyPatch) -> RecordingSmtp:
    """A real SMTP server, empty, with the Flask-Mail of ``app`` pointed at it."""
    smtp_server.clear()
    state = app.extensions["mail"]
    for name, value in {
        "server": smtp_server.hostname,
        "port": smtp_server.port,
        "use_tls": False,
        "use_ssl": False,
        "username": None,
        "suppress": False,
    }.items():
        monkeypatch.setattr(state, name, value)
        monkeypatch.setitem(app.config, f"MAIL_{name.upper()}", value)
    return smtp_server


def drain_mail(app: Flask) -> None:
    """Deliver all mail that is due, as ``flask contacts mail-drain`` does."""
    result = app.test_cli_runner().invoke(args=["contacts", "mail-drain"])
    assert result.exit_code == 0, result.output
