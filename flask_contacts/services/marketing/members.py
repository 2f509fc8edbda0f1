"""Who is on a marketing list: added and removed by staff, or gone by the person's own wish.

``visible`` is always a condition on :class:`Contact`: which ones the asking staff member may
see (BEHAVIOUR S7). Who has left is never added again unless that is said to be wanted.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from functools import partial
from typing import TYPE_CHECKING

from sqlalchemy import ColumnElement, delete, func, select, true
from sqlalchemy.orm import Session, lazyload

from ... import signals
from ...actors import SYSTEM, Actor
from ...clock import utc_now
from ...errors import InvalidInput, NotFound
from ...i18n import _l
from ...later import later
from ...models import Contact, MarketingList, MarketingMember
from .. import chunks
from ..chunks import Outcome
from ..transaction import in_transaction
from .lists import find_list

if TYPE_CHECKING:
    from ...mail import leavers
    from .. import announce as services_announce
    from ..contacts import activity
else:
    leavers = later("mail.leavers")
    services_announce = later("services.announce")
    activity = later("services.contacts.activity")


#: How somebody came on a list, as staff read it; any other word is shown as it is.
SOURCES = {
    "contact": _l("Contact's page"),
    "contacts": _l("List of contacts"),
    "import": _l("Import"),
    "program": _l("Program"),
    "person": _l("The person"),
}
#: Why a contact is not added.
REFUSALS = {
    "member": _l("Is on the list already."),
    "unsubscribed": _l("Has left the list. Add such contacts one by one, where they ask for it."),
    "inactive": _l("Not active."),
    **chunks.REFUSALS,
}
_LONGEST_SOURCE = 50


def plan_members(
    session: Session,
    list_id: int,
    ids: Collection[int],
    *,
    visible: ColumnElement[bool] | None = None,
) -> list[Outcome]:
    """What :func:`add_members` would do now; changes nothing. Errors as there."""
    wanted, found = chunks.checked(ids), _open_list(session, list_id)
    query = (
        select(Contact)
        .where(Contact.id.in_(wanted), true() if visible is None else visible)
        .options(lazyload(Contact.permissions))
    )
    contacts = list(session.scalars(query))
    members = _members_among(session, found.id, contacts)
    left = leavers.leavers_among(session, found.id, [contact.email_key for contact in contacts])
    return chunks.outcomes_of(wanted, contacts, _refusals(contacts, members, left, rejoin=False))


def count_without_address(session: Session, ids: Collection[int]) -> int:
    """How many of these contacts have no address that mail to a list could go to."""
    query = select(func.count()).select_from(Contact)
    return int(session.scalar(query.where(Contact.id.in_(ids), Contact.email.is_(None))) or 0)


def add_members(
    session: Session,
    list_id: int,
    ids: Collection[int],
    actor: Actor = SYSTEM,
    *,
    source: str = "program",
    rejoin: bool = False,
    visible: ColumnElement[bool] | None = None,
) -> list[Outcome]:
    """Put contacts on a list, at most 500 in one call; what became of each.

    ``source`` says how they came there. ``rejoin``: also those who had left, because they asked
    for it. Raises :class:`NotFound` for the list, and :class:`InvalidInput` at ``list`` for an
    archived one, at ``contacts`` for too many.
    """
    _open_list(session, list_id)
    work = partial(_add, session, list_id, actor, source, rejoin)
    outcomes = chunks.do_in_chunks(session, ids, true() if visible is None else visible, work)
    for one in outcomes:
        if one.refusal is None:
            services_announce.announce(session, signals.contact_changed, contact_id=one.contact_id)
    return outcomes


def remove_member(
    session: Session,
    list_id: int,
    contact_id: int,
    actor: Actor = SYSTEM,
    *,
    visible: ColumnElement[bool] | None = None,
) -> Contact:
    """Take a contact off a list.

    Raises :class:`NotFound` for who is not on it, and :class:`InvalidInput` at ``contact`` for
    who has left: that must stay known.
    """

    def work() -> Contact:
        found = _find_member(session, list_id, contact_id, true() if visible is None else visible)
        if found.unsubscribed_at is not None:
            text = _l("Who has left stays in the list as such, so that nobody adds them again.")
            raise InvalidInput({"contact": [text]})
        contact = found.contact
        session.execute(delete(MarketingMember).where(MarketingMember.id == found.id))
        changes = {"marketing_list": [found.list.name, None]}
        activity.record(session, actor, contact, "removed_from_list", changes)
        return contact

    contact = in_transaction(session, work)
    services_announce.announce(session, signals.contact_changed, contact_id=contact_id)
    return contact


def forget(session: Session, contact_id: int) -> None:
    """Take a contact off all lists without a word; the caller commits."""
    session.execute(
        delete(MarketingMember)
        .where(MarketingMember.contact_id == contact_id)
        .execution_options(synchronize_session=False)
    )


def _add(
    session: Session,
    list_id: int,
    actor: Actor,
    source: str,
    rejoin: bool,
    contacts: Sequence[Contact],
) -> dict[int, str]:
    found = _open_list(session, list_id)
    members = _members_among(session, list_id, contacts, lock=True)
    left = leavers.leavers_among(session, list_id, [contact.email_key for contact in contacts])
    refusals = _refusals(contacts, members, left, rejoin=rejoin)
    for contact in contacts:
        if contact.id in refusals:
            continue
        if contact.email_key in left:
            leavers.take_back(session, list_id, contact.email_key)
        member = members.get(contact.id)
        if member is None:
            member = MarketingMember(list_id=list_id, contact_id=contact.id)
            session.add(member)
        member.source, member.added_by = source[:_LONGEST_SOURCE], actor.name[:210]
        member.added_at, member.unsubscribed_at = utc_now(), None
        changes = {"marketing_list": [None, found.name]}
        activity.record(session, actor, contact, "added_to_list", changes)
    return refusals


def _refusals(
    contacts: Sequence[Contact],
    members: Mapping[int, MarketingMember],
    left: Collection[str],
    *,
    rejoin: bool,
) -> dict[int, str]:
    refusals = {}
    for contact in contacts:
        member = members.get(contact.id)
        if not contact.active:
            refusals[contact.id] = "inactive"
        elif member is not None and member.unsubscribed_at is None:
            refusals[contact.id] = "member"
        elif (member is not None or contact.email_key in left) and not rejoin:
            refusals[contact.id] = "unsubscribed"
    return refusals


def _members_among(
    session: Session, list_id: int, contacts: Sequence[Contact], *, lock: bool = False
) -> dict[int, MarketingMember]:
    query = (
        select(MarketingMember)
        .where(
            MarketingMember.list_id == list_id,
            MarketingMember.contact_id.in_([contact.id for contact in contacts]),
        )
        .execution_options(populate_existing=True)
    )
    found = session.scalars(query.with_for_update() if lock else query)
    return {member.contact_id: member for member in found}


def _find_member(
    session: Session, list_id: int, contact_id: int, visible: ColumnElement[bool]
) -> MarketingMember:
    query = (
        select(MarketingMember)
        .join(Contact, MarketingMember.contact_id == Contact.id)
        .where(MarketingMember.list_id == list_id, Contact.id == contact_id, visible)
        .with_for_update()
        .execution_options(populate_existing=True)
    )
    found = session.scalars(query).first()
    if found is None:
        raise NotFound("no such member of this list")
    return found


def _open_list(session: Session, list_id: int) -> MarketingList:
    found = find_list(session, list_id)
    if not found.active:
        raise InvalidInput({"list": [_l("This list is archived: nobody is added to it.")]})
    return found
