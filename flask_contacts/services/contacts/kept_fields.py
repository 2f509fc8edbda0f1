"""Leaving fields of a contact as they are: those that were not given, or not touched in a form.

Both are asked of the contact once it is locked, so that two who change different fields at once
lose nothing.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from contextlib import suppress
from typing import Any

from flask import current_app

from ...email_address import canonical_email
from ...errors import InvalidInput
from ...i18n import available_languages
from ...models import Contact
from ..meanwhile import Marks, both_changed, is_left, mark
from ..staff import users as staff
from .values import ContactValues

_LISTS = ("permissions", "topics")


def keep_the_rest(contact: Contact, values: ContactValues, given: Collection[str]) -> None:
    """Put what was not given back as the contact has it now."""
    for name in values.columns:
        if name.removesuffix("_e164") not in given:
            values.columns[name] = getattr(contact, name)
    if "email" not in given:
        with suppress(InvalidInput):
            values.email = canonical_email(contact.email) if contact.email else None
    if "manager" not in given:
        values.manager_id, values.manager_key = contact.manager_id, None
    if "account_manager" not in given:
        values.account_manager = staff.username_of(contact.account_manager_id)
    if "permissions" not in given:
        values.permissions = contact.permission_names
    if "topics" not in given:
        values.topics = contact.topic_names
    if "is_user" not in given:
        values.is_user = contact.login_id is not None


def merge(
    contact: Contact, values: ContactValues, raw: Mapping[str, object], opened: Marks | None
) -> dict[str, Any]:
    """Let the values change what somebody changed in the form ``raw``, and nothing else.

    ``opened`` are the marks of what the form said when it was opened; with None all of it is
    written. Each permission and each topic is a field of its own. Gives what those fields hold
    by now that somebody else changed as well, to something else: they are to be refused.
    """
    if opened is None:
        return {}
    touched = {name for name in raw if not is_left(name, raw, opened)}
    asked = touched | _relied_on(raw, touched)
    present = {name: _present(contact, name) for name in sorted(asked & set(opened))}
    overtaken = {
        name: now
        for name, now in present.items()
        if name not in _LISTS
        and both_changed(name, raw[name], now, opened)
        and mark(now) != mark(_checked(values, raw, name))
    }
    given = touched | {"manager"} if "manager_id" in touched else touched
    keep_the_rest(contact, values, given)
    for name in touched & set(opened) & set(_LISTS):
        was, typed = frozenset(opened[name]), frozenset(mark(raw[name]))
        held: frozenset[str] = frozenset(present[name])
        setattr(values, name, (held | (typed - was)) - (was - typed))
    return overtaken


def _relied_on(raw: Mapping[str, object], touched: Collection[str]) -> set[str]:
    """The fields that were left, but are meant as they were seen: a login is given, a password
    or a link goes to it, for the address that stood there."""
    if not raw.get("is_user"):
        return set()
    if raw.get("password") or raw.get("send_password_mail"):
        return {"email", "is_user"} & set(raw)
    return {"email"} & set(raw) if "is_user" in touched else set()


def _present(contact: Contact, name: str) -> Any:
    """What the contact has by now, as a form shows it."""
    if name == "is_user":
        return contact.login_id is not None
    if name == "manager":
        return None if contact.manager is None else contact.manager.email
    if name == "account_manager":
        return staff.username_of(contact.account_manager_id)
    if name == "language" and contact.language not in available_languages(current_app):
        return None  # one that is not offered any more
    if name in _LISTS:
        return getattr(contact, f"{name.removesuffix('s')}_names")
    return getattr(contact, name, None)


def _checked(values: ContactValues, raw: Mapping[str, object], name: str) -> object:
    """What was typed as it would be stored."""
    if name == "email":
        return values.email.typed if values.email is not None else None
    return values.columns.get(name, raw[name])
