"""What can be done to many contacts at once, by the rules of doing it to one."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace

from sqlalchemy.orm import Session

from ...actors import Actor
from ...errors import InvalidInput
from ...i18n import _l
from ...models import Contact, ContactPermission, ContactTopic
from ...state import current_contacts
from ..accounts import logins
from ..contacts import activity, primary
from ..staff import users as staff
from .facts import Facts


class Change:
    """One kind of change; nothing of a request and of a session is kept in it."""

    #: Whether it can leave a topic of a customer without anybody who gets it (N6), or a
    #: customer without a primary contact: then the customer's contacts are locked.
    is_about_customers = True
    #: Whether permissions and topics matter to it; what does not is not read to count them.
    is_about_names = True
    #: Whether primary contacts come after all others, so that the last one can go (C4).
    primaries_last = False

    def refusal(self, facts: Facts, after: Facts) -> str | None:
        """Why a contact that would be like ``after`` is left out, whatever the others are."""
        if facts.archived:
            return "archived"
        return "already" if after == facts else None

    def changed(self, facts: Facts) -> Facts:
        """The contact as it would be."""
        raise NotImplementedError

    def apply(self, session: Session, contacts: Sequence[Contact], actor: Actor) -> None:
        """Do it to locked contacts that nothing stands against; the caller commits."""
        raise NotImplementedError


class Deactivation(Change):
    """Switch contacts off: what they could see ends at the next request (P7)."""

    primaries_last = True

    def refusal(self, facts: Facts, after: Facts) -> str | None:
        """As for any change; who is archived is off already."""
        return None if facts.active else "already"

    def changed(self, facts: Facts) -> Facts:
        """The contact switched off."""
        return replace(facts, active=False, is_primary=False)

    def apply(self, session: Session, contacts: Sequence[Contact], actor: Actor) -> None:
        """Switch them off, primary contacts last, and end what their logins could do."""
        for contact in sorted(contacts, key=lambda one: one.primary_of is not None):
            if contact.primary_of is not None:
                session.flush()
                primary.leave(session, contact, None)
            contact.active = False
        activity.record_many(session, actor, "deactivated", {one.id: None for one in contacts})
        session.flush()
        with_login = [one for one in contacts if one.login_id is not None]
        for contact in sorted(with_login, key=lambda one: one.login_id or 0):
            logins.left(session, contact.id, contact.login_id or 0)


class Reactivation(Change):
    """Switch contacts on again; a customer's first active one becomes primary (C3)."""

    def changed(self, facts: Facts) -> Facts:
        """The contact switched on."""
        return replace(facts, active=True)

    def apply(self, session: Session, contacts: Sequence[Contact], actor: Actor) -> None:
        """Switch them on, and see to it that each customer has a primary contact."""
        for contact in contacts:
            contact.active = True
        activity.record_many(session, actor, "reactivated", {one.id: None for one in contacts})
        customers = {one.customer_id for one in contacts if one.customer_id is not None}
        for customer_id in primary.without_primary(session, customers):
            settled = primary.settle(session, customer_id)
            activity.record_primary(session, actor, settled)


@dataclass(frozen=True)
class Edit(Change):
    """Give and take permissions, switch topics on and off, name an account manager.

    ``account_manager`` is a staff user's id, or None for nobody; ``changes_manager`` tells
    whether it is meant at all. Other permissions and topics stay.
    """

    give: frozenset[str] = frozenset()
    take: frozenset[str] = frozenset()
    switch_on: frozenset[str] = frozenset()
    switch_off: frozenset[str] = frozenset()
    account_manager: int | None = None
    changes_manager: bool = False

    @property
    def is_about_customers(self) -> bool:  # type: ignore[override]
        """Only what is taken away can leave a topic without anybody."""
        return bool(self.take or self.switch_off)

    @property
    def is_about_names(self) -> bool:  # type: ignore[override]
        """Not, where it names an account manager alone."""
        return bool(self.give or self.take or self.switch_on or self.switch_off)

    def changed(self, facts: Facts) -> Facts:
        """The contact with all of it."""
        manager = self.account_manager if self.changes_manager else facts.account_manager_id
        if not self.is_about_names:
            return replace(facts, account_manager_id=manager)
        return replace(
            facts,
            permissions=facts.permissions - self.take | self.give,
            topics=facts.topics - self.switch_off | self.switch_on,
            account_manager_id=manager,
        )

    def apply(self, session: Session, contacts: Sequence[Contact], actor: Actor) -> None:
        """Write it, and what it was before into the activity."""
        changes = {}
        for contact in contacts:
            before = activity.snapshot(contact)
            held, on = contact.permission_names, contact.topic_names
            contact.permissions = [
                *(row for row in contact.permissions if row.name not in self.take),
                *(ContactPermission(name=name) for name in sorted(self.give - held)),
            ]
            contact.topics = [
                *(row for row in contact.topics if row.name not in self.switch_off),
                *(ContactTopic(name=name) for name in sorted(self.switch_on - on)),
            ]
            if self.changes_manager:
                contact.account_manager_id = self.account_manager
            changes[contact.id] = activity.difference(before, activity.snapshot(contact))
        activity.record_many(session, actor, "edited", changes)


def permissions_change(give: Collection[str], take: Collection[str]) -> Edit:
    """Give and take permissions by name; :class:`InvalidInput` at ``give`` or ``take``."""
    _check_pair(give, take, current_contacts.registry.permissions)
    return Edit(give=frozenset(give), take=frozenset(take))


def topics_change(give: Collection[str], take: Collection[str]) -> Edit:
    """Switch topics on and off by name; :class:`InvalidInput` at ``give`` or ``take``."""
    _check_pair(give, take, current_contacts.registry.topics)
    return Edit(switch_on=frozenset(give), switch_off=frozenset(take))


def manager_change(username: str, *, nobody: bool = False) -> Edit:
    """Name the staff user who looks after the contacts, or say that ``nobody`` does any more;
    :class:`InvalidInput` at ``account_manager``."""
    name = username.strip()
    if bool(name) == nobody:
        text = _l("Name a staff user, or tick that nobody looks after them any more.")
        raise InvalidInput({"account_manager": [text]})
    found = staff.staff_id(name) if name else None
    if name and found is None:
        raise InvalidInput({"account_manager": [_l("There is no staff user of this name.")]})
    return Edit(account_manager=found, changes_manager=True)


def _check_pair(give: Collection[str], take: Collection[str], known: Collection[str]) -> None:
    if not give and not take:
        raise InvalidInput({"give": [_l("Choose at least one.")]})
    for name, chosen in (("give", give), ("take", take)):
        if not set(chosen) <= set(known):
            raise InvalidInput({name: [_l("This is not one of the choices.")]})
    if set(give) & set(take):
        raise InvalidInput({"take": [_l("This is ticked above as well. Choose one of the two.")]})
