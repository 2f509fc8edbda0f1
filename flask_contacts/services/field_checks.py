"""Checking one typed value at a time: text, flags, choices, addresses, phone numbers.

The problems are collected by field, so that a form shows them all at once.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import phonenumbers

from ..email_address import EmailAddress, canonical_email
from ..errors import InvalidInput
from ..i18n import _l, _lp
from ..later import later

if TYPE_CHECKING:
    from .contacts import international_numbers
else:
    international_numbers = later("services.contacts.international_numbers")


#: A choice that is none: the API names those that there are.
UNKNOWN_CHOICE = _l("This holds a choice that does not exist. Choose again.")
_DIRECTIONS = frozenset("\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")
_ENDS = r"\.(?:com|net|org|info|biz|io|co|app|dev|xyz|top|site|online|shop|click|link|live|me)"
_LINK = re.compile(rf"://|\bwww\.|\w{_ENDS}/", re.IGNORECASE)
_PERSONS_LINK = re.compile(rf"{_LINK.pattern}|\w{_ENDS}\b", re.IGNORECASE)
_LONGEST_NUMBER = 16  # E.164: the sign and at most 15 digits
_BLANKS = frozenset("\u115f\u1160\u3164\uffa0\u2800")  # letters that look like nothing


class FieldChecks:
    """Raw values by field name, and the problems found in them so far.

    What is no mapping counts as an empty one: then what is required is missing.
    """

    def __init__(self, raw: Mapping[str, object]) -> None:
        self.raw = raw if isinstance(raw, Mapping) else {}
        self.errors: dict[str, list[object]] = {}

    def fail(self, name: str, message: object) -> None:
        """Note a problem at a field."""
        self.errors.setdefault(name, []).append(message)

    def text(self, name: str, longest: int, *, multiline: bool = False) -> str | None:
        """The text, trimmed and in NFC, or None where nothing was typed or it is refused."""
        value = self.raw.get(name)
        if value is None:
            return None
        if not isinstance(value, str):
            self.fail(name, _l("This must be text."))
            return None
        value = unicodedata.normalize("NFC", value).strip()
        allowed = "\n\t" if multiline else ""
        if multiline:
            value = value.replace("\r\n", "\n").replace("\r", "\n")
        is_plain = value.isascii() and value.isprintable()  # most are, and need no closer look
        if not is_plain and any(unprintable(char) and char not in allowed for char in value):
            self.fail(name, _l("This holds characters that cannot be shown. Type it again."))
            return None
        if len(value) > longest:
            self.fail(name, _l("Use at most %(count)s characters.", count=longest))
            return None
        return value or None

    def flag(self, name: str, default: bool) -> bool:
        """Yes or no; ``default`` where nothing was sent."""
        value = self.raw.get(name, default)
        if not isinstance(value, bool):
            self.fail(name, _l("This must be yes or no."))
            return default
        return value

    def whole_number(self, name: str) -> int | None:
        """A number, or None where none was sent; True is none."""
        value = self.raw.get(name)
        if value is None or type(value) is int:
            return value
        self.fail(name, _l("This must be a whole number."))
        return None

    def names(self, name: str, known: Mapping[str, object]) -> frozenset[str]:
        """A list of names, all of them known."""
        value = self.raw.get(name) or ()
        if not isinstance(value, (list, tuple, set, frozenset)):
            self.fail(name, _l("This must be a list."))
            return frozenset()
        if any(not isinstance(item, str) or item not in known for item in value):
            self.fail(name, UNKNOWN_CHOICE)
            return frozenset()
        return frozenset(value)

    def email(self, name: str) -> EmailAddress | None:
        """An e-mail address, or None where nothing was typed or it is refused."""
        value = self.text(name, 254)
        if value is None:
            return None
        try:
            return canonical_email(value, name)
        except InvalidInput as error:
            for text in error.errors[name]:
                self.fail(name, text)
            return None

    def require(self, name: str) -> None:
        """Refuse a text that is missing or shows nothing."""
        value = self.raw.get(name)
        if name not in self.errors and (not isinstance(value, str) or not is_visible(value)):
            self.fail(name, _lp("form", "This field is required."))


def unprintable(char: str) -> bool:
    """Control characters, lone surrogates, line and paragraph separators; what turns the
    direction of the text around it, and invisible tags."""
    return (
        unicodedata.category(char) in {"Cc", "Cs", "Zl", "Zp"}
        or char in _DIRECTIONS
        or "\U000e0000" <= char <= "\U000e007f"
    )


def can_be_shown(text: str) -> bool:
    """Whether no sign of a line is unprintable. A database takes no others to look for."""
    return text.isprintable() or not any(map(unprintable, text))


def is_visible(text: str) -> bool:
    """Whether a text shows anything at all when it is printed."""
    return any(unicodedata.category(char)[0] in "LNPS" and char not in _BLANKS for char in text)


def is_web_address(text: str) -> bool:
    """Whether a text is an address that may become a link: http or https, nothing else."""
    try:
        parts = urlsplit(text)
    except ValueError:
        return False
    return parts.scheme in {"http", "https"} and bool(parts.hostname) and " " not in text


def links_in_names(
    raw: Mapping[str, object], persons: Iterable[str], companies: Iterable[str] = ()
) -> dict[str, list[object]]:
    """The problems of names that hold a web address, by field.

    A contact types them, and they stand in mail to others: a stranger's link must not go out
    with our letterhead. A company may be called after its site, such as ``Booking.com``.
    """
    patterns = {**dict.fromkeys(persons, _PERSONS_LINK), **dict.fromkeys(companies, _LINK)}
    text = _l("Leave web addresses out.")
    return {
        name: [text]
        for name, pattern in patterns.items()
        if isinstance(value := raw.get(name), str) and pattern.search(value)
    }


def e164(text: str, region: str | None = None) -> str | None:
    """A phone number in its international form (``+442071234567``), or None.

    A number without its country's code needs the ``region``, a country such as ``"GB"``.
    """
    plain = international_numbers.plain_e164(text)
    if plain is not None:
        return plain if len(plain) <= _LONGEST_NUMBER else None
    try:
        number = phonenumbers.parse(text, region)
    except phonenumbers.NumberParseException:
        return None
    if not phonenumbers.is_possible_number(number):
        return None
    written = phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)
    return written if len(written) <= _LONGEST_NUMBER else None


def is_local_number(text: str) -> bool:
    """Whether a text without a country's code can be a number all the same: it has digits,
    and with its extension apart no more than a number of any country."""
    number = re.split("[#xX]|ext", text, maxsplit=1)[0]
    digits = sum(char.isdigit() for char in number.lstrip(" (0"))
    return (
        any(char.isdigit() for char in text)
        and digits < _LONGEST_NUMBER
        and all(char.isdigit() or char in " ()/.-#*xextEXT" for char in text)
    )
