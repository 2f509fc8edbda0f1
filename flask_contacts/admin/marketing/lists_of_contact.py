"""The marketing lists that a contact is on or has left, on the contact's page."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from flask import url_for

from ...services.marketing.member_lists import memberships
from ...services.marketing.members import SOURCES
from ...state import current_contacts
from ..held_permissions import holds_now
from ..moments import moment_element
from .add_page import LISTS, LISTS_VIEW

if TYPE_CHECKING:
    from ...models import Contact, MarketingMember


@dataclass(frozen=True)
class ListOfContact:
    """A list by its name; ``url`` is None for staff who may not open it, ``added`` is when the
    contact came on it, ``how`` where from and by whom, and ``left`` when it has left it."""

    name: str
    url: str | None
    is_archived: bool
    added: str
    how: str
    left: str | None


def lists_of_contact(contact: Contact) -> list[ListOfContact]:
    """By name, in one statement; none, and nothing asked, for staff who may not see lists."""
    if not holds_now("can_list", LISTS):
        return []
    may_open = holds_now("can_show", LISTS)
    found = memberships(current_contacts.session, [contact.id])
    return [_shown(one, may_open=may_open) for one in found]


def _shown(member: MarketingMember, *, may_open: bool) -> ListOfContact:
    left = member.unsubscribed_at
    source: Any = SOURCES.get(member.source, member.source)
    return ListOfContact(
        member.list.name,
        url_for(f"{LISTS_VIEW}.show", pk=member.list_id) if may_open else None,
        not member.list.active,
        moment_element(member.added_at),
        " · ".join(str(one) for one in (source, member.added_by) if one),
        None if left is None else moment_element(left),
    )
