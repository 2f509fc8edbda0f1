"""Sending through Flask-Mail's settings, with what it lacks: time-outs and checked TLS."""

from __future__ import annotations

import re
import smtplib
import socket
import ssl
import time
from collections.abc import Callable
from contextlib import suppress
from email.utils import parseaddr
from typing import TYPE_CHECKING

from flask import current_app
from flask_mail import Connection

from ..config import setting
from .lease_time import LONGEST_UPLOAD
from .smtp_failures import (
    CLOSING,
    PermanentFailure,
    TemporaryFailure,
    describe,
    failure_of,
    is_for_its_size,
    text_of,
)

if TYPE_CHECKING:
    from flask_mail import Mail


_CHUNK = 64 * 1024  # the time-out holds for each, so that a slow line has time for the whole
_DOT = re.compile(rb"^\.", re.MULTILINE)


class Transport(Connection):
    """One SMTP connection for many finished messages; opened at the first one.

    Use as a context manager. Reads ``MAIL_*`` as Flask-Mail does, waits at most
    ``CONTACTS_MAIL_TIMEOUT`` seconds at each step, and verifies the server's certificate.
    """

    def __init__(self) -> None:
        mail: Mail = current_app.extensions["mail"]
        super().__init__(mail)
        self._sender = smtplib.quoteaddr(sender_address(mail))

    def __enter__(self) -> Transport:
        return self

    def __exit__(self, *_exc: object) -> None:
        if self.host is not None:
            with suppress(OSError, smtplib.SMTPException):
                self.host.quit()
            self._drop()

    def configure_host(self) -> smtplib.SMTP | smtplib.SMTP_SSL:
        """Open the connection (Flask-Mail's hook), with a time-out and verified TLS."""
        timeout = float(setting("MAIL_TIMEOUT"))
        server, port = self.mail.server, self.mail.port or 0
        host: smtplib.SMTP | smtplib.SMTP_SSL
        if self.mail.use_ssl:
            context = ssl.create_default_context()
            host = smtplib.SMTP_SSL(server, port, timeout=timeout, context=context)
        else:
            host = smtplib.SMTP(server, port, timeout=timeout)
        try:
            if self.mail.use_tls:
                host.starttls(context=ssl.create_default_context())
            if self.mail.username and self.mail.password:
                host.login(self.mail.username, self.mail.password)
        except BaseException:
            host.close()
            raise
        return host

    def send_bytes(
        self, recipient: str, message: bytes, before: Callable[[], None] | None = None
    ) -> None:
        """Hand a finished message to the server.

        Raises :class:`PermanentFailure` or :class:`TemporaryFailure`. Where Flask-Mail
        suppresses sending (tests), nothing is sent. ``before`` is called when the message
        is announced, while the server thinks about that and has none of it yet.
        """
        if self.mail.suppress:
            return
        try:
            self._announce(len(message), before)
            self._hand_over(recipient, message)
        except (PermanentFailure, TemporaryFailure):
            raise
        except BaseException:  # in the middle of a message the connection serves no other
            self._drop()
            raise
        self.num_emails += 1
        if self.num_emails == self.mail.max_emails:
            self.__exit__()

    def _announce(self, size: int, before: Callable[[], None] | None) -> None:
        """MAIL FROM; on a new connection where the server is through with the old one.

        It may have been idle for too long, or have carried as many mails as the server
        takes. Of this mail nothing was handed over, so that is no second delivery.
        """
        used = self.host is not None
        failure = self._mail_from(size, before)
        if used and isinstance(failure, TemporaryFailure):
            self._drop()
            failure = self._mail_from(size, before)
        if failure is not None:
            raise failure

    def _mail_from(
        self, size: int, before: Callable[[], None] | None
    ) -> PermanentFailure | TemporaryFailure | None:
        try:
            if self.host is None:
                self.host = self.configure_host()
                self.num_emails = 0
            host = self.host
            host.ehlo_or_helo_if_needed()
            option = f" size={size}" if host.has_extn("size") else ""
            host.putcmd("mail", f"FROM:{self._sender}{option}")
        except (OSError, smtplib.SMTPException, ValueError) as error:
            self._drop()
            return TemporaryFailure(describe(error), server_down=True)
        if before is not None:
            before()
        try:
            code, words = host.getreply()
        except (OSError, smtplib.SMTPException) as error:
            self._drop()
            return TemporaryFailure(describe(error), server_down=True)
        if code // 100 == 2:
            return None
        self._reset(code)
        if is_for_its_size(code, text_of(words), size, host.esmtp_features.get("size")):
            return failure_of(code, f"{code} {text_of(words)}")
        # Sign-in required, relaying denied: the set-up's fault, no mail gets through.
        return TemporaryFailure(f"{code} {text_of(words)}", server_down=True)

    def _hand_over(self, recipient: str, message: bytes) -> None:
        """RCPT TO, DATA and the message. What goes wrong from here on is about this mail."""
        if not _is_address(recipient):
            self._reset(0)
            raise PermanentFailure(f"{recipient!r} is not an address that mail can be sent to")
        self._expect(2, f"rcpt TO:<{recipient}>\r\n".encode("ascii"))
        self._expect(3, b"data\r\n")
        self._expect(2, _dotted(message))

    def _expect(self, kind: int, words: bytes) -> None:
        """Say something, and raise the failure where the answer is of another kind."""
        assert self.host is not None
        try:
            self._say(words)
            code, answer = self.host.getreply()
        except (OSError, smtplib.SMTPException) as error:
            self._drop()
            raise TemporaryFailure(describe(error), server_down=False) from error
        if code // 100 != kind:
            self._reset(code)
            raise failure_of(code, f"{code} {text_of(answer)}")

    def _say(self, words: bytes) -> None:
        assert self.host is not None
        if len(words) > _CHUNK:  # else megabytes are still to leave when the answer is awaited
            assert self.host.sock is not None
            self.host.sock.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, _CHUNK)
        give_up = time.monotonic() + LONGEST_UPLOAD
        for start in range(0, len(words), _CHUNK):
            if time.monotonic() > give_up:
                raise TimeoutError(f"not taken within {LONGEST_UPLOAD:.0f} seconds")
            self.host.send(words[start : start + _CHUNK])

    def _reset(self, code: int) -> None:
        """Make the connection ready for the next message after a refusal."""
        try:
            if self.host is not None and code != CLOSING:
                self.host.rset()
                return
        except (OSError, smtplib.SMTPException):
            pass
        self._drop()

    def _drop(self) -> None:
        """Close the connection without a word: the server may not be listening."""
        if self.host is not None:
            self.host.close()
            self.host = None


def sender_address(mail: Mail) -> str:
    """The bare address of ``MAIL_DEFAULT_SENDER``, which may be a string or a pair."""
    sender = mail.default_sender
    if isinstance(sender, tuple):
        return str(sender[1])
    return _bare(str(sender))


def _bare(address: str) -> str:
    return parseaddr(address)[1]


def _dotted(message: bytes) -> bytes:
    """As it goes over the line: dots doubled where a line begins, a lone one at the end."""
    ended = message if message.endswith(b"\r\n") else message + b"\r\n"
    return _DOT.sub(b"..", ended) + b".\r\n"


def _is_address(recipient: str) -> bool:
    """Whether it can stand in RCPT TO as it is, and says there what it says here."""
    plain = recipient.isascii() and recipient.isprintable()
    return plain and "@" in recipient and _bare(recipient) == recipient
