"""What may be typed into a contact: one set of rules for forms, imports and APIs.

:func:`check` takes raw values by field name and gives a :class:`ContactValues`, with
every problem at its field.
"""

from __future__ import annotations

import zoneinfo
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import TYPE_CHECKING, Any

from ...clock import utc_now
from ...email_address import EmailAddress
from ...i18n import _l, _lp
from ...later import later
from ...registry import Registry
from ..field_checks import FieldChecks, e164, is_local_number

if TYPE_CHECKING:
    from ..accounts import passwords
else:
    passwords = later("services.accounts.passwords")


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
    "email": _lp("address", "Email"),
}
#: A login that nobody could come in by, and a link without a login, in the words of the form.
NO_WAY_IN = _l("Type a password, or tick Send set new password email.")
NO_LOGIN = _l("Tick Is user too: without a login no link is sent.")
_PHONES = ("phone", "mobile_phone", "mobile_phone2")
Problems = dict[str, list[object]]


@dataclass
class ContactValues:
    """Checked values: ``columns`` go to the contact as they are, the rest has meaning.

    ``manager_id`` names the manager where the form knows the contact, not only its address.
    """

    columns: dict[str, Any] = field(default_factory=dict)
    email: EmailAddress | None = None
    manager_key: str | None = None
    manager_id: int | None = None
    account_manager: str | None = None
    password: str = ""
    permissions: frozenset[str] = frozenset()
    topics: frozenset[str] = frozenset()
    is_primary: bool = False
    no_welcome_mail: bool = False
    send_password_mail: bool = False
    is_user: bool = True


def check(
    raw: Mapping[str, object],
    registry: Registry,
    languages: tuple[str, ...],
    *,
    phone_region: str | None = None,
    email_required: bool = True,
    creating: bool = False,
) -> tuple[ContactValues, Problems]:
    """Check every field of a contact; ``raw`` holds strings, booleans and lists.

    Gives the values and all problems by field. With any of these nothing may be written;
    the values are for what only the database can tell, so that a form shows it all at once.

    ``languages`` are those the host offers, ``phone_region`` the country of phone
    numbers without a code. ``creating`` asks for a password or a link (BEHAVIOUR C7).
    """
    checker = FieldChecks(raw)
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
    values.manager_id = checker.whole_number("manager_id")
    values.account_manager = checker.text("account_manager", 64)
    values.permissions = checker.names("permissions", registry.permissions)
    values.topics = checker.names("topics", registry.topics)
    flags = {name: checker.flag(name, name == "is_user") for name in FLAGS}
    for name in ("do_not_send_emails", "do_not_call"):
        columns[name] = flags.pop(name)
    for name, value in flags.items():
        setattr(values, name, value)
    _check_password(checker, values, creating)
    return values, checker.errors


def _check_phones(checker: FieldChecks, columns: dict[str, Any], region: str | None) -> None:
    for name in _PHONES:
        text = columns[name]
        columns[f"{name}_e164"] = check_phone(checker, name, text, region) if text else None


def check_phone(checker: FieldChecks, name: str, text: str, region: str | None) -> str | None:
    """The number in its international form, None for a local one; a problem for no number."""
    number = e164(text, region)
    if number is None and not is_local_number(text):
        checker.fail(name, _l("Type a phone number such as +1 212 555 0123."))
    return number


def _check_password(checker: FieldChecks, values: ContactValues, creating: bool) -> None:
    password = checker.raw.get("password") or ""
    if not isinstance(password, str):
        checker.fail("password", _l("This must be text."))
        return
    values.password = password
    if creating:
        for name, text in missing_way_in(values).items():
            checker.fail(name, text)
    if password and values.is_user:
        key = values.email.key if values.email else None
        names = (values.columns["firstname"], values.columns["lastname"])
        for text in passwords.problems(password, key, *names):
            checker.fail("password", text)


def missing_way_in(values: ContactValues) -> dict[str, object]:
    """What keeps a new login's holder out, by field: no password and no link (C7)."""
    if values.is_user:
        if values.password or values.send_password_mail:
            return {}
        return {"password": NO_WAY_IN}
    if values.send_password_mail:
        return {"send_password_mail": NO_LOGIN}
    return {}


def _check_meanings(
    checker: FieldChecks, columns: Mapping[str, Any], languages: tuple[str, ...]
) -> None:
    if columns["timezone"] and columns["timezone"] not in zoneinfo.available_timezones():
        checker.fail("timezone", _l("There is no such timezone."))
    if columns["language"] and columns["language"] not in languages:
        checker.fail("language", _l("This language is not offered."))


def _birthday(checker: FieldChecks) -> date | None:
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


def _preference(checker: FieldChecks) -> str:
    value = checker.text("contact_preference", 20) or "any"
    if value not in PREFERENCES:
        checker.fail(
            "contact_preference", _l("This holds a choice that does not exist. Choose again.")
        )
        return "any"
    return value
