"""What may be typed into a contact: one set of rules for forms, imports and APIs.

:func:`check` takes raw values by field name and gives a :class:`ContactValues`, or
raises :class:`InvalidInput` with every problem at its field.
"""

from __future__ import annotations

import unicodedata
import zoneinfo
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any

import phonenumbers

from ..clock import utc_now
from ..email_address import EmailAddress, canonical_email
from ..errors import InvalidInput
from ..i18n import _l
from ..registry import Registry

#: Single-line texts and their longest form, in characters.
TEXTS = {
    "firstname": 100, "lastname": 100, "middle_name": 100, "position": 100, "phone": 40,
    "certificate": 191, "timezone": 64, "language": 20, "mobile_phone": 40,
    "mobile_phone2": 40,
}  # fmt: skip
LONG_TEXTS = {"notes": 10_000, "other_contacts": 2_000}
FLAGS = (
    "is_primary", "no_welcome_mail", "send_password_mail", "do_not_send_emails",
    "do_not_call", "is_user",
)  # fmt: skip
PREFERENCES = {
    "any": _l("Any"),
    "work_phone": _l("Work phone"),
    "mobile_phone": _l("Mobile phone"),
    "email": _l("Email"),
}
_PHONES = ("phone", "mobile_phone", "mobile_phone2")


@dataclass
class ContactValues:
    """Checked values: ``columns`` go to the contact as they are, the rest has meaning."""

    columns: dict[str, Any] = field(default_factory=dict)
    email: EmailAddress | None = None
    manager_key: str | None = None
    account_manager: str | None = None
    password: str = ""
    permissions: frozenset[str] = frozenset()
    topics: frozenset[str] = frozenset()
    is_primary: bool = False
    no_welcome_mail: bool = False
    send_password_mail: bool = False
    is_user: bool = True


class _Checker:
    def __init__(self, raw: Mapping[str, object]) -> None:
        self.raw = raw
        self.errors: dict[str, list[object]] = {}

    def fail(self, name: str, message: object) -> None:
        self.errors.setdefault(name, []).append(message)

    def text(self, name: str, longest: int, *, multiline: bool = False) -> str | None:
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
        if any(unprintable(char) and char not in allowed for char in value):
            self.fail(name, _l("This holds characters that cannot be shown. Type it again."))
            return None
        if len(value) > longest:
            self.fail(name, _l("Use at most %(count)s characters.", count=longest))
            return None
        return value or None

    def flag(self, name: str, default: bool) -> bool:
        value = self.raw.get(name, default)
        if not isinstance(value, bool):
            self.fail(name, _l("This must be yes or no."))
            return default
        return value

    def names(self, name: str, known: Mapping[str, object]) -> frozenset[str]:
        value = self.raw.get(name) or ()
        if not isinstance(value, (list, tuple, set, frozenset)):
            self.fail(name, _l("This must be a list."))
            return frozenset()
        if any(not isinstance(item, str) or item not in known for item in value):
            self.fail(name, _l("This holds a choice that does not exist. Choose again."))
            return frozenset()
        return frozenset(value)

    def email(self, name: str) -> EmailAddress | None:
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
        value = self.raw.get(name)
        if name not in self.errors and (not isinstance(value, str) or not value.strip()):
            self.fail(name, _l("This field is required."))


def check(
    raw: Mapping[str, object],
    registry: Registry,
    languages: tuple[str, ...],
    *,
    phone_region: str | None = None,
    email_required: bool = True,
) -> ContactValues:
    """Check every field of a contact; ``raw`` holds strings, booleans and lists.

    ``languages`` are those the host offers, ``phone_region`` the country of phone
    numbers without a code.

    Raises :class:`InvalidInput` with all problems at once.
    """
    checker = _Checker(raw)
    columns: dict[str, Any] = {name: checker.text(name, longest) for name, longest in TEXTS.items()}
    for name, longest in LONG_TEXTS.items():
        columns[name] = checker.text(name, longest, multiline=True)
    checker.require("firstname")
    checker.require("lastname")
    _check_phones(checker, columns, phone_region)
    _check_meanings(checker, columns, languages)
    columns["birthday"] = _birthday(checker)
    columns["contact_preference"] = _preference(checker)
    values = ContactValues(columns=columns)
    values.email = checker.email("email")
    if email_required:
        checker.require("email")
    email2 = checker.email("email2")
    columns["email2"] = email2.typed if email2 else None
    manager = checker.email("manager")
    values.manager_key = manager.key if manager else None
    values.account_manager = checker.text("account_manager", 64)
    values.permissions = checker.names("permissions", registry.permissions)
    values.topics = checker.names("topics", registry.topics)
    flags = {name: checker.flag(name, name == "is_user") for name in FLAGS}
    for name in ("do_not_send_emails", "do_not_call"):
        columns[name] = flags.pop(name)
    for name, value in flags.items():
        setattr(values, name, value)
    password = raw.get("password") or ""
    if not isinstance(password, str):
        checker.fail("password", _l("This must be text."))
    else:
        values.password = password
    if checker.errors:
        raise InvalidInput(checker.errors)
    return values


def unprintable(char: str) -> bool:
    """Control characters, lone surrogates, line and paragraph separators."""
    return unicodedata.category(char) in {"Cc", "Cs", "Zl", "Zp"}


def e164(text: str, region: str | None = None) -> str | None:
    """A phone number in its international form (``+442071234567``), or None.

    A number without its country's code needs the ``region``, a country such as ``"GB"``.
    """
    try:
        number = phonenumbers.parse(text, region)
    except phonenumbers.NumberParseException:
        return None
    if not phonenumbers.is_possible_number(number):
        return None
    return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)


def is_local_number(text: str) -> bool:
    """Whether a text without a country's code can be a number all the same: it has digits."""
    return any(char.isdigit() for char in text) and all(
        char.isdigit() or char in " ()/.-#*xextEXT" for char in text
    )


def _check_phones(checker: _Checker, columns: dict[str, Any], region: str | None) -> None:
    for name in _PHONES:
        text = columns[name]
        columns[f"{name}_e164"] = e164(text, region) if text else None
        if text and columns[f"{name}_e164"] is None and not is_local_number(text):
            checker.fail(name, _l("Type a phone number such as +1 212 555 0123."))


def _check_meanings(
    checker: _Checker, columns: Mapping[str, Any], languages: tuple[str, ...]
) -> None:
    if columns["timezone"] and columns["timezone"] not in zoneinfo.available_timezones():
        checker.fail("timezone", _l("There is no such timezone."))
    if columns["language"] and columns["language"] not in languages:
        checker.fail("language", _l("This language is not offered."))


def _birthday(checker: _Checker) -> date | None:
    text = checker.text("birthday", 10)
    if text is None:
        return None
    try:
        day = date.fromisoformat(text)
    except ValueError:
        checker.fail("birthday", _l("Type a date as year-month-day, such as 1985-06-30."))
        return None
    if not date(1900, 1, 1) <= day < utc_now().date():
        checker.fail("birthday", _l("The birthday must be in the past."))
        return None
    return day


def _preference(checker: _Checker) -> str:
    value = checker.text("contact_preference", 20) or "any"
    if value not in PREFERENCES:
        checker.fail(
            "contact_preference", _l("This holds a choice that does not exist. Choose again.")
        )
        return "any"
    return value
