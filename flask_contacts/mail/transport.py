"""Sending through Flask-Mail's settings, with what it lacks: time-outs and checked TLS."""

from __future__ import annotations

import smtplib
import ssl
from email.utils import parseaddr
from typing import TYPE_CHECKING

from flask import current_app
from flask_mail import Connection

from ..config import setting

if TYPE_CHECKING:
    from flask_mail import Mail


_TOO_LARGE = 552


class PermanentFailure(Exception):
    """The server refuses this mail for good (5xx); another attempt would not help."""


class TemporaryFailure(Exception):
    """Another attempt may succeed; ``server_down`` when no mail gets through now."""

    def __init__(self, message: str, *, server_down: bool) -> None:
        super().__init__(message)
        self.server_down = server_down


class Transport(Connection):
    """One SMTP connection for many finished messages; opened at the first one.

    Use as a context manager. Reads ``MAIL_*`` as Flask-Mail does, waits at most
    ``CONTACTS_MAIL_TIMEOUT`` seconds at each step, and verifies the server's certificate.
    """

    def __init__(self) -> None:
        mail: Mail = current_app.extensions["mail"]
        super().__init__(mail)

    def __enter__(self) -> Transport:
        return self

    def __exit__(self, *_exc: object) -> None:
        self._close()

    def configure_host(self) -> smtplib.SMTP | smtplib.SMTP_SSL:
        """Open the connection (Flask-Mail's hook), with a time-out and verified TLS."""
        timeout = float(setting("MAIL_TIMEOUT"))
        server, port = self.mail.server, self.mail.port or 0
        context = ssl.create_default_context()
        host: smtplib.SMTP | smtplib.SMTP_SSL
        if self.mail.use_ssl:
            host = smtplib.SMTP_SSL(server, port, timeout=timeout, context=context)
        else:
            host = smtplib.SMTP(server, port, timeout=timeout)
        try:
            if self.mail.use_tls:
                host.starttls(context=context)
            if self.mail.username and self.mail.password:
                host.login(self.mail.username, self.mail.password)
        except BaseException:
            host.close()
            raise
        return host

    def send_bytes(self, recipient: str, message: bytes) -> None:
        """Hand a finished message to the server.

        Raises :class:`PermanentFailure` or :class:`TemporaryFailure`. Where Flask-Mail
        suppresses sending (tests), nothing is sent.
        """
        if self.mail.suppress:
            return
        try:
            if self.host is None:
                self.host = self.configure_host()
        except (OSError, smtplib.SMTPException) as error:
            raise TemporaryFailure(_describe(error), server_down=True) from error
        try:
            self.host.sendmail(sender_address(self.mail), [recipient], message)
        except smtplib.SMTPRecipientsRefused as error:
            code, text = next(iter(error.recipients.values()))
            self._reset()
            raise _failure(code, f"{code} {_text(text)}") from error
        except smtplib.SMTPSenderRefused as error:
            self._reset()
            if error.smtp_code == _TOO_LARGE:
                raise PermanentFailure(_describe(error)) from error
            # Sign-in required, relaying denied: the set-up's fault, no mail gets through.
            raise TemporaryFailure(_describe(error), server_down=True) from error
        except smtplib.SMTPResponseException as error:
            self._reset()
            raise _failure(error.smtp_code, _describe(error)) from error
        except (OSError, smtplib.SMTPException) as error:
            self._close()
            raise TemporaryFailure(_describe(error), server_down=False) from error

    def _reset(self) -> None:
        try:
            if self.host is not None:
                self.host.rset()
        except (OSError, smtplib.SMTPException):
            self._close()

    def _close(self) -> None:
        if self.host is not None:
            try:
                self.host.quit()
            except (OSError, smtplib.SMTPException):
                self.host.close()
            self.host = None


def sender_address(mail: Mail) -> str:
    """The bare address of ``MAIL_DEFAULT_SENDER``, which may be a string or a pair."""
    sender = mail.default_sender
    if isinstance(sender, tuple):
        return str(sender[1])
    return parseaddr(str(sender))[1]


def _failure(code: int, text: str) -> Exception:
    if code >= 500:
        return PermanentFailure(text)
    return TemporaryFailure(text, server_down=code == 421)


def _describe(error: Exception) -> str:
    if isinstance(error, smtplib.SMTPResponseException):
        return f"{error.smtp_code} {_text(error.smtp_error)}"
    return f"{type(error).__name__}: {error}"


def _text(value: bytes | str) -> str:
    return value.decode("utf-8", "replace") if isinstance(value, bytes) else str(value)
