"""The filters of CRM → Customer contacts in words: a chip for each, with a way to lift it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from typing import Any

from babel import Locale, UnknownLocaleError
from flask import current_app
from flask_babel import get_locale

from ...i18n import _, available_languages
from ...services.invitations.states import STATES as INVITATIONS
from ...services.quality.problems import PROBLEMS
from ...state import current_contacts
from ..kept_parts import kept_part
from ..moments import day_in_words
from .arguments import ME, ListArguments

Choices = list[tuple[str, Any]]


@dataclass(frozen=True)
class Chip:
    """``lift_url`` is the list without this filter."""

    name: str
    text: Any
    lift_url: str


def chips(arguments: ListArguments) -> list[Chip]:
    """The filters that narrow the list; *Active* is one of them until it is lifted."""
    given = {"state": "active", **arguments.values}
    found = []
    for name, words in _WORDS.items():
        value = given.get(name)
        if not value or (name == "state" and value == "all"):
            continue
        lifted = "all" if name == "state" else None
        found.append(Chip(name, words(value, arguments), arguments.url(**{name: lifted})))
    return found


def choices() -> dict[str, Choices]:
    """What the inputs of the filters' form offer, by argument, but for nothing."""
    return {
        "state": [*_states().items()],
        "primary": [("yes", _("Yes")), ("no", _("No"))],
        "login": [("any", _("With a login")), *INVITATIONS.items()],
        "permission": [*current_contacts.registry.permissions.items()],
        "topic": [(name, topic.label) for name, topic in current_contacts.registry.topics.items()],
        "language": [(code, language_name(code)) for code in available_languages(current_app)],
        "mails": [("no", _("Wants no e-mails")), ("yes", _("May be mailed"))],
        "address": [("no", _("Without an e-mail address")), ("yes", _("With an e-mail address"))],
        "quality": [*PROBLEMS.items()],
    }


def language_name(code: str) -> str:
    """A language in the reader's words."""
    try:
        return str(Locale.parse(code).get_display_name(get_locale()) or code)
    except (ValueError, UnknownLocaleError):
        return code


def _states() -> dict[str, Any]:
    return kept_part("contact_states", _states_in_words)


def _states_in_words() -> dict[str, Any]:
    return {
        "active": _("Active"),
        "inactive": _("Inactive"),
        "archived": _("Archived"),
        "all": _("All states"),
    }


def _choice_in(name: str) -> Callable[[str, ListArguments], str]:
    return lambda value, _arguments: str(dict(choices()[name]).get(value, value))


def _primary(value: str, _arguments: ListArguments) -> Any:
    return _("Primary contacts") if value == "yes" else _("Not primary")


def _company(_value: str, arguments: ListArguments) -> Any:
    return _("Company: %(name)s", name=arguments.company)


def _login(value: str, _arguments: ListArguments) -> Any:
    if value == "any":
        return _("With a login")
    return _("Invitation: %(state)s", state=INVITATIONS[value])


def _permission(value: str, _arguments: ListArguments) -> Any:
    return _("Permission: %(name)s", name=current_contacts.registry.permissions[value])


def _topic(value: str, _arguments: ListArguments) -> Any:
    return _("Topic: %(name)s", name=current_contacts.registry.topics[value].label)


def _manager(value: str, _arguments: ListArguments) -> Any:
    return _("Account manager: %(name)s", name=_("me") if value == ME else value)


def _language(value: str, _arguments: ListArguments) -> Any:
    return _("Language: %(name)s", name=language_name(value))


def _created_from(value: str, _arguments: ListArguments) -> Any:
    return _("Created from %(date)s", date=_day(value))


def _created_until(value: str, _arguments: ListArguments) -> Any:
    return _("Created until %(date)s", date=_day(value))


def _signed_in_from(value: str, _arguments: ListArguments) -> Any:
    return _("Signed in from %(date)s", date=_day(value))


def _signed_in_until(value: str, _arguments: ListArguments) -> Any:
    return _("Signed in until %(date)s", date=_day(value))


def _day(value: str) -> str:
    return day_in_words(date.fromisoformat(value))


_WORDS: dict[str, Callable[[str, ListArguments], Any]] = {
    "state": lambda value, _arguments: str(_states()[value]),
    "company": _company,
    "primary": _primary,
    "login": _login,
    "permission": _permission,
    "topic": _topic,
    "manager": _manager,
    "language": _language,
    "created_from": _created_from,
    "created_until": _created_until,
    "signed_in_from": _signed_in_from,
    "signed_in_until": _signed_in_until,
    "mails": _choice_in("mails"),
    "address": _choice_in("address"),
    "quality": _choice_in("quality"),
}
