"""The connection to the mail server: time-outs, verified TLS, kinds of failure."""

from __future__ import annotations

import socket
import time
from collections.abc import Callable, Generator

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

        def __getattr__(self, _command: str) -> Callable[..., tuple[int, bytes]]:
            return lambda *_: (250, b"yes")

        def send(self, words: bytes) -> None:
            self.heard = words

        def getreply(self) -> tuple[int, bytes]:
            return (354, b"go on") if self.heard.startswith(b"data") else (250, b"yes")

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


def test_a_connection_carries_as_many_as_the_settings_say(
    app: Flask, smtp: RecordingSmtp, monkeypatch: pytest.MonkeyPatch
) -> None:
    """MAIL_MAX_EMAILS holds for us as for Flask-Mail: then another connection is opened."""
    monkeypatch.setattr(app.extensions["mail"], "max_emails", 2)
    opened = []
    with Transport() as transport:
        for _ in range(5):
            transport.send_bytes("a@example.com", MESSAGE)
            opened.append(transport.host is not None)
    assert opened == [True, False, True, False, True]
    assert len(smtp.messages) == 5


@pytest.mark.parametrize(
    "recipient",
    ["", "a@example.com\r\nRCPT TO:<b@example.com>", "A <a@example.com>", "ž@example.com", "a b"],
)
def test_what_is_no_address_is_refused_here(smtp: RecordingSmtp, recipient: str) -> None:
    """1.3.11: nothing but one bare address goes into RCPT TO; the connection serves on."""
    with Transport() as transport:
        with pytest.raises(PermanentFailure):
            transport.send_bytes(recipient, MESSAGE)
        transport.send_bytes("b@example.com", MESSAGE)
    assert smtp.recipients == [["b@example.com"]]


def test_what_comes_before_a_message(smtp: RecordingSmtp) -> None:
    """``before`` runs before any of the message has left; what it raises keeps it here."""
    seen: list[int] = []

    def stumble() -> None:
        raise LookupError("not now")

    with Transport() as transport:
        transport.send_bytes("a@example.com", MESSAGE, lambda: seen.append(len(smtp.messages)))
        with pytest.raises(LookupError):
            transport.send_bytes("a@example.com", MESSAGE, stumble)
        transport.send_bytes("b@example.com", MESSAGE)
    assert seen == [0]
    assert smtp.recipients == [["a@example.com"], ["b@example.com"]]


def test_lines_that_begin_with_a_dot(smtp: RecordingSmtp) -> None:
    """They arrive as they were, and none of them ends the message."""
    message = b"Subject: x\r\n\r\n.\r\n..two\r\nlast, without an end of line"
    with Transport() as transport:
        transport.send_bytes("a@example.com", message)
    assert smtp.messages[0].get_content().splitlines() == [
        ".", "..two", "last, without an end of line",
    ]  # fmt: skip


def test_a_silent_yes_is_no_permission_to_send(
    smtp: RecordingSmtp, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A server that answers DATA with 250 has not taken the message: it waits."""
    from aiosmtpd.smtp import SMTP

    async def yes(self: SMTP, _arg: str) -> None:
        await self.push("250 fine")

    monkeypatch.setattr(SMTP, "smtp_DATA", yes)
    with Transport() as transport, pytest.raises(TemporaryFailure):
        transport.send_bytes("a@example.com", MESSAGE)
