"""Caught mail, in a SQLite file of its own: what a mail server would keep."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from datetime import datetime, timezone
from email import message_from_bytes, policy
from email.message import EmailMessage
from pathlib import Path

KEPT = 500
"""The most mails that are kept; older ones go."""

_TABLE = """
CREATE TABLE IF NOT EXISTS mail (
    number INTEGER PRIMARY KEY AUTOINCREMENT,
    received_at TEXT NOT NULL,
    recipient TEXT NOT NULL,
    subject TEXT NOT NULL,
    content BLOB NOT NULL
)
"""


@dataclass(frozen=True)
class Envelope:
    """A line of the mailbox's list."""

    number: int
    received_at: datetime
    recipient: str
    subject: str


@dataclass(frozen=True)
class File:
    """An attachment as it came."""

    name: str
    content: bytes


@dataclass(frozen=True)
class CaughtMail:
    """A mail with its parts; a part that it does not have is None."""

    envelope: Envelope
    headers: tuple[tuple[str, str], ...]
    html: str | None
    text: str | None
    files: tuple[File, ...] = ()


class MailStore:
    """The caught mails; safe to use from several threads and processes."""

    def __init__(self, path: str | Path) -> None:
        self._path = str(path)
        with self._connection() as connection:
            connection.execute("PRAGMA journal_mode = WAL")
            connection.execute(_TABLE)

    def add(self, recipient: str, content: bytes) -> int:
        """Keep a mail as it came over the wire; gives its number."""
        with self._connection() as connection:
            row = connection.execute(
                "INSERT INTO mail (received_at, recipient, subject, content) VALUES (?, ?, ?, ?)",
                (
                    datetime.now(timezone.utc).isoformat(),
                    recipient,
                    _header(_parsed(content), "Subject"),
                    content,
                ),
            )
            number = int(row.lastrowid or 0)
            connection.execute("DELETE FROM mail WHERE number <= ?", (number - KEPT,))
        return number

    def newest(self, limit: int = 100) -> list[Envelope]:
        """The newest mails, the latest first."""
        with self._connection() as connection:
            rows = connection.execute(
                "SELECT number, received_at, recipient, subject FROM mail"
                " ORDER BY number DESC LIMIT ?",
                (limit,),
            ).fetchall()
        return [_envelope(row) for row in rows]

    def get(self, number: int) -> CaughtMail | None:
        """One mail with its parts."""
        with self._connection() as connection:
            row = connection.execute(
                "SELECT number, received_at, recipient, subject, content FROM mail"
                " WHERE number = ?",
                (number,),
            ).fetchone()
        if row is None:
            return None
        message = _parsed(row[4])
        names = ("From", "Date", "Message-ID")
        return CaughtMail(
            envelope=_envelope(row),
            headers=tuple((name, _header(message, name)) for name in names if name in message),
            html=_part(message, "html"),
            text=_part(message, "plain"),
            files=tuple(_files(message)),
        )

    @contextmanager
    def _connection(self) -> Iterator[sqlite3.Connection]:
        with closing(sqlite3.connect(self._path, timeout=30)) as connection, connection:
            yield connection


def _envelope(row: tuple[int, str, str, str]) -> Envelope:
    return Envelope(row[0], datetime.fromisoformat(row[1]), row[2], row[3])


def _parsed(content: bytes) -> EmailMessage:
    return message_from_bytes(content, policy=policy.default)


def _header(message: EmailMessage, name: str) -> str:
    """A header's text; anybody may send us anything, so a broken one is just empty."""
    try:
        return str(message.get(name, ""))
    except (ValueError, LookupError, TypeError):
        return ""


def _part(message: EmailMessage, kind: str) -> str | None:
    try:
        part = message.get_body((kind,))
        return None if part is None else str(part.get_content())
    except (ValueError, LookupError, AttributeError):
        return None


def _files(message: EmailMessage) -> Iterator[File]:
    """The attachments; one that cannot be read is left out."""
    for place, part in enumerate(message.iter_attachments(), start=1):
        try:
            content = part.get_payload(decode=True)
            name = part.get_filename() or f"attachment-{place}"
        except (ValueError, LookupError, AttributeError, TypeError):
            continue
        if isinstance(content, bytes):
            yield File(str(name), content)
