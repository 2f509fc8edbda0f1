"""A mail as the bytes that go out, serialised once.

Written by hand where Python's ``email`` is slow and has nothing to decide: the words of a mail
are two parts in quoted-printable, and most headers are short and plain. What is long or not
ASCII, and attached files, ``email`` writes.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timezone
from email.encoders import encode_base64
from email.header import Header
from email.mime.nonmultipart import MIMENonMultipart
from email.policy import compat32
from email.quoprimime import body_encode
from email.utils import format_datetime, formataddr
from secrets import token_hex

from flask import current_app

from ..documents import Attachment
from ..errors import ContactsError

# Not policy.SMTP: that decodes encoded words in what it is given, line breaks in them too, and
# writes long addresses of List-Unsubscribe as encoded words, which no mail program reads.
_POLICY = compat32.clone(linesep="\r\n")
_SHORT_LINE = 76


class BadHeader(ContactsError):
    """A header would hold a control character; such a mail is not written."""


def to_bytes(
    recipient: str,
    subject: str,
    html: str,
    text: str,
    message_id: str,
    headers: Mapping[str, str] | None = None,
    *,
    to: Sequence[str] = (),
    attachments: Sequence[Attachment] = (),
) -> bytes:
    """Serialise the mail, once; raises :class:`BadHeader` for a control character.

    ``to`` is whom a copy says that it was written to, in place of its recipient.
    """
    extra = {"Auto-Submitted": "auto-generated", **(headers or {})}
    sender, shown = _sender(), ", ".join(to) or recipient
    for value in (sender, shown, subject, message_id, *extra, *extra.values()):
        if has_control_character(value):
            raise BadHeader("a header holds a control character")
    own = {
        "Subject": _literal(subject),
        "From": sender,
        "To": shown,
        "Date": format_datetime(datetime.now(timezone.utc)),
        "Message-ID": message_id,
        **extra,
    }
    words = [_part(text, "plain"), _part(html, "html")]
    if not attachments:
        return _together("alternative", words, own)
    files = (_attached(file) for file in attachments)
    return _together("mixed", [_together("alternative", words, {}), *files], own)


def has_control_character(text: str) -> bool:
    """Whether C0, C1, U+2028 or U+2029 stands in ``text`` (security 1.3.11)."""
    if text.isascii() and text.isprintable():  # as most is
        return False
    return any(unicodedata.category(char) in {"Cc", "Zl", "Zp", "Cs"} for char in text)


def _together(subtype: str, parts: Iterable[bytes], headers: Mapping[str, str | Header]) -> bytes:
    """The parts with a line between them that none can hold: ``=_`` is no quoted-printable, and
    no base64."""
    boundary = f"=_{token_hex(12)}"
    kind = f'Content-Type: multipart/{subtype}; boundary="{boundary}"\r\nMIME-Version: 1.0\r\n'
    lines = "".join(_line(name, value) for name, value in headers.items())
    between = f"\r\n--{boundary}\r\n".encode("ascii")
    opening = f"{kind}{lines}\r\n--{boundary}\r\n".encode("ascii")
    return b"".join((opening, between.join(parts), f"\r\n--{boundary}--\r\n".encode("ascii")))


def _line(name: str, value: str | Header) -> str:
    """A header, with its line's end; broken, and encoded, where it must be."""
    if isinstance(value, str) and value.isascii() and value == value.strip():
        line = f"{name}: {value}\r\n"
        if len(line) <= _SHORT_LINE:
            return line
    return str(_POLICY.fold(name, value))  # type: ignore[arg-type]


def _part(text: str, subtype: str) -> bytes:
    """Quoted-printable: a paragraph may be longer than the 998 bytes that a line may have."""
    body = body_encode(text.encode("utf-8", "surrogateescape").decode("latin-1"), eol="\r\n")
    return (
        f'Content-Type: text/{subtype}; charset="utf-8"\r\nMIME-Version: 1.0\r\n'
        f"Content-Transfer-Encoding: quoted-printable\r\n\r\n{body}"
    ).encode("ascii")


def _attached(file: Attachment) -> bytes:
    kind, _slash, subtype = file.media_type.partition("/")
    part = MIMENonMultipart(kind, subtype)
    part.set_payload(file.content)
    encode_base64(part)
    plain = file.filename.isascii() and "=?" not in file.filename
    name = file.filename if plain else ("utf-8", "", file.filename)
    part.add_header("Content-Disposition", "attachment", filename=name)
    return part.as_bytes(policy=_POLICY)


def _literal(text: str) -> str | Header:
    """A header that says what ``text`` says, also where that looks like an encoded word:
    decoded, it could hold a line break (security 1.3.11)."""
    if text.isascii() and "=?" not in text:
        return text
    return Header(text, "utf-8", header_name="Subject")


def _sender() -> str:
    """``MAIL_DEFAULT_SENDER``, which may be an address or a pair of name and address."""
    sender = current_app.extensions["mail"].default_sender
    return formataddr(sender) if isinstance(sender, tuple) else str(sender)
