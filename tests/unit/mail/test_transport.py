"""The connection to the mail server: time-outs, verified TLS, kinds of failure."""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Callable, Generator
from typing import Any

import pytest
from flask import Flask

from flask_contacts.mail import transport as module
from flask_contacts.mail.smtp_failures import PermanentFailure, TemporaryFailure
from flask_contacts.mail.transport import Transport, sender_address
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
        heard = b""

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


@pytest.mark.parametrize(
    ("reply", "failure", "size"),
    [
        ("552 too much", PermanentFailure, 10),
        ("554 5.3.4 Message size exceeds fixed limit", PermanentFailure, 10),
        ("523 too long", PermanentFailure, 10),
        ("451 4.3.4 not today", TemporaryFailure, 10),
        ("554 no", PermanentFailure, 40_000_000),
        ("452 4.3.1 insufficient storage", TemporaryFailure, 200_000),
    ],
)
def test_a_mail_that_is_too_large_fails_alone(
    smtp: RecordingSmtp, monkeypatch: pytest.MonkeyPatch, reply: str, failure: Any, size: int
) -> None:
    """However the server says it at MAIL FROM: it is this mail's failure, others go on."""
    from aiosmtpd.smtp import SMTP

    taken = SMTP.smtp_MAIL

    async def choosy(self: SMTP, arg: str) -> None:
        await (self.push(reply) if f"size={len(LARGE)}" in arg else taken(self, arg))

    LARGE = MESSAGE + b"x" * size  # noqa: N806
    monkeypatch.setattr(SMTP, "smtp_MAIL", choosy)
    with Transport() as transport:
        with pytest.raises(failure, match=reply[:3]) as caught:
            transport.send_bytes("a@example.com", LARGE)
        transport.send_bytes("b@example.com", MESSAGE)
    assert not getattr(caught.value, "server_down", False)
    assert smtp.recipients == [["b@example.com"]]


@pytest.mark.parametrize("reply", ["554 relaying denied", "452 4.3.1 no room", "530 sign in"])
def test_a_refusal_for_another_reason_is_the_servers(
    smtp: RecordingSmtp, monkeypatch: pytest.MonkeyPatch, reply: str
) -> None:
    """A small mail that is refused at MAIL FROM waits: no other would get through."""
    from aiosmtpd.smtp import SMTP

    async def refuse(self: SMTP, _arg: str) -> None:
        await self.push(reply)

    monkeypatch.setattr(SMTP, "smtp_MAIL", refuse)
    with Transport() as transport, pytest.raises(TemporaryFailure) as caught:
        transport.send_bytes("a@example.com", MESSAGE)
    assert caught.value.server_down


@pytest.fixture
def slow_port() -> Generator[Callable[[bool], int]]:
    """The port of a server that takes a message little by little, or none of it at all."""
    with socket.socket() as listener:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 16_384)
        listener.bind(("127.0.0.1", 0))
        listener.listen()
        over = threading.Event()
        threads: list[threading.Thread] = []

        def serve(*, reads: bool) -> None:
            line, _address = listener.accept()
            with line, line.makefile("rb") as said:
                line.sendall(b"220 hello\r\n")
                while not said.readline().lower().startswith(b"data"):
                    line.sendall(b"250 yes\r\n")
                line.sendall(b"354 go on\r\n")
                tail = b""
                while reads and not tail.endswith(b"\r\n.\r\n"):
                    tail = (tail + line.recv(500_000))[-5:]
                    over.wait(0.01)
                if reads:
                    line.sendall(b"250 taken\r\n")
                over.wait(30)

        def start(reads: bool) -> int:
            threads.append(threading.Thread(target=serve, kwargs={"reads": reads}))
            threads[0].start()
            return int(listener.getsockname()[1])

        yield start
        over.set()
        for thread in threads:
            thread.join(10)


def test_a_slow_line_has_time_for_a_large_mail(
    app: Flask, smtp: RecordingSmtp, slow_port: Callable[[bool], int]
) -> None:
    """The time-out is for each piece of a message, not for the whole."""
    app.config["CONTACTS_MAIL_TIMEOUT"] = 0.5
    app.extensions["mail"].port = slow_port(True)
    start = time.monotonic()
    transport = Transport()
    transport.send_bytes("a@example.com", b"y" * 3_000_000)
    took = time.monotonic() - start
    transport._drop()
    assert took > 0.6


def test_a_line_that_stands_still_is_called_by_its_name(
    app: Flask, smtp: RecordingSmtp, slow_port: Callable[[bool], int]
) -> None:
    """Staff read of the time-out, not that the server was "not connected"."""
    app.config["CONTACTS_MAIL_TIMEOUT"] = 0.3
    app.extensions["mail"].port = slow_port(False)
    with (
        Transport() as transport,
        pytest.raises(TemporaryFailure, match=r"TimeoutError: timed out"),
    ):
        transport.send_bytes("a@example.com", b"y" * 3_000_000)
