"""What the mail server's answers mean: for this mail, and for all others."""

from __future__ import annotations

import re
import smtplib

CLOSING = 421
"""The server ends the connection."""

_NO_ROOM = 452
_TOO_LARGE = frozenset({523, 552})
_TOO_LARGE_TOO = re.compile(r"[45]\.3\.4\b")  # RFC 3463, whatever the code before it
_LARGE = 100_000  # bytes


class PermanentFailure(Exception):
    """The server refuses this mail for good (5xx); another attempt would not help."""


class TemporaryFailure(Exception):
    """Another attempt may succeed; ``server_down`` when no mail gets through now."""

    def __init__(self, message: str, *, server_down: bool) -> None:
        super().__init__(message)
        self.server_down = server_down


def is_for_its_size(code: int, text: str, size: int, announced: str | None) -> bool:
    """Whether MAIL FROM was refused because this mail is too large; others get through.

    Servers have many words for it; what they ``announced`` as SIZE counts too. One that
    has no room is out of order, unless the mail is large: a smaller one may find room.
    """
    most = int(announced) if announced is not None and announced.isdecimal() else 0
    return (
        code in _TOO_LARGE
        or _TOO_LARGE_TOO.match(text) is not None
        or 0 < most < size
        or (code == _NO_ROOM and announced is not None and size > _LARGE)
    )


def failure_of(code: int, text: str) -> PermanentFailure | TemporaryFailure:
    """The failure that an answer to one mail stands for."""
    if code >= 500:
        return PermanentFailure(text)
    return TemporaryFailure(text, server_down=code == CLOSING)


def describe(error: Exception) -> str:
    """What went wrong with the connection, for staff to read."""
    if isinstance(error, smtplib.SMTPResponseException):
        return f"{error.smtp_code} {text_of(error.smtp_error)}"
    if isinstance(error, smtplib.SMTPServerDisconnected) and isinstance(error.__context__, OSError):
        error = error.__context__  # smtplib says "Server not connected" of a time-out
    return f"{type(error).__name__}: {error}"


def text_of(value: bytes | str) -> str:
    """An answer's words, whatever bytes a server sends."""
    return value.decode("utf-8", "replace") if isinstance(value, bytes) else str(value)
