"""Changing some fields of a contact, and leaving the others as they are.

A form sends all it has; a program sends what it wants to change. The rest is taken from the
contact once it is locked, so that two programs that change different fields lose nothing.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any

from sqlalchemy.orm import Session

from ...actors import SYSTEM, Actor
from ...models import Contact
from ...state import current_contacts
from ..contacts.editing import create_contact, edit_contact
from ..contacts.kept_fields import keep_the_rest
from ..contacts.saved import Saved, find_contact
from ..contacts.values import ContactValues
from ..settings import default_permissions


def add_contact(
    session: Session,
    customer_id: Any,
    given: Mapping[str, object],
    actor: Actor = SYSTEM,
    *,
    silences: Collection[str] = (),
) -> Saved:
    """Create a contact of a customer, or without one where ``customer_id`` is None.

    Permissions that are not named are those that the form of a customer's contact opens with,
    topics those of the permissions (BEHAVIOUR C5); without a customer there are none (S4).
    It gets a login only where ``is_user`` says so, and needs an address only then (S2).
    Errors as for ``create_contact``.
    """
    raw = {"is_user": False, **_as_typed(given)}
    if "permissions" not in raw and customer_id is not None:
        raw["permissions"] = sorted(default_permissions(session))
    if "topics" not in raw:
        raw["topics"] = sorted(_topics_of(raw.get("permissions")))
    return create_contact(session, customer_id, raw, actor, silences=silences, email_optional=True)


def change_contact(
    session: Session,
    customer_id: Any,
    contact_id: int,
    given: Mapping[str, object],
    actor: Actor = SYSTEM,
    *,
    silences: Collection[str] = (),
    joins: Any = None,
) -> Saved:
    """Change the fields that are ``given``; a contact without a customer comes to ``joins``.

    Errors as for ``edit_contact``.
    """
    contact = find_contact(session, customer_id, contact_id)
    needed = {
        "firstname": contact.firstname,
        "lastname": contact.lastname,
        "email": contact.email,
        "is_user": contact.login_id is not None,
    }
    raw = {**needed, **_as_typed(given)}

    def complete(fresh: Contact, values: ContactValues) -> None:
        keep_the_rest(fresh, values, given)

    return edit_contact(
        session,
        customer_id,
        contact_id,
        raw,
        actor,
        silences=silences,
        email_optional=True,
        complete=complete,
        joins=joins,
    )


def _as_typed(given: Mapping[str, object]) -> dict[str, object]:
    """The fields by the names that the services have for them."""
    raw = dict(given)
    if "manager" in raw:
        raw["manager_id"] = raw.pop("manager")
    return raw


def _topics_of(permissions: object) -> frozenset[str]:
    """The topics that permissions propose; what are none, the check says."""
    if not isinstance(permissions, list):
        return frozenset()
    return current_contacts.registry.topics_of(permissions)
