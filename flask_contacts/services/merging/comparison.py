"""Contacts side by side, each field with what is proposed for the one that they become."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Collection, Iterable, Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

from sqlalchemy import select
from sqlalchemy.orm import Session, joinedload, selectinload
from sqlalchemy.sql.elements import ColumnElement

from ...i18n import _l
from ...later import later
from ...models import Contact
from ..chunks import MOST_AT_ONCE
from .proposals import (
    FIELDS,
    FieldChoice,
    NameChoice,
    email_choice,
    field_choice,
    name_choices,
    second_email_choice,
    topic_choices,
)

if TYPE_CHECKING:
    from ..contacts import activity
    from . import login_fate
    from .login_fate import LoginFate
else:
    activity = later("services.contacts.activity")
    login_fate = later("services.merging.login_fate")


#: More contacts than these are not one person, and no page shows them side by side.
MOST = 5


class Comparison(NamedTuple):
    """All that is asked before contacts become ``survivor``; ``seen`` names what was shown."""

    contacts: list[Contact]
    survivor: Contact
    customer_id: Any
    fields: list[FieldChoice]
    permissions: list[NameChoice]
    topics: list[NameChoice]
    login: LoginFate
    seen: str


def chosen_contacts(
    session: Session, ids: Collection[int], visible: ColumnElement[bool]
) -> list[Contact]:
    """Those of the contacts that may be seen, by id, with what a comparison shows of them."""
    wanted = list(dict.fromkeys(ids))[:MOST_AT_ONCE]
    query = (
        select(Contact)
        .where(Contact.id.in_(wanted), visible)
        .order_by(Contact.id)
        .options(
            joinedload(Contact.customer), joinedload(Contact.login), selectinload(Contact.topics)
        )
        .execution_options(populate_existing=True)
    )
    return list(session.scalars(query))


def obstacles(contacts: Sequence[Contact]) -> list[Any]:
    """Why these contacts cannot become one, as sentences; none: they can."""
    found: list[Any] = []
    if len(contacts) < 2:
        found.append(_l("Choose at least two contacts."))
    if len(contacts) > MOST:
        found.append(_l("Choose at most %(most)s contacts.", most=MOST))
    found += [
        _l("%(name)s is archived. Restore the contact first.", name=one.name)
        for one in contacts
        if one.archived_at is not None
    ]
    if len(companies_of(contacts)) > 1:
        text = _l(
            "They are contacts of different companies. Who works for two companies is a contact "
            "of each, and signs in once. If the person has changed companies, move the one "
            "contact to the other company first."
        )
        found.append(text)
    return found


def companies_of(contacts: Iterable[Contact]) -> set[Any]:
    """The keys of the companies that some contacts are of."""
    return {one.customer_id for one in contacts if one.customer_id is not None}


def proposed_survivor(contacts: Sequence[Contact]) -> Contact:
    """The contact to keep: of a company, active, with a login in use, primary, fuller, older."""

    def worth(one: Contact) -> tuple[Any, ...]:
        filled = sum(1 for name in FIELDS if getattr(one, name))
        return (
            one.customer_id is not None,
            one.active,
            one.login_id is not None,
            one.last_signed_in_at is not None,
            one.is_primary,
            filled,
            -one.id,
        )

    return max(contacts, key=worth)


def compare(contacts: Sequence[Contact], survivor: Contact) -> Comparison:
    """What there is to choose where ``survivor`` is the one that stays."""
    customer_id = next(iter(companies_of(contacts)), None)
    fate = login_fate.fate_of(contacts, survivor, customer_id)
    email = email_choice(contacts, survivor, fate)
    taken = next(one for one in contacts if str(one.id) == email.chosen)
    fields = [
        email
        if name == "email"
        else second_email_choice(contacts, survivor, taken)
        if name == "email2"
        else field_choice(name, contacts, survivor, customer_id)
        for name in FIELDS
    ]
    moving = taken if taken in fate.may_move else None
    whose = fate.kept or moving
    permissions = name_choices(
        {one.id: one.permission_names for one in contacts}, None if whose is None else whose.id
    )
    topics = topic_choices(contacts, survivor, moving, permissions)
    return Comparison(
        list(contacts), survivor, customer_id, fields, permissions, topics, fate, seen(contacts)
    )


def seen(contacts: Iterable[Contact]) -> str:
    """A word for how the contacts are now: another one, once somebody has changed one."""
    state = [
        (one.id, one.customer_id, one.active, one.is_primary, one.login_id, activity.snapshot(one))
        for one in sorted(contacts, key=lambda one: one.id)
    ]
    return hashlib.sha256(json.dumps(state, default=str).encode()).hexdigest()[:32]
