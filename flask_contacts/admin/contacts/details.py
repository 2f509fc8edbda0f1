"""The fields of a contact in words, as its page shows them, by the tabs of the form (S2)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from ...i18n import _, _p
from ...models import Contact
from ..breakable import mail_to
from ..moments import day_in_words, moment_element
from ..staff_names import staff_by_id
from . import activity_words, team_words


@dataclass(frozen=True)
class Fact:
    """A field with its value; ``url`` is where the value leads, if anywhere."""

    label: Any
    value: Any
    url: str | None = None


@dataclass(frozen=True)
class Group:
    """The facts of one tab; fields that hold nothing are left out."""

    title: Any
    facts: list[Fact]


def groups(contact: Contact, manager_url: str | None, company_url: str | None) -> list[Group]:
    """The three tabs of the form, and what the software notes itself."""
    found = (
        Group(_("Main"), _filled(_main(contact))),
        Group(_("Working data"), _filled(_working(contact, manager_url, company_url))),
        Group(_("Contacts"), _filled(_ways(contact))),
        Group(_("Record"), _filled(_record(contact))),
    )
    return [one for one in found if one.facts]


def telephone(contact: Contact, name: str) -> str | None:
    """The address that dials a number of the contact, where the number is complete."""
    number = getattr(contact, f"{name}_e164")
    return f"tel:{number}" if number else None


def _main(contact: Contact) -> list[Fact]:
    born = contact.birthday
    words = activity_words.value_in_words
    return [
        Fact(_("First name"), contact.firstname),
        Fact(_("Last name"), contact.lastname),
        Fact(_("Middle name"), contact.middle_name),
        Fact(_("Birthday"), day_in_words(born) if born else None),
        Fact(_("Do not send emails"), words("do_not_send_emails", contact.do_not_send_emails)),
        Fact(_("Do not call"), words("do_not_call", contact.do_not_call)),
        Fact(_("Is user"), words("is_user", contact.login_id is not None)),
        Fact(_("User"), contact.login.email if contact.login is not None else None),
        Fact(_("Contact preferences"), words("contact_preference", contact.contact_preference)),
        Fact(_("Notes"), contact.notes),
    ]


def _working(contact: Contact, manager_url: str | None, company_url: str | None) -> list[Fact]:
    language = contact.language
    return [
        Fact(_("Company"), contact.customer, company_url),
        Fact(_("Manager"), team_words.name_of_manager(contact), manager_url),
        Fact(_("Job title"), contact.position),
        Fact(_("Certificate"), contact.certificate),
        Fact(_("Timezone"), contact.timezone),
        Fact(_("Language"), language and activity_words.value_in_words("language", language)),
    ]


def _ways(contact: Contact) -> list[Fact]:
    return [
        Fact(_("Mobile phone"), contact.mobile_phone, telephone(contact, "mobile_phone")),
        Fact(_("Mobile phone 2"), contact.mobile_phone2, telephone(contact, "mobile_phone2")),
        Fact(_("Work phone"), contact.phone, telephone(contact, "phone")),
        Fact(_p("address", "Email"), contact.email, contact.email and mail_to(contact.email)),
        Fact(_("Email 2"), contact.email2, contact.email2 and mail_to(contact.email2)),
        Fact(_("Other contacts"), contact.other_contacts),
    ]


def _record(contact: Contact) -> list[Fact]:
    ids = [one for one in (contact.account_manager_id, contact.created_by_id) if one is not None]
    names = staff_by_id(ids)
    account_manager = names.get(contact.account_manager_id or 0)
    creator = names.get(contact.created_by_id or 0)
    return [
        Fact(_("Account manager"), account_manager and account_manager.name),
        Fact(_("Created by"), creator and creator.name),
        Fact(_("Created"), _when(contact.created_at)),
        Fact(_("Last change"), _when(contact.updated_at)),
        Fact(_("Archived"), _when(contact.archived_at)),
    ]


def _when(moment: datetime | None) -> str | None:
    return None if moment is None else moment_element(moment)


def _filled(facts: list[Fact]) -> list[Fact]:
    return [one for one in facts if one.value not in (None, "")]
