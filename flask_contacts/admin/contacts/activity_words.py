"""The words of the activity: verbs, fields and values as staff read them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Any

from flask import current_app

from ...i18n import _, _l, _lp
from ...services.contacts.values import PREFERENCES
from ...state import current_contacts
from ..moments import day_in_words, moment_in_words

_LONGEST = 300
#: What stands for no value.
EMPTY: Sequence[Any] = (None, "", [])

VERBS: Mapping[str, Any] = {
    "created": _lp("activity", "Created"),
    "registered": _l("Registered in the portal"),
    "invited": _l("Invited"),
    "edited": _l("Changed"),
    "imported": _l("Imported"),
    "changed_by_import": _l("Changed by an import"),
    "deactivated": _l("Deactivated"),
    "reactivated": _l("Reactivated"),
    "made_primary": _l("Made the primary contact"),
    "no_longer_primary": _l("No longer the primary contact"),
    "moved": _l("Moved to another customer"),
    "manager_moved": _l("Lost the manager, who moved to another customer"),
    "manager_anonymised": _l("Lost the manager, who was anonymised"),
    "manager_deleted": _l("Lost the manager, who was deleted"),
    "merged": _l("Merged with another contact"),
    "archived": _l("Archived"),
    "restored": _l("Restored"),
    "anonymised": _l("Anonymised"),
    "login_created": _l("Got a login"),
    "login_joined": _l("Joined a login that the person has already"),
    "login_removed": _l("Lost the login"),
    "login_changed": _l("Got a login of its own"),
    "set_password_link_sent": _l("A link to set a password was requested"),
    "password_set_by_staff": _l("Password set by staff"),
    "password_set": _l("Password set through a mailed link"),
    "password_changed": _l("Changed the own password"),
    "email_change_asked": _l("Asked to change the own e-mail address"),
    "email_change_confirmed": _l("Confirmed the new e-mail address"),
    "two_factor_on": _l("Turned two-factor authentication on"),
    "two_factor_replaced": _l("Set up another app for two-factor authentication"),
    "two_factor_off": _l("Turned two-factor authentication off"),
    "two_factor_reset": _l("Two-factor authentication reset by staff"),
    "two_factor_guessed": _l("Several wrong codes after the right password"),
    "recovery_code_used": _l("Used a recovery code"),
    "recovery_codes_renewed": _l("Made new recovery codes"),
    "sessions_ended": _l("Ended own sessions"),
    "data_downloaded": _l("Downloaded the own data"),
    "company_edited": _l("Changed the details of the company"),
    "signed_in": _l("Signed in"),
    "view_as_begun": _l("Began to see the portal as this contact"),
    "view_as_ended": _l("Ended seeing the portal as this contact"),
    "document_sent": _l("Document sent"),
    "commented": _l("Commented"),
    "comment_deleted": _l("Wrote a comment that was deleted"),
    "added_to_list": _l("Added to a marketing list"),
    "removed_from_list": _l("Removed from a marketing list"),
    "left_list": _l("Left a marketing list"),
    "rejoined_list": _l("Came back to a marketing list"),
    "linked": _l("Linked"),
    "unlinked": _l("Unlinked"),
}
#: What happens to a login tells of the person's other customers, so staff from whom some
#: are hidden do not read it (C6).
ABOUT_THE_LOGIN = (
    "login_created", "login_joined", "login_changed", "set_password_link_sent",
    "password_set_by_staff", "password_set", "password_changed", "email_change_asked",
    "sessions_ended", "data_downloaded", "two_factor_on", "two_factor_replaced",
    "two_factor_off", "two_factor_reset", "two_factor_guessed", "recovery_code_used",
    "recovery_codes_renewed",
)  # fmt: skip

#: What the feed can be narrowed to, by the word in the address.
KINDS: Mapping[str, Any] = {
    "changes": _l("Changes"),
    "sign_ins": _l("Sign-ins"),
    "mail": _l("Mail"),
    "comments": _l("Comments"),
}
#: The verbs of each kind; all others are changes.
VERBS_OF_KIND: Mapping[str, Sequence[str]] = {
    "sign_ins": (
        "signed_in", "sessions_ended", "password_set_by_staff", "password_set",
        "password_changed", "two_factor_on", "two_factor_replaced", "two_factor_off",
        "two_factor_reset", "two_factor_guessed", "recovery_code_used", "recovery_codes_renewed",
        "data_downloaded", "view_as_begun", "view_as_ended",
    ),
    "mail": (
        "set_password_link_sent", "document_sent", "added_to_list", "removed_from_list",
        "left_list", "rejoined_list",
    ),
    "comments": ("commented", "comment_deleted"),
}  # fmt: skip

#: The fields that are shown; whatever else stands in a row is not.
FIELDS: Mapping[str, Any] = {
    "document": _l("Document"),
    "marketing_list": _l("Marketing list"),
    "merged_contact": _l("Merged contact"),
    "related": _l("Record"),
    "view_reason": _l("Reason"),
    "view_until": _l("Until at the latest"),
    "customer": _l("Company"),
    "firstname": _l("Firstname"),
    "lastname": _l("Lastname"),
    "middle_name": _l("Middle name"),
    "position": _l("Position"),
    "email": _lp("address", "Email"),
    "phone": _l("Phone"),
    "permissions": _l("Permissions"),
    "topics": _l("Email Notifications"),
    "birthday": _l("Birthday"),
    "do_not_send_emails": _l("Do not send emails"),
    "do_not_call": _l("Do not call"),
    "contact_preference": _l("Contact preferences"),
    "notes": _l("Notes"),
    "manager_id": _l("Manager"),
    "account_manager_id": _l("Account manager"),
    "certificate": _l("Certificate"),
    "timezone": _l("Timezone"),
    "language": _l("Language"),
    "mobile_phone": _l("Mobile phone"),
    "mobile_phone2": _l("Mobile phone 2"),
    "email2": _l("Email 2"),
    "other_contacts": _l("Other contacts"),
}
#: What the form of the agent interface calls otherwise (BEHAVIOUR S2).
AGENT_WORDS: Mapping[str, Any] = {
    "firstname": _l("First name"),
    "lastname": _l("Last name"),
    "position": _l("Job title"),
    "phone": _l("Work phone"),
}
AGENT_FIELDS: Mapping[str, Any] = {**FIELDS, **AGENT_WORDS}


def value_in_words(field: str, value: Any) -> str:
    """One value of a field; an empty one is a dash."""
    if isinstance(value, bool):
        return str(_("Yes") if value else _("No"))
    if value in EMPTY:
        return "–"
    if isinstance(value, list):
        return ", ".join(_labels(field, value))
    if field == "contact_preference":
        value = PREFERENCES.get(value, value)
    elif field == "view_until":
        value = moment_in_words(datetime.fromisoformat(value))
    elif field == "birthday":
        value = _day(value)
    elif field == "language":
        languages = current_app.config.get("LANGUAGES") or {}
        value = languages.get(value, {}).get("name", value)
    text = str(value)
    return text if len(text) <= _LONGEST else f"{text[:_LONGEST]}…"


def _day(text: str) -> str:
    """A date as it is kept, in the reader's way of writing it; no time zone moves it."""
    try:
        return day_in_words(date.fromisoformat(text))
    except ValueError:
        return text


def _labels(field: str, names: Sequence[Any]) -> list[str]:
    registry = current_contacts.registry
    labels: Mapping[Any, Any] = registry.permissions
    if field == "topics":
        labels = {name: topic.label for name, topic in registry.topics.items()}
    return [str(labels.get(name, name)) for name in names]
