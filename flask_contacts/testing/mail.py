"""Mail for tests: a real SMTP server that keeps what it is sent."""

from __future__ import annotations

import re
from collections.abc import Callable, Generator, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from email import message_from_bytes, policy
from email.message import EmailMessage
from typing import Any

import pytest
from flask import Flask

_LINK = re.compile(r"https?://[^\s<>\"']+")


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
        pairs = zip(self.messages, self.recipients, strict=False)  # one may be coming in
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
        self.messages.append(message_from_bytes(envelope.content, policy=policy.default))
        self.recipients.append(list(envelope.rcpt_tos))
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


@pytest.fixture
def captured_mail(app: Flask, smtp: RecordingSmtp) -> Callable[..., list[EmailMessage]]:
    """``captured_mail()`` delivers what is due and gives all mail of this test, in order.

    ``captured_mail("ada@example.com")`` gives the mail to that address.
    """

    def capture(address: str | None = None) -> list[EmailMessage]:
        drain_mail(app)
        return list(smtp.messages) if address is None else smtp.to(address)

    return capture
