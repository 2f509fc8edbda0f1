"""The access doctor: can this person sign in, what can they see, and why not."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from sqlalchemy.orm import Session

from ... import signals
from ...actors import SYSTEM, Actor
from ...errors import InvalidInput
from ...i18n import _l
from ...models import Contact, ContactPermission
from ...registry import PortalModule
from ...state import current_contacts
from ..contacts import activity, primary
from ..contacts.saved import Saved, find_contact, finish
from .checks import CHECKS, Finding
from .facts import gather

#: Why a contact sees a module, or not, each with its sentence for staff.
MODULE_REASONS = {
    "open": _l("Sees the customer's records."),
    "own_records": _l("Sees own records only."),
    "no_permission": _l("The permission is missing."),
    "no_page": _l("The application has no portal page for it."),
    "no_customer": _l("The contact belongs to no customer, so there is nothing to see."),
}


@dataclass(frozen=True)
class Diagnosis:
    """The answer to "Can this person sign in?"; ``verdict``: ``yes``, ``no`` or ``not_yet``."""

    verdict: str
    findings: list[Finding]


@dataclass(frozen=True)
class ModuleSight:
    """A module with whether the contact sees it; ``reason`` is a key of MODULE_REASONS."""

    module: PortalModule
    reason: str

    @property
    def is_seen(self) -> bool:
        """Whether the portal shows the module to the contact."""
        return self.reason in {"open", "own_records"}

    @property
    def sentence(self) -> Any:
        """The reason in words."""
        return MODULE_REASONS[self.reason]


def diagnose(session: Session, contact: Contact, *, precise: bool) -> Diagnosis:
    """Every finding about the way in; ``precise``: the reader sees every customer.

    Whoever does not is told what this customer's contact tells and nothing of its login.
    """
    facts = gather(session, contact, precise=precise)
    findings = [found for check in CHECKS if (found := check(facts)) is not None]
    levels = {one.level for one in findings}
    verdict = "no" if "stop" in levels else "not_yet" if "open" in levels else "yes"
    return Diagnosis(verdict, findings)


def modules_of(contact: Contact) -> list[ModuleSight]:
    """Each module with whether the contact sees it, once it has signed in (BEHAVIOUR P1, P4)."""
    held = contact.permission_names
    return [
        ModuleSight(module, _reason(module, contact, held))
        for module in current_contacts.registry.modules.values()
    ]


def grant(
    session: Session, customer_id: Any, contact_id: int, module: str, actor: Actor = SYSTEM
) -> Saved:
    """Give a contact the permission for one module and change nothing else.

    One that it has is no error. Raises :class:`NotFound`, and :class:`InvalidInput` at
    ``permissions`` for an unknown module, at ``contact`` for an archived contact.
    """
    if module not in current_contacts.registry.modules:
        text = _l("This holds a choice that does not exist. Choose again.")
        raise InvalidInput({"permissions": [text]})

    def work() -> Saved:
        primary.lock(session, customer_id)
        contact = find_contact(session, customer_id, contact_id)
        if contact.archived_at is not None:
            raise InvalidInput({"contact": [_l("This contact is archived. Restore it first.")]})
        before = activity.snapshot(contact)
        if module not in contact.permission_names:
            contact.permissions = [*contact.permissions, ContactPermission(name=module)]
        changes = activity.difference(before, activity.snapshot(contact))
        if changes:
            activity.record(session, actor, contact, "edited", changes)
        return Saved(contact=contact)

    return finish(session, work, signals.contact_changed)


def _reason(module: PortalModule, contact: Contact, held: frozenset[str]) -> str:
    if module.view is None:
        return "no_page"
    if module.name not in held:
        return "no_permission"
    if contact.customer_id is None:
        return "no_customer"
    return "own_records" if module.own_records and not contact.is_primary else "open"
