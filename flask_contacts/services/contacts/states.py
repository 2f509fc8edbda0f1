"""Make primary, deactivate, reactivate, delete: a contact's changes of state."""

from __future__ import annotations

from collections.abc import Callable, Collection
from typing import Any

from sqlalchemy import delete, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from ... import signals
from ...actors import SYSTEM, Actor
from ...errors import ContactInUse, InvalidInput
from ...i18n import _l
from ...models import (
    Activity,
    Comment,
    ContactPermission,
    ContactTopic,
    Mail,
    MarketingMember,
    PortalView,
)
from ...models.contact import contact_key
from ..accounts import kept_logins, logins
from ..importing import forgetting
from ..mailing import outgoing_mail, silent_topics
from ..merging import possessions, trail
from ..registration import retention as registration_retention
from . import activity, host_references, primary, reporting_lines
from .saved import Saved, find_contact, finish, saved


def make_primary(
    session: Session,
    customer_id: Any,
    contact_id: int,
    actor: Actor = SYSTEM,
    *,
    silences: Collection[str] = (),
) -> Saved:
    """Make an active contact the primary one; the former is demoted with it (C4).

    Raises :class:`SilencesTopics` where staff take what falls back to the primary contact
    from one who gets it to one who does not, and ``silences`` does not name it (N6).
    """

    def work() -> Saved:
        primary.lock(session, customer_id)
        contact = find_contact(session, customer_id, contact_id)
        if not contact.active:
            raise InvalidInput({"is_primary": [_l("Only an active contact can be primary.")]})
        with silent_topics.refuse_silence(session, customer_id, actor, silences):
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
    *,
    silences: Collection[str] = (),
    permit: Callable[[], object] | None = None,
) -> Saved:
    """Switch a contact off: what it could see ends at the next request (P7).

    ``permit`` as for ``create_contact``. Raises :class:`SuccessorRequired` for the primary
    contact while others are active, and :class:`SilencesTopics` where somebody takes the last
    recipient of a topic that ``silences`` does not name (N6).
    """

    def work() -> Saved:
        primary.lock(session, customer_id)
        if permit is not None:
            permit()
        contact = find_contact(session, customer_id, contact_id)
        was_active = contact.active
        with silent_topics.refuse_silence(session, customer_id, actor, silences):
            settled = primary.leave(session, contact, successor_id)
        if contact.login_id is not None:
            logins.left(session, contact.id, contact.login_id)
        if was_active:
            activity.record(session, actor, contact, "deactivated")
        activity.record_primary(session, actor, settled)
        return saved(contact, settled)

    return finish(session, work, signals.contact_changed)


def reactivate_contact(
    session: Session,
    customer_id: Any,
    contact_id: int,
    actor: Actor = SYSTEM,
    *,
    permit: Callable[[], object] | None = None,
) -> Saved:
    """Switch a contact on again; the first active one becomes primary (C3).

    ``permit`` as for ``create_contact``.
    """

    def work() -> Saved:
        primary.lock(session, customer_id)
        if permit is not None:
            permit()
        contact = find_contact(session, customer_id, contact_id)
        if contact.archived_at is not None:
            raise InvalidInput({"active": [_l("This contact is archived. Restore it first.")]})
        was_active, contact.active = contact.active, True
        settled = primary.settle(session, customer_id)
        if not was_active:
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
    *,
    silences: Collection[str] = (),
) -> Saved:
    """Delete a contact, and its login where it was the only one.

    ``Saved.contact`` is detached and only good for its name. Raises :class:`ContactInUse`
    where the host's foreign keys forbid it; other errors as for :func:`deactivate_contact`.
    """

    def work() -> Saved:
        primary.lock(session, customer_id)
        contact = find_contact(session, customer_id, contact_id)
        with silent_topics.refuse_silence(session, customer_id, actor, silences):
            settled = primary.leave(session, contact, successor_id)
        logins.detach(session, contact)
        addresses = outgoing_mail.addresses_of(contact) | kept_logins.forget_kept(session, contact)
        activity.record_primary(session, actor, settled)
        in_the_way = host_references.release(session, contact_key, contact_id)
        if in_the_way:
            raise ContactInUse(in_the_way)
        reporting_lines.let_go(session, actor, contact, "manager_deleted")
        outgoing_mail.scrub(session, contact_id, addresses, "contact_deleted")
        registration_retention.forget(session, contact_id, addresses)
        forgetting.forget(session, contact_id, addresses)
        kept_logins.forget_contact(session, contact_id)
        _forget_references(session, contact_id)
        session.flush()
        session.refresh(contact)
        session.expunge(contact)
        _delete(session, contact_id)
        return saved(contact, settled)

    return finish(session, work, signals.contact_deleted, contact_id)


def _delete(session: Session, contact_id: int) -> None:
    """Past the mappers: a host's relationship would clear what its foreign key takes along."""
    try:
        session.execute(delete(contact_key.table).where(contact_key == contact_id))
    except IntegrityError as error:  # a trigger's, or rows that came a moment ago
        raise ContactInUse({}) from error


def _forget_references(session: Session, contact_id: int) -> None:
    session.execute(
        update(Mail)
        .where(Mail.contact_id == contact_id)
        .values(contact_id=None)
        .execution_options(synchronize_session=False)
    )
    trail.forget(session, contact_id)
    possessions.forget_judgements(session, contact_id)
    owned = (Comment, Activity, ContactPermission, ContactTopic, MarketingMember, PortalView)
    for table in owned:
        session.execute(
            delete(table)
            .where(table.contact_id == contact_id)
            .execution_options(synchronize_session=False)
        )
