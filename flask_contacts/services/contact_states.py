"""Make primary, deactivate, reactivate, delete: a contact's changes of state."""

from __future__ import annotations

from typing import Any

from sqlalchemy import delete, update
from sqlalchemy.orm import Session

from .. import signals
from ..actors import SYSTEM, Actor
from ..email_address import canonical_email
from ..errors import InvalidInput
from ..i18n import _l
from ..models import Activity, Contact, Link, Mail, PortalSession
from . import activity, host_references, logins, outgoing_mail, primary
from .saved import Saved, find_contact, finish, saved


def make_primary(
    session: Session, customer_id: Any, contact_id: int, actor: Actor = SYSTEM
) -> Saved:
    """Make an active contact the primary one; the former is demoted with it (C4)."""

    def work() -> Saved:
        primary.lock(session, customer_id)
        contact = find_contact(session, customer_id, contact_id)
        if not contact.active:
            raise InvalidInput({"is_primary": [_l("Only an active contact can be primary.")]})
        settled = primary.settle(session, customer_id, contact.id)
        activity.record_primary(session, actor, settled)
        return saved(contact, settled)

    return finish(session, work, signals.contact_changed)


def deactivate_contact(
    session: Session,
    customer_id: Any,
    contact_id: int,
    successor_id: int | None = None,
    actor: Actor = SYSTEM,
) -> Saved:
    """Switch a contact off: what it could see ends at the next request (P7).

    Raises :class:`SuccessorRequired` for the primary contact while others are active.
    """

    def work() -> Saved:
        primary.lock(session, customer_id)
        contact = find_contact(session, customer_id, contact_id)
        settled = primary.leave(session, contact, successor_id)
        if contact.login_id is not None:
            logins.left(session, contact.id, contact.login_id)
        activity.record(session, actor, contact, "deactivated")
        activity.record_primary(session, actor, settled)
        return saved(contact, settled)

    return finish(session, work, signals.contact_changed)


def reactivate_contact(
    session: Session, customer_id: Any, contact_id: int, actor: Actor = SYSTEM
) -> Saved:
    """Switch a contact on again; the first active one becomes primary (C3)."""

    def work() -> Saved:
        primary.lock(session, customer_id)
        contact = find_contact(session, customer_id, contact_id)
        if contact.archived_at is not None:
            raise InvalidInput({"active": [_l("This contact is archived. Restore it first.")]})
        contact.active = True
        settled = primary.settle(session, customer_id)
        activity.record(session, actor, contact, "reactivated")
        activity.record_primary(session, actor, settled)
        return saved(contact, settled)

    return finish(session, work, signals.contact_changed)


def delete_contact(
    session: Session,
    customer_id: Any,
    contact_id: int,
    successor_id: int | None = None,
    actor: Actor = SYSTEM,
) -> Saved:
    """Delete a contact, and its login where it was the only one.

    ``Saved.contact`` is detached and only good for its name. Errors as for
    :func:`deactivate_contact`.
    """

    def work() -> Saved:
        primary.lock(session, customer_id)
        contact = find_contact(session, customer_id, contact_id)
        settled = primary.leave(session, contact, successor_id)
        logins.detach(session, contact)
        if contact.email is not None:
            logins.forget_unused(session, canonical_email(contact.email).key)
        activity.record_primary(session, actor, settled)
        host_references.release(session, contact_id)
        outgoing_mail.scrub(session, contact_id, "contact_deleted")
        _forget_references(session, contact_id)
        session.refresh(contact)
        session.delete(contact)
        session.flush()
        return saved(contact, settled)

    return finish(session, work, signals.contact_deleted, contact_id)


def _forget_references(session: Session, contact_id: int) -> None:
    for column in (Mail.contact_id, Link.contact_id, Contact.manager_id):
        session.execute(
            update(column.class_)
            .where(column == contact_id)
            .values({column.key: None})
            .execution_options(synchronize_session=False)
        )
    for table in (PortalSession, Activity):
        session.execute(
            delete(table)
            .where(table.contact_id == contact_id)
            .execution_options(synchronize_session=False)
        )
