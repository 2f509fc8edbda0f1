"""One spelling for an e-mail address, the same on every database.

The key compares byte by byte: trimmed, NFC, domain in IDNA, everything in ASCII lower
case. The local part must be ASCII: Flask-Mail cannot send to others.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING

from .errors import InvalidInput
from .i18n import _l

if TYPE_CHECKING:
    from email_validator import ValidatedEmail

#: Local parts that need no closer look.
_PLAIN_LOCAL = re.compile(r"[A-Za-z0-9_+-]+(?:\.[A-Za-z0-9_+-]+)*@")


@dataclass(frozen=True)
class EmailAddress:
    """An address as ``typed`` (trimmed, NFC), and the ``key`` that makes it unique.

    The key is also what mail is sent to: never a look-alike of it.
    """

    typed: str
    key: str


def canonical_email(text: str, field: str = "email") -> EmailAddress:
    """Check an address and give its canonical form.

    Raises :class:`InvalidInput` at ``field`` for anything that is not a deliverable
    address by its syntax: also local parts outside ASCII, control characters, and
    more than 254 characters.
    """
    typed = unicodedata.normalize("NFC", text).strip(" \t")
    if len(typed) > 254:
        raise InvalidInput({field: [_l("This is too long for an e-mail address.")]})
    try:
        key = _ascii_form(typed).lower()
    except ValueError:  # the validator's own, and what is no text in UTF-8
        raise InvalidInput(
            {field: [_l("Type an e-mail address such as name@example.com.")]}
        ) from None
    if "=?" in key:  # a mail program would read it as an encoded word: another address
        raise InvalidInput({field: [_l("Type an e-mail address such as name@example.com.")]})
    if len(key) > 254:
        raise InvalidInput({field: [_l("This is too long for an e-mail address.")]})
    return EmailAddress(typed=typed, key=key)


def _ascii_form(typed: str) -> str:
    """The address in ASCII; raises what the validator raises.

    A domain is looked at once, for its syntax takes most of the time and files of contacts
    have many addresses of one domain.
    """
    plain = _PLAIN_LOCAL.match(typed) if typed.isascii() else None
    if plain is None:
        result = _validated(typed)
        return f"{result.ascii_local_part}@{result.ascii_domain}"
    return plain[0] + _ascii_domain(typed[plain.end() :])


@lru_cache(maxsize=4096)
def _ascii_domain(domain: str) -> str:
    return str(_validated(f"a@{domain}").ascii_domain)


def _validated(address: str) -> ValidatedEmail:
    from email_validator import validate_email  # noqa: PLC0415  not needed to start

    return validate_email(address, check_deliverability=False, allow_smtputf8=False)
