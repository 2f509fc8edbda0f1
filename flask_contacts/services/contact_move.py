"""A person changes companies: the contact moves, with its history."""

from __future__ import annotations

from typing import Any

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from .. import signals
from ..actors import SYSTEM, Actor
from ..errors import InvalidInput
from ..i18n import _l
from ..models import Contact
from . import activity, primary
from .saved import Saved, find_contact, find_customer, finish, saved


def move_contact(
    session: Session,
    customer_id: Any,
    contact_id: int,
    to_customer_id: Any,
    successor_id: int | None = None,
    actor: Actor = SYSTEM,
) -> Saved:
    """Give a contact to another customer; login, permissions and activity go with it.

    The primary contact leaves only with a successor named (C4); at the new customer the
    first active one becomes primary (C3). Raises :class:`NotFound`,
    :class:`SuccessorRequired`, and :class:`InvalidInput` at ``customer``.
    """

    def work() -> Saved:
        target = find_customer(session, to_customer_id)
        for key in sorted({customer_id, to_customer_id}):  # one order: no deadlock
            primary.lock(session, key)
        contact = find_contact(session, customer_id, contact_id)
        _check(session, contact, to_customer_id)
        was_active, former = contact.active, str(contact.customer)
        left = primary.leave(session, contact, successor_id)
        contact.customer, contact.customer_id = target, to_customer_id
        contact.email_scope, contact.manager_id = str(to_customer_id), None
        contact.active = was_active
        _leave_behind(session, contact_id)
        joined = primary.settle(session, to_customer_id)
        activity.record(session, actor, contact, "moved", {"customer": [former, str(target)]})
        for settled in (left, joined):
            activity.record_primary(session, actor, settled)
        return saved(contact, left)

    return finish(session, work, signals.contact_changed)


def _check(session: Session, contact: Contact, to_customer_id: Any) -> None:
    if contact.archived_at is not None:
        raise InvalidInput({"customer": [_l("This contact is archived. Restore it first.")]})
    if contact.customer_id == to_customer_id:
        raise InvalidInput({"customer": [_l("The contact belongs to this customer already.")]})
    if contact.email_key is None:
        return
    query = select(Contact.id).where(
        Contact.email_scope == str(to_customer_id), Contact.email_key == contact.email_key
    )
    if session.scalar(query) is not None:
        raise InvalidInput({"customer": [_l("A contact there has the same e-mail address.")]})


def _leave_behind(session: Session, contact_id: int) -> None:
    """Whoever had this contact as manager is at another company now."""
    session.execute(
        update(Contact)
        .where(Contact.manager_id == contact_id)
        .values(manager_id=None, updated_at=Contact.updated_at)
        .execution_options(synchronize_session="fetch")
    )
