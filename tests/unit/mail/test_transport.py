"""The connection to the mail server: time-outs, verified TLS, kinds of failure."""

from __future__ import annotations

import socket
import time
from collections.abc import Generator

import pytest
from flask import Flask

from flask_contacts.mail import transport as module
from flask_contacts.mail.transport import (
    PermanentFailure,
    TemporaryFailure,
    Transport,
    sender_address,
)
from flask_contacts.testing import RecordingSmtp

pytestmark = pytest.mark.usefixtures("app_context")
MESSAGE = b"Subject: x\r\n\r\nx\r\n"


@pytest.fixture
def silent_port() -> Generator[int]:
    """A port where somebody listens and never says a word."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen()
        yield listener.getsockname()[1]


def test_a_silent_server_costs_the_timeout_and_no_more(
    app: Flask, smtp: RecordingSmtp, silent_port: int
) -> None:
    """13.2.6: the wait ends after CONTACTS_MAIL_TIMEOUT; the failure is temporary."""
    app.config["CONTACTS_MAIL_TIMEOUT"] = 1
    app.extensions["mail"].port = silent_port
    start = time.monotonic()
    with Transport() as transport, pytest.raises(TemporaryFailure) as caught:
        transport.send_bytes("a@example.com", MESSAGE)
    assert caught.value.server_down
    assert time.monotonic() - start < 5


def test_without_starttls_nothing_is_sent(app: Flask, smtp: RecordingSmtp) -> None:
    """12.3.2: TLS is asked for and the server strips it: no mail leaves in the clear."""
    app.extensions["mail"].use_tls = True
    with Transport() as transport, pytest.raises(TemporaryFailure):
        transport.send_bytes("a@example.com", MESSAGE)
    assert smtp.messages == []


def test_certificates_are_verified(app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    """12.3.2: both kinds of TLS get a context that checks names and certificates."""
    seen = []

    class Server:
        def __init__(self, *_args: object, **options: object) -> None:
            seen.append(options.get("context"))

        def starttls(self, *, context: object) -> None:
            seen.append(context)

        def quit(self) -> None:
            """Nothing to end."""

        def sendmail(self, *_args: object) -> None:
            """Take it."""

    monkeypatch.setattr(module.smtplib, "SMTP", Server)
    monkeypatch.setattr(module.smtplib, "SMTP_SSL", Server)
    state = app.extensions["mail"]
    monkeypatch.setattr(state, "suppress", False)
    for option in ("use_tls", "use_ssl"):
        monkeypatch.setattr(state, option, True)
        with Transport() as transport:
            transport.send_bytes("a@example.com", MESSAGE)
        monkeypatch.setattr(state, option, False)
    contexts = [context for context in seen if context is not None]
    assert len(contexts) == 2
    assert all(context.check_hostname for context in contexts)


@pytest.mark.parametrize(
    ("reply", "failure"),
    [("550 no such user", PermanentFailure), ("450 busy", TemporaryFailure)],
)
def test_kinds_of_refusal(smtp: RecordingSmtp, reply: str, failure: type[Exception]) -> None:
    """5xx is for good, 4xx is not; the connection serves the next mail."""
    smtp.replies["a@example.com"] = reply
    with Transport() as transport:
        with pytest.raises(failure, match=reply[:3]):
            transport.send_bytes("a@example.com", MESSAGE)
        transport.send_bytes("b@example.com", MESSAGE)
    assert len(smtp.messages) == 1


def test_suppressed_mail_is_not_sent(app: Flask, smtp: RecordingSmtp) -> None:
    """MAIL_SUPPRESS_SEND holds for us as for Flask-Mail."""
    app.extensions["mail"].suppress = True
    with Transport() as transport:
        transport.send_bytes("a@example.com", MESSAGE)
    assert smtp.messages == []


def test_the_sender_may_be_a_pair_or_a_string(app: Flask) -> None:
    """MAIL_DEFAULT_SENDER in each of Flask-Mail's forms gives the bare address."""
    state = app.extensions["mail"]
    for sender in (("Host", "h@example.com"), "Host <h@example.com>", "h@example.com"):
        state.default_sender = sender
        assert sender_address(state) == "h@example.com"
    state.default_sender = "host@example.com"
