"""What was chosen for the contact that stays, put into it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from ...email_address import canonical_email
from ...errors import InvalidInput
from ...i18n import _l
from ...models import Contact, ContactPermission, ContactTopic
from ..contacts import reporting_lines
from .comparison import Comparison
from .proposals import NameChoice, Option, permitted

_PHONES = ("phone", "mobile_phone", "mobile_phone2")
_UNKNOWN = _l("This holds a choice that does not exist. Choose again.")


@dataclass(frozen=True)
class Choices:
    """The choice of an option by field (what is left out is as proposed), and the permissions
    and topics of the one that stays; None: as proposed. A topic whose permission it does not
    get is left out."""

    fields: Mapping[str, str] = field(default_factory=dict)
    permissions: frozenset[str] | None = None
    topics: frozenset[str] | None = None

    def option(self, name: str, shown: Comparison) -> Option:
        """The option chosen for a field; :class:`InvalidInput` where there is no such."""
        asked = next(one for one in shown.fields if one.name == name)
        choice = asked.chosen if asked.is_fixed else self.fields.get(name, asked.chosen)
        for one in asked.options:
            if one.choice == choice:
                return one
        raise InvalidInput({name: [_UNKNOWN]})

    def contact_of(self, name: str, shown: Comparison) -> int:
        """The id of the contact whose value was chosen."""
        return self.option(name, shown).of or 0


def write(session: Session, shown: Comparison, choices: Choices) -> None:
    """Put the choices into the survivor, which has its company and its login by now.

    Raises :class:`InvalidInput` at a field.
    """
    survivor = shown.survivor
    by_id = {one.id: one for one in shown.contacts}
    for asked in shown.fields:
        option = choices.option(asked.name, shown)
        if asked.name == "email":
            _write_email(session, shown, option)
        elif asked.name in _PHONES:
            number = f"{asked.name}_e164"
            setattr(survivor, number, getattr(by_id[option.of or 0], number))
        if asked.name != "email":
            setattr(survivor, asked.name, option.value)
    if _key_of(survivor.email2) == _key_of(survivor.email):
        survivor.email2 = None
    _write_names(shown, choices)
    session.flush()
    _break_circle(session, survivor)


def _write_email(session: Session, shown: Comparison, option: Option) -> None:
    survivor, key = shown.survivor, _key_of(option.value)
    survivor.email, survivor.email_key = option.value, key
    if key is None:
        return
    query = select(Contact.id).where(
        Contact.email_scope == survivor.email_scope,
        Contact.email_key == key,
        Contact.id.not_in([one.id for one in shown.contacts]),
    )
    with session.no_autoflush:
        if session.scalar(query) is not None:
            text = _l("Another contact, that is not merged here, has this address.")
            raise InvalidInput({"email": [text]})


def _write_names(shown: Comparison, choices: Choices) -> None:
    survivor = shown.survivor
    permissions = _chosen("permissions", shown.permissions, choices.permissions)
    topics = permitted(_chosen("topics", shown.topics, choices.topics), permissions)
    held = {row.name: row for row in survivor.permissions}
    survivor.permissions = [held.get(one) or ContactPermission(name=one) for one in permissions]
    on = {row.name: row for row in survivor.topics}
    survivor.topics = [on.get(one) or ContactTopic(name=one) for one in topics]


def _chosen(field_name: str, asked: list[NameChoice], chosen: frozenset[str] | None) -> list[str]:
    """Nobody gets by a merge what none of them had."""
    if chosen is None:
        return [one.name for one in asked if one.proposed]
    if chosen - {one.name for one in asked}:
        raise InvalidInput({field_name: [_UNKNOWN]})
    return sorted(chosen)


def _break_circle(session: Session, survivor: Contact) -> None:
    """Whoever reports to the one may be above the other: then there is no manager (S2)."""
    if survivor.manager_id is None:
        return
    manager = session.get(Contact, survivor.manager_id)
    is_above = manager is not None and manager.manager_id == survivor.id
    if manager is None or is_above or reporting_lines.reports_to(session, manager, survivor.id):
        survivor.manager_id = None


def _key_of(typed: Any) -> str | None:
    return canonical_email(typed).key if typed else None
