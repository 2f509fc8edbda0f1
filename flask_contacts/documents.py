"""What staff send by hand (BEHAVIOUR N5): a document, and the files that go with it.

The host makes them from its own record; the send dialog and the outbox take them as they
are. Nothing here knows a table.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from .errors import ConfigError, InvalidFilename
from .i18n import _l

#: The longest :attr:`Document.key`, in characters.
LONGEST_KEY = 120
_LONGEST_FILENAME = 200
_MEDIA_TYPE = re.compile(r"[a-z0-9][a-z0-9.+-]{0,60}/[a-z0-9][a-z0-9.+_-]{0,100}", re.IGNORECASE)
#: Python's ``email`` would take the content of these apart.
_CONTAINERS = frozenset({"message", "multipart"})


@dataclass(frozen=True)
class Attachment:
    """A file of a mail: its name as the reader sees it, its bytes, what kind they are.

    Raises :class:`InvalidFilename` at ``attachments`` for a name that is no file's (empty,
    with a path or a control character: names are often made of what somebody typed), and
    :class:`ConfigError` for content that is not bytes or a media type that is none.
    """

    filename: str
    content: bytes
    media_type: str = "application/pdf"

    def __post_init__(self) -> None:
        if not _is_filename(self.filename):
            refusal = _l("“%(name)s” cannot be a file's name.", name=_shown(self.filename))
            raise InvalidFilename(refusal, self.filename, self.content, self.media_type)
        if not isinstance(self.content, bytes):
            raise ConfigError(
                "contacts.C050",
                f"The content of {self.filename!r} is {type(self.content).__name__}.",
                "Give bytes.",
            )
        kind = self.media_type.partition("/")[0].lower()
        if not _MEDIA_TYPE.fullmatch(self.media_type) or kind in _CONTAINERS:
            raise ConfigError(
                "contacts.C051",
                f"{self.media_type!r} is no media type of a file.",
                "Use one such as 'application/pdf'.",
            )


@dataclass(frozen=True)
class Document:
    """What staff send by hand (BEHAVIOUR N5): an invoice, a proposal, a statement …

    It goes to contacts of a customer (``customer_id``) or to the ``address`` of somebody
    who is no customer yet, a pair of name and e-mail: one of the two. The contacts with
    ``topic`` on are selected already; without a topic it is the contact of ``contact_id``,
    else the primary one (N9). ``name`` stands in headings and messages (``"Invoice
    INV-00012"``), ``template`` is a registered :class:`MailTemplate`'s name and ``values``
    are its own merge fields, without the person's; lazy ones become text in the language
    of each mail. ``attachments`` makes the files in a language (a code such as ``"pt_BR"``)
    when they are shown and when they are sent. ``key`` names the record for good
    (``"invoice:12"``): the mails keep it, so that who got the document can be shown.
    Raises :class:`ConfigError` for what cannot be.
    """

    name: str
    template: str
    values: Mapping[str, object]
    customer_id: Any | None = None
    topic: str | None = None
    contact_id: int | None = None
    address: tuple[str, str] | None = None
    attachments: Callable[[str], Sequence[Attachment]] | None = None
    key: str = ""

    def __post_init__(self) -> None:
        if not str(self.name).strip():
            raise ConfigError("contacts.C052", "The document has no name.", "Give it one.")
        if (self.customer_id is None) == (self.address is None):
            raise ConfigError(
                "contacts.C053",
                f"{self.name}: it has both a customer and an address, or neither.",
                "Give customer_id=, or address=(name, e-mail) for somebody who is none yet.",
            )
        if self.address is not None and (self.contact_id is not None or self.topic is not None):
            raise ConfigError(
                "contacts.C054",
                f"{self.name}: an address has neither contacts nor topics.",
                "Leave contact_id= and topic= out.",
            )
        if len(self.key) > LONGEST_KEY or not self.key.isprintable():
            raise ConfigError(
                "contacts.C055",
                f"{self.key!r} cannot be a document's key.",
                f"Use at most {LONGEST_KEY} printable characters, such as 'invoice:12'.",
            )


def _is_filename(name: object) -> bool:
    return (
        isinstance(name, str)
        and 0 < len(name) <= _LONGEST_FILENAME
        and name.strip(" .") != ""
        and not set(name) & set("/\\")
        and not any(unicodedata.category(char)[0] in "CZ" and char != " " for char in name)
    )


def _shown(name: object) -> str:
    """Enough of a refused name to know it by, on one line."""
    return "".join(char if char.isprintable() else "�" for char in str(name))[:60]
