"""Archive, restore, anonymise: the way of a contact out of the books.

An archived contact leaves the address key and its login; it can be restored. An
anonymised one keeps its row, so that counts and the host's documents stay whole, and
nothing of the person. Erasing it is ``delete_contact``.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from typing import Any

from sqlalchemy import func, select, update
from sqlalchemy.orm import Session

from ... import signals
from ...actors import SYSTEM, Actor
from ...clock import utc_now
from ...email_address import canonical_email
from ...errors import InvalidInput
from ...i18n import _l
from ...models import Activity, Contact, Mail
from ...models.contact import contact_key
from .. import limits
from ..access import view_as
from ..accounts import kept_logins, logins
from ..comments import writing as comments
from ..importing import forgetting
from ..mailing import outgoing_mail, silent_topics
from ..marketing import members as marketing_members
from ..registration import retention as registration_retention
from . import activity, primary, reporting_lines
from .host_references import HostReference, host_references
from .saved import Saved, find_contact, finish, saved

_PERSONAL = (
    "firstname", "lastname", "middle_name", "position", "email", "phone", "birthday", "notes",
    "manager_id", "certificate", "timezone", "language", "mobile_phone", "mobile_phone2",
    "email2", "other_contacts",
)  # fmt: skip
#: Free text of the activity, which may speak of the person.
_WORDS = ("view_reason", "related", "merged_contact")
_NAME = ("Anonymised", "contact")


@dataclass(frozen=True)
class ErasurePreview:
    """What goes and what stays when a contact is deleted or anonymised."""

    activities: int
    mails: int
    references: list[HostReference]
    last_of_login: bool


def preview(
    session: Session,
    customer_id: Any,
    contact_id: int,
    *,
    hidden_mails: Collection[str] = (),
    hidden_verbs: Collection[str] = (),
) -> ErasurePreview:
    """Count what belongs to a contact; :class:`NotFound` when it is not the customer's.

    Mails of the templates ``hidden_mails`` and activity of ``hidden_verbs`` do not count: to
    some staff they would tell of the person's other customers (C6).
    """
    contact = find_contact(session, customer_id, contact_id)
    login_id = contact.login_id
    return ErasurePreview(
        activities=_count(session, Activity.contact_id, contact_id, Activity.verb, hidden_verbs),
        mails=_count(session, Mail.contact_id, contact_id, Mail.template, hidden_mails),
        references=host_references(session, contact_key, contact_id),
        last_of_login=login_id is not None
        and not kept_logins.serves(session, login_id, but=contact.id),
    )


def archive_contact(
    session: Session,
    customer_id: Any,
    contact_id: int,
    successor_id: int | None = None,
    actor: Actor = SYSTEM,
    *,
    silences: Collection[str] = (),
) -> Saved:
    """Put a contact away: not active, no login, its address free for another.

    Errors as for ``deactivate_contact``.
    """

    def work() -> Saved:
        primary.lock(session, customer_id)
        contact = find_contact(session, customer_id, contact_id)
        with silent_topics.refuse_silence(session, customer_id, actor, silences):
            settled = primary.leave(session, contact, successor_id)
        logins.detach(session, contact, forget=False)
        if contact.archived_at is None:
            contact.archived_at = utc_now()
            activity.record(session, actor, contact, "archived")
        contact.email_key = None
        activity.record_primary(session, actor, settled)
        return saved(contact, settled)

    return finish(session, work, signals.contact_changed)


def restore_contact(
    session: Session, customer_id: Any, contact_id: int, actor: Actor = SYSTEM
) -> Saved:
    """Take a contact out of the archive; it is not active and has no login yet.

    Raises :class:`InvalidInput` when its address was given to another meanwhile, nothing
    is left to restore, or it is not archived.
    """

    def work() -> Saved:
        primary.lock(session, customer_id)
        contact = find_contact(session, customer_id, contact_id)
        if contact.anonymised_at is not None:
            raise InvalidInput({"archived": [_l("An anonymised contact cannot be restored.")]})
        if contact.archived_at is None:
            raise InvalidInput({"archived": [_l("This contact is not archived.")]})
        contact.archived_at = None
        if contact.email is not None:
            contact.email_key = _free_key(session, contact)
        activity.record(session, actor, contact, "restored")
        return Saved(contact=contact)

    return finish(session, work, signals.contact_changed)


def anonymise_contact(
    session: Session, customer_id: Any, contact_id: int, actor: Actor = SYSTEM
) -> Saved:
    """Remove the person from an archived contact, from its activity and its mails.

    Final. Raises :class:`InvalidInput` for a contact that is not archived.
    """

    def work() -> Saved:
        primary.lock(session, customer_id)
        contact = find_contact(session, customer_id, contact_id)
        if contact.archived_at is None:
            raise InvalidInput({"archived": [_l("Archive the contact first.")]})
        addresses = outgoing_mail.addresses_of(contact) | kept_logins.forget_kept(session, contact)
        for address in addresses:
            limits.forget(session, address)
        kept_logins.forget_contact(session, contact_id)
        view_as.forget(session, contact_id)
        marketing_members.forget(session, contact_id)
        comments.forget(session, contact_id)
        for name in _PERSONAL:
            setattr(contact, name, None)
        contact.firstname, contact.lastname = _NAME
        contact.phone_e164 = contact.mobile_phone_e164 = contact.mobile_phone2_e164 = None
        contact.anonymised_at = contact.anonymised_at or utc_now()
        reporting_lines.let_go(session, actor, contact, "manager_anonymised")
        _scrub_activity(session, contact_id)
        outgoing_mail.scrub(session, contact_id, addresses, "contact_anonymised")
        registration_retention.forget(session, contact_id, addresses)
        forgetting.forget(session, contact_id, addresses)
        activity.record(session, actor, contact, "anonymised")
        return Saved(contact=contact)

    return finish(session, work, signals.contact_changed)


def _free_key(session: Session, contact: Contact) -> str:
    key = canonical_email(contact.email or "").key
    query = select(Contact.id).where(
        Contact.email_scope == contact.email_scope, Contact.email_key == key
    )
    with session.no_autoflush:
        if session.scalar(query) is not None:
            text = _l("Another contact of this customer has its address by now.")
            raise InvalidInput({"email": [text]})
    return key


def _scrub_activity(session: Session, contact_id: int) -> None:
    """Field names stay, personal values and addresses go; so does the actor's name, unless it
    is that of staff who looked at the portal as the contact."""
    rows = session.scalars(select(Activity).where(Activity.contact_id == contact_id))
    for row in rows.yield_per(500):
        row.changes = {
            name: [None, None] if name in (*_PERSONAL, *_WORDS) else values
            for name, values in row.changes.items()
        }
        row.address = None
    session.flush()
    session.execute(
        update(Activity)
        .where(Activity.actor_contact_id == contact_id, Activity.actor_kind == "contact")
        .values(actor_name="", address=None)
        .execution_options(synchronize_session="fetch")
    )


def _count(
    session: Session, column: Any, contact_id: int, kind: Any, hidden: Collection[str]
) -> int:
    query = select(func.count()).where(column == contact_id, kind.not_in(hidden))
    return int(session.scalar(query) or 0)
