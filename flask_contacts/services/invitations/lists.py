"""CRM → Invitations: contacts with a login by their state, a page at a time, and counted.

``visible`` is always a condition on :class:`Contact`: which ones the asking staff member
may see (BEHAVIOUR S7).
"""

from __future__ import annotations

from collections.abc import Collection
from typing import TYPE_CHECKING, NamedTuple

from sqlalchemy import false, func, or_, select, true
from sqlalchemy.orm import Session, lazyload, selectinload
from sqlalchemy.sql.elements import ColumnElement

from ...clock import utc_now
from ...later import later
from ...models import Contact
from .states import STATES, Invitation, invitations_of

if TYPE_CHECKING:
    from . import filters
else:
    filters = later("services.invitations.filters")


#: The states of contacts with a login, which are all that is listed here.
LISTED_STATES = tuple(name for name in STATES if name != "no_login")
#: Nothing is counted any further.
MOST_COUNTED = 1000
_LONGEST = 254


class InvitationRow(NamedTuple):
    """A contact with how far it has come."""

    contact: Contact
    invitation: Invitation


class InvitationPage(NamedTuple):
    """Rows, the newest contact first; ``after`` asks for the next page, None: the last one."""

    rows: list[InvitationRow]
    after: int | None


def invitation_rows(
    session: Session,
    visible: ColumnElement[bool],
    state: str | None = None,
    search: str = "",
    after: int | None = None,
    size: int = 25,
) -> InvitationPage:
    """A page by key, so that the last one is as quick as the first.

    ``state`` None lists all; ``search`` is how the e-mail or the last name begins.
    """
    query = (
        select(Contact)
        .where(*_listed(visible, state, search, after))
        .order_by(Contact.id.desc())
        .limit(size + 1)
        .options(lazyload(Contact.permissions), selectinload(Contact.customer))
    )
    found = list(session.scalars(query))
    contacts, more = found[:size], len(found) > size
    states = invitations_of(session, contacts) if contacts else {}
    rows = [InvitationRow(contact, states[contact.id]) for contact in contacts]
    return InvitationPage(rows, contacts[-1].id if more else None)


def matching_ids(
    session: Session,
    visible: ColumnElement[bool],
    state: str | None = None,
    search: str = "",
    after: int | None = None,
    size: int = 500,
) -> tuple[list[int], int | None]:
    """The first ``size`` ids in the list's order, and after which to go on, or None."""
    query = (
        select(Contact.id)
        .where(*_listed(visible, state, search, after))
        .order_by(Contact.id.desc())
        .limit(size + 1)
    )
    found = list(session.scalars(query))
    return found[:size], found[size - 1] if len(found) > size else None


def count_invitations(session: Session, visible: ColumnElement[bool]) -> dict[str, int]:
    """How many contacts are in each state, in one statement; 1,001 means more than 1,000."""
    now = utc_now()
    counts = []
    for state in LISTED_STATES:
        # In the order of the pages: without it SQLite would not take the index of the state.
        some = (
            select(Contact.id)
            .where(visible, filters.in_state(state, now))
            .order_by(Contact.id.desc())
            .limit(MOST_COUNTED + 1)
            .subquery()
        )
        counts.append(select(func.count()).select_from(some).scalar_subquery().label(state))
    return dict(session.execute(select(*counts)).mappings().one())


def visible_contacts(
    session: Session, visible: ColumnElement[bool], ids: Collection[int]
) -> list[Contact]:
    """Those of the contacts that may be seen and have not gone, the newest first."""
    query = (
        select(Contact)
        .where(Contact.id.in_(list(ids)), visible)
        .order_by(Contact.id.desc())
        .options(lazyload(Contact.permissions))
    )
    return list(session.scalars(query))


def _listed(
    visible: ColumnElement[bool], state: str | None, search: str, after: int | None
) -> list[ColumnElement[bool]]:
    conditions = [visible, _begins_with(search.strip())]
    if state is None:
        conditions.append(Contact.login_id.is_not(None))
    else:
        conditions.append(filters.in_state(state, utc_now()))
    if after is not None:
        conditions.append(Contact.id < after)
    return conditions


def _begins_with(text: str) -> ColumnElement[bool]:
    """Both sides in lower case; the key of an address is ASCII and in lower case already."""
    if not text:
        return true()
    if len(text) > _LONGEST or "\x00" in text:
        return false()
    name = Contact.lastname.istartswith(text, autoescape=True)
    if not text.isascii():
        return name
    return or_(Contact.email_key.startswith(text.lower(), autoescape=True), name)
