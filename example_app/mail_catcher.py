"""The demo's mail server: takes all mail, delivers none, keeps it for the mailbox."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING

from aiosmtpd.controller import Controller

from .mail_store import MailStore

if TYPE_CHECKING:
    from aiosmtpd.smtp import SMTP, Envelope, Session

STOP_SECONDS = 2.0


class Handler:
    """What aiosmtpd calls for each mail."""

    def __init__(self, store: MailStore) -> None:
        self._store = store

    async def handle_DATA(  # noqa: N802 - aiosmtpd's name
        self, server: SMTP, session: Session, envelope: Envelope
    ) -> str:
        """Keep the mail once for each recipient."""
        content = envelope.content
        if not isinstance(content, bytes):
            return "554 Bytes are wanted"
        for recipient in envelope.rcpt_tos:
            self._store.add(recipient, content)
        return "250 Kept for the mailbox"


class MailCatcher:
    """An SMTP server on a port of this computer."""

    def __init__(self, store: MailStore, hostname: str, port: int) -> None:
        self._controller = Controller(Handler(store), hostname=hostname, port=port)

    def start(self) -> None:
        """Listen, in a thread. Raises OSError when the port is taken."""
        self._controller.start()

    def stop(self) -> None:
        """End it; a client that stays connected does not hold it up for long."""
        stopping = threading.Thread(
            target=self._controller.stop, kwargs={"no_assert": True}, daemon=True
        )
        stopping.start()
        stopping.join(STOP_SECONDS)
