"""Leaving a marketing list by the link in its mail, and coming back by the same.

The link counts for the address that its mail went to and for its contact, whatever address that
has now: also where staff took the contact off the list, deleted it, or made another one with the
address. So who has left is known, and staff who add the address again are asked.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from sqlalchemy import ColumnElement, or_, select
from sqlalchemy.orm import Session, contains_eager

from ... import signals
from ...actors import Actor
from ...clock import utc_now
from ...errors import LinkVoid
from ...mail import leavers
from ...mail.marketing_links import MarketingLink
from ...models import Contact, MarketingList, MarketingMember
from ..announce import announce
from ..contacts import activity
from ..merging import trail
from ..transaction import in_transaction


@dataclass(frozen=True)
class Membership:
    """What a link speaks of: ``on`` while mail to the list may go to its reader.

    ``contact`` is None where its address is not the link's any more, or it is not on the list:
    then the page names nobody, and says the same whether anybody has the address or not.
    """

    contact: Contact | None
    list: MarketingList
    on: bool


@dataclass(frozen=True)
class _Reach:
    """All that a link counts for: its contact, the addresses and who of them is on the list."""

    list: MarketingList
    contact: Contact | None
    email_keys: tuple[str, ...]
    members: Sequence[MarketingMember]

    @property
    def own(self) -> MarketingMember | None:
        """The membership of the link's own contact."""
        its = (one for one in self.members if self.contact and one.contact_id == self.contact.id)
        return next(its, None)

    @property
    def named(self) -> Contact | None:
        """The contact, where it is on the list and no other address is spoken of."""
        return self.contact if self.own and len(self.email_keys) < 2 else None


def membership_of_link(session: Session, link: MarketingLink) -> Membership:
    """The membership of a link; raises :class:`LinkVoid` where it counts for nobody."""
    reach = _reach(session, link)
    left = leavers.leavers_among(session, reach.list.id, reach.email_keys)
    gone = [one for one in reach.members if one.unsubscribed_at is not None]
    left |= {key for one in gone if (key := one.contact.email_key) is not None}
    stays = set(reach.email_keys) - left if reach.email_keys else not gone
    return Membership(reach.named, reach.list, bool(stays))


def language_of_link(session: Session, link: MarketingLink) -> str | None:
    """The language of whom a link is for, if there is somebody and it is known."""
    return session.scalar(select(Contact.language).where(trail.has_uuid(link.contact_uuid)))


def leave_list(session: Session, link: MarketingLink, address: str | None) -> None:
    """Mail to the list stops for the person: as every contact with this address.

    Twice is no error. Raises :class:`LinkVoid`.
    """

    def work() -> set[int]:
        reach = _reach(session, link, lock=True)
        noted = [key for key in reach.email_keys if leavers.note(session, reach.list.id, key)]
        on = [one for one in reach.members if one.unsubscribed_at is None]
        for member in on:
            member.unsubscribed_at = utc_now()
        return _record(session, reach, _changed(reach, on, noted), address, leaves=True)

    _announce(session, in_transaction(session, work))


def rejoin_list(session: Session, link: MarketingLink, address: str | None) -> bool:
    """The person takes the leaving back; whether that puts the link's contact on the list again.

    Nobody is put on a list by it who was not on it. Raises :class:`LinkVoid`.
    """

    def work() -> tuple[set[int], bool]:
        reach = _reach(session, link, lock=True)
        email_keys = _returning(session, reach)
        back = [key for key in email_keys if leavers.take_back(session, reach.list.id, key)]
        off = []
        for member in reach.members:
            key = member.contact.email_key
            own_return = member is reach.own and key in back
            if own_return or (member.unsubscribed_at and key in (None, *email_keys)):
                member.unsubscribed_at, member.source, member.added_by = None, "person", ""
                off.append(member)
        ids = _record(session, reach, _changed(reach, off, back), address, leaves=False)
        return ids, reach.named is not None

    ids, comes_back = in_transaction(session, work)
    _announce(session, ids)
    return comes_back


def _returning(session: Session, reach: _Reach) -> tuple[str, ...]:
    """The addresses to come back with: not a former one that is another contact's by now, and
    the present one only where it left by such a link. Both may have left on their own."""
    contact = reach.contact
    if contact is None or len(reach.email_keys) < 2:
        return reach.email_keys
    kept = {one.contact.email_key for one in reach.members if one.contact_id != contact.id}
    kept -= {contact.email_key}
    if not leavers.left_together(session, reach.list.id, reach.email_keys):
        kept.add(contact.email_key)
    return tuple(key for key in reach.email_keys if key not in kept)


def _changed(
    reach: _Reach, members: Iterable[MarketingMember], email_keys: Iterable[str]
) -> dict[int, Contact]:
    """The contacts whose activity tells it: of these members, and the link's own."""
    contacts = {one.contact_id: one.contact for one in members}
    own = reach.contact
    if own is not None and own.email_key in set(email_keys):
        contacts.setdefault(own.id, own)
    return contacts


def _record(
    session: Session,
    reach: _Reach,
    contacts: dict[int, Contact],
    address: str | None,
    *,
    leaves: bool,
) -> set[int]:
    """Note it in the activity of each; whose change is to be announced."""
    name, holder = reach.list.name, reach.contact
    verb, pair = ("left_list", [name, None]) if leaves else ("rejoined_list", [None, name])
    for pk, contact in contacts.items():
        same = holder is not None and holder.email_key == contact.email_key
        who = holder if same and holder is not None else contact
        actor = Actor("contact", who.name, contact_id=who.id, address=address)
        activity.record(session, actor, pk, verb, {"marketing_list": pair})
    return {holder.id} if holder is not None else set(contacts)


def _announce(session: Session, ids: Iterable[int]) -> None:
    for pk in sorted(ids):
        announce(session, signals.contact_changed, contact_id=pk)


def _reach(session: Session, link: MarketingLink, *, lock: bool = False) -> _Reach:
    """What a link counts for; raises :class:`LinkVoid` where that is nothing."""
    found = session.scalar(select(MarketingList).where(MarketingList.uuid == link.list_uuid))
    if lock:
        contact = trail.lock_present(session, link.contact_uuid)
    else:
        query = select(Contact).where(trail.has_uuid(link.contact_uuid))
        contact = session.scalars(query.execution_options(populate_existing=True)).first()
    of_contact = contact.email_key if contact is not None else None
    email_keys = dict.fromkeys(key for key in (link.email_key, of_contact) if key is not None)
    if found is None or (contact is None and not email_keys):
        raise LinkVoid("no_active_contact")
    same: list[ColumnElement[bool]] = [Contact.email_key.in_(email_keys)]
    if contact is not None:
        same.append(Contact.id == contact.id)
    theirs = (
        select(MarketingMember)
        .join(Contact, MarketingMember.contact_id == Contact.id)
        .where(MarketingMember.list_id == found.id, or_(*same))
        .order_by(MarketingMember.id)
        .options(contains_eager(MarketingMember.contact).lazyload(Contact.permissions))
        .execution_options(populate_existing=True)
    )
    members = session.scalars(theirs.with_for_update(of=MarketingMember) if lock else theirs).all()
    if not email_keys and not members:
        raise LinkVoid("not_on_list")
    return _Reach(found, contact, tuple(email_keys), members)
