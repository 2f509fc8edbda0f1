"""A mail server that misbehaves as it is told, and counts what it took.

It runs in a thread of the test, so it outlives every drainer that is killed.
"""

from __future__ import annotations

import asyncio
import random
import re
import ssl
import threading
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from aiosmtpd.smtp import SMTP

_MESSAGE_ID = re.compile(rb"^Message-ID:\s*(<[^>]+>)", re.IGNORECASE | re.MULTILINE)
_SELF_SIGNED = """\
-----BEGIN PRIVATE KEY-----
MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQg/CXv89FPgJOsoBQA
LEiejUgAcsx/wzikzYSgfdzzh9ahRANCAARQL6UmSqzMSppzrOnC8ojQBIdYbKki
IE5jrhshDdval8G5QfneYC2i5rQiTrzObkw75OnpEQy1kwlpuVzV1zb2
-----END PRIVATE KEY-----
-----BEGIN CERTIFICATE-----
MIIBmDCCAT+gAwIBAgIUS3yJRJf//CHbrRrYd8Po/a3j2V4wCgYIKoZIzj0EAwIw
ITEfMB0GA1UEAwwWc29tZXdoZXJlLmVsc2UuZXhhbXBsZTAgFw0yNjExMjIwNzAx
NDRaGA8yMTI2MTAyOTA3MDE0NFowITEfMB0GA1UEAwwWc29tZXdoZXJlLmVsc2Uu
ZXhhbXBsZTBZMBMGByqGSM49AgEGCCqGSM49AwEHA0IABFAvpSZKrMxKmnOs6cLy
iNAEh1hsqSIgTmOuGyEN29qXwblB+d5gLaLmtCJOvM5uTDvk6ekRDLWTCWm5XNXX
NvajUzBRMB0GA1UdDgQWBBTSPXPiG5tW6A+BaetfIvv5cA+5BzAfBgNVHSMEGDAW
gBTSPXPiG5tW6A+BaetfIvv5cA+5BzAPBgNVHRMBAf8EBTADAQH/MAoGCCqGSM49
BAMCA0cAMEQCIFF9sqV225fFWhs0skELVA3yAAOB2Gx7q3x5HTjH1nIPAiA/vkP6
SQxJexGh50bp/oTfVymmHBIGI6c/AEOEOroRlA==
-----END CERTIFICATE-----
"""

#: At this step the server …
STEPS = ("MAIL", "RCPT", "DATA", "END")
#: … does this, in place of agreeing, where it does not say something ("451 later").
CUT, DROP_BEFORE, DROP_AFTER = "cut", "take and drop before the answer", "take, answer and drop"


@dataclass
class Fault:
    """What goes wrong at a step, how often, and for whom (everybody, where ``to`` is empty).

    ``does`` is an answer such as ``"451 later"``, one of the words above, or a number of
    seconds to be slow by. Only ``END`` (after the message) knows to drop.
    """

    step: str
    does: str | float
    times: int = 1_000_000
    to: str = ""


@dataclass
class BadSmtp:
    """What the server took, and what it is to do wrong.

    ``refuse`` and ``drop`` are chances: to answer RCPT with 451, to take a message and
    drop the connection before the answer. ``took`` is called after each message that was
    taken, before the answer.
    """

    hostname: str = "127.0.0.1"
    port: int = 0
    faults: list[Fault] = field(default_factory=list)
    refuse: float = 0.0
    drop: float = 0.0
    chance: random.Random = field(default_factory=random.Random)
    took: Callable[[], None] | None = None
    accepted: list[tuple[str, str]] = field(default_factory=list)
    dropped: int = 0
    more: threading.Condition = field(default_factory=threading.Condition)

    @property
    def counts(self) -> Counter[str]:
        """How often each Message-ID was taken."""
        return Counter(message_id for message_id, _ in self.accepted)

    @property
    def duplicates(self) -> int:
        """How many messages too many were taken."""
        return len(self.accepted) - len(self.counts)

    def wait_for(self, number: int, seconds: float) -> bool:
        """Wait until so many messages were taken; False when that took too long."""
        with self.more:
            return self.more.wait_for(lambda: len(self.accepted) >= number, seconds)

    def fault(self, step: str, recipient: str = "") -> str | float | None:
        """What goes wrong now at this step, if anything does."""
        for fault in self.faults:
            if fault.step == step and fault.times > 0 and fault.to in {"", recipient}:
                fault.times -= 1
                return fault.does
        if step == "RCPT" and self.chance.random() < self.refuse:
            return "451 not now"
        if step == "END" and self.chance.random() < self.drop:
            return DROP_BEFORE
        return None

    async def answer(self, step: str, recipient: str = "") -> str | None:
        """The words of refusal at a step, perhaps after a while."""
        does = self.fault(step, recipient)
        if isinstance(does, float):
            await asyncio.sleep(does)
            return None
        return does

    def take(self, content: bytes, recipients: list[str]) -> None:
        """Note a message that we are now responsible for."""
        found = _MESSAGE_ID.search(content)
        message_id = found.group(1).decode() if found is not None else ""
        with self.more:
            self.accepted += [(message_id, recipient) for recipient in recipients]
            self.more.notify_all()

    async def handle_MAIL(  # noqa: N802  the names are aiosmtpd's
        self, server: Any, session: Any, envelope: Any, address: str, options: list[str]
    ) -> str:
        """Answer MAIL FROM."""
        words = await self.answer("MAIL")
        if words is None:
            envelope.mail_from = address
        return words or "250 OK"

    async def handle_RCPT(  # noqa: N802
        self, server: Any, session: Any, envelope: Any, address: str, options: list[str]
    ) -> str:
        """Answer RCPT TO."""
        words = await self.answer("RCPT", address)
        if words is None:
            envelope.rcpt_tos.append(address)
        return words or "250 OK"

    async def handle_DATA(  # noqa: N802
        self, server: Any, session: Any, envelope: Any
    ) -> str:
        """Answer the end of the message."""
        does = await self.answer("END", envelope.rcpt_tos[0])
        if does is not None and does not in {DROP_BEFORE, DROP_AFTER}:
            return does
        self.take(envelope.content, envelope.rcpt_tos)
        if self.took is not None:
            await asyncio.get_running_loop().run_in_executor(None, self.took)
        if does == DROP_BEFORE:
            self.dropped += 1
            server.transport.abort()
        if does == DROP_AFTER:
            server.hangs_up = True
        return "250 OK"


class _Server(SMTP):
    """aiosmtpd's server, which can also fail at DATA and within it."""

    hangs_up = False

    async def push(self, status: str) -> None:
        """Answer, and hang up behind the answer where that is what goes wrong."""
        await super().push(status)
        if self.hangs_up:
            self.transport.close()

    async def smtp_DATA(self, arg: str) -> None:  # noqa: N802
        """Refuse the message, or hang up in the middle of it."""
        told: BadSmtp = self.event_handler
        recipients = self.envelope.rcpt_tos if self.envelope is not None else []
        words = await told.answer("DATA", recipients[0] if recipients else "")
        if words == CUT:
            await self.push("354 go on")
            await self._reader.readline()
            self.transport.abort()
        elif words is not None:
            await self.push(words)
        else:
            await super().smtp_DATA(arg)


@contextmanager
def running_bad_smtp(
    *, starttls: ssl.SSLContext | None = None, tls: ssl.SSLContext | None = None
) -> Iterator[BadSmtp]:
    """A :class:`BadSmtp` that listens while the block runs."""
    bad = BadSmtp()
    loop = asyncio.new_event_loop()
    listening = threading.Event()

    def serve() -> None:
        asyncio.set_event_loop(loop)
        server = loop.run_until_complete(
            loop.create_server(
                lambda: _Server(bad, hostname="bad.example", tls_context=starttls, loop=loop),
                bad.hostname,
                ssl=tls,
            )
        )
        bad.port = server.sockets[0].getsockname()[1]
        listening.set()
        loop.run_forever()
        server.close()
        for task in asyncio.all_tasks(loop):
            task.cancel()
        loop.run_until_complete(asyncio.sleep(0))
        loop.run_until_complete(loop.shutdown_default_executor())
        loop.close()

    thread = threading.Thread(target=serve, name="bad-smtp")
    thread.start()
    listening.wait(10)
    try:
        yield bad
    finally:
        loop.call_soon_threadsafe(loop.stop)
        thread.join(10)


def self_signed(directory: Path) -> ssl.SSLContext:
    """A server's TLS with a certificate that nobody vouches for, of another host."""
    path = directory / "server.pem"
    path.write_text(_SELF_SIGNED)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(path)
    return context
