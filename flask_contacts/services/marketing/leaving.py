"""Leaving a marketing list by the link in its mail, and coming back by the same."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from ... import signals
from ...actors import Actor
from ...clock import utc_now
from ...errors import LinkVoid
from ...mail import leavers
from ...mail.marketing_links import MarketingLink
from ...models import Contact, MarketingList, MarketingMember
from ..contacts import activity
from ..contacts.saved import Saved, finish
from ..merging import trail


@dataclass(frozen=True)
class Membership:
    """What a link speaks of: ``on`` while mail to the list goes to the contact."""

    contact: Contact
    list: MarketingList
    on: bool


def membership_of_link(session: Session, link: MarketingLink) -> Membership:
    """The membership of a link; raises :class:`LinkVoid` where there is none any more."""
    contact, members = _members(session, link)
    own = next(one for one in members if one.contact_id == contact.id)
    on = all(one.unsubscribed_at is None for one in members)
    left = leavers.leavers_among(session, own.list_id, [contact.email_key])
    return Membership(contact, own.list, on and not left)


def language_of_link(session: Session, link: MarketingLink) -> str | None:
    """The language of whom a link is for, if there is somebody and it is known."""
    return session.scalar(select(Contact.language).where(trail.has_uuid(link.contact_uuid)))


def leave_list(session: Session, link: MarketingLink, address: str | None) -> Saved:
    """Mail to the list stops for the person: as every contact with this address.

    Twice is no error. Raises :class:`LinkVoid`.
    """
    return _change(session, link, address, leaves=True)


def rejoin_list(session: Session, link: MarketingLink, address: str | None) -> Saved:
    """The person takes the leaving back. Raises :class:`LinkVoid`."""
    return _change(session, link, address, leaves=False)


def _change(session: Session, link: MarketingLink, address: str | None, *, leaves: bool) -> Saved:
    def work() -> Saved:
        contact, members = _members(session, link, lock=True)
        list_id, comes_back = members[0].list_id, False
        if leaves:
            leavers.note(session, list_id, contact.email_key)
        else:
            comes_back = leavers.take_back(session, list_id, contact.email_key)
        for member in members:
            own_return = comes_back and member.contact_id == contact.id
            if (member.unsubscribed_at is None) == leaves or own_return:
                _write(session, member, contact, address, leaves=leaves)
        return Saved(contact=contact)

    return finish(session, work, signals.contact_changed)


def _write(
    session: Session, member: MarketingMember, holder: Contact, address: str | None, *, leaves: bool
) -> None:
    name = member.list.name
    actor = Actor("contact", holder.name, contact_id=holder.id, address=address)
    if leaves:
        member.unsubscribed_at = utc_now()
        verb, pair = "left_list", [name, None]
    else:
        member.unsubscribed_at, member.source, member.added_by = None, "person", ""
        verb, pair = "rejoined_list", [None, name]
    activity.record(session, actor, member.contact_id, verb, {"marketing_list": pair})


def _members(
    session: Session, link: MarketingLink, *, lock: bool = False
) -> tuple[Contact, list[MarketingMember]]:
    """The link's contact, and all memberships of its address in the list, its own among them."""
    if lock:
        contact = trail.lock_present(session, link.contact_uuid)
    else:
        query = select(Contact).where(trail.has_uuid(link.contact_uuid))
        contact = session.scalars(query.execution_options(populate_existing=True)).first()
    if contact is None:
        raise LinkVoid("no_active_contact")
    same = [Contact.id == contact.id]
    if contact.email_key is not None:
        same.append(Contact.email_key == contact.email_key)
    theirs = (
        select(MarketingMember)
        .join(Contact, MarketingMember.contact_id == Contact.id)
        .join(MarketingList, MarketingMember.list_id == MarketingList.id)
        .where(MarketingList.uuid == link.list_uuid, or_(*same))
        .order_by(MarketingMember.id)
        .execution_options(populate_existing=True)
    )
    members = list(session.scalars(theirs.with_for_update(of=MarketingMember) if lock else theirs))
    if all(one.contact_id != contact.id for one in members):
        raise LinkVoid("not_on_list")
    return contact, members
