"""What belongs to a contact in our tables, given to another: with a merge nothing is lost."""

from __future__ import annotations

from typing import Any

from sqlalchemy import delete, select, update
from sqlalchemy.orm import Session

from ...clock import utc_now
from ...models import (
    Activity,
    Comment,
    ContactImportResult,
    ContactPermission,
    ContactTopic,
    Login,
    Mail,
    MarketingMember,
    NotDuplicates,
    PortalView,
    Registration,
)

_QUIET = {"synchronize_session": False}


def move(session: Session, old_id: int, new_id: int) -> None:
    """History, comments, mails, lists and the rest now are the other contact's.

    Logins, sessions and links are not moved here: who may sign in as whom is decided apart.
    """
    columns: tuple[Any, ...] = (
        Activity.contact_id,
        Activity.actor_contact_id,
        Comment.contact_id,
        Mail.contact_id,
        Registration.contact_id,
        ContactImportResult.contact_id,
        Login.kept_for_id,
    )
    _move_memberships(session, old_id, new_id)
    _end_views(session, old_id, new_id)
    for column in columns:
        session.execute(
            update(column.class_).where(column == old_id).values({column.key: new_id}),
            execution_options=_QUIET,
        )


def drop_rest(session: Session, old_id: int) -> None:
    """What the merged contact has of its own by now says nothing any more."""
    for table in (ContactPermission, ContactTopic):
        session.execute(delete(table).where(table.contact_id == old_id), execution_options=_QUIET)
    forget_judgements(session, old_id)


def forget_judgements(session: Session, contact_id: int) -> None:
    """That the contact is not the same person as another one is not known any more."""
    for column in (NotDuplicates.first_id, NotDuplicates.second_id):
        its = delete(NotDuplicates).where(column == contact_id)
        session.execute(its, execution_options=_QUIET)


def _move_memberships(session: Session, old_id: int, new_id: int) -> None:
    """On a list of both the one row stays, since the earlier day; who has left, has left."""
    query = (
        select(MarketingMember)
        .where(MarketingMember.contact_id.in_((old_id, new_id)))
        .order_by(MarketingMember.id)
        .with_for_update()
        .execution_options(populate_existing=True)
    )
    members = session.scalars(query).all()
    stays = {one.list_id: one for one in members if one.contact_id == new_id}
    for one in members:
        other = stays.get(one.list_id)
        if one.contact_id == new_id:
            continue
        if other is None:
            one.contact_id = new_id
            continue
        other.added_at = min(other.added_at, one.added_at)
        left = [moment for moment in (other.unsubscribed_at, one.unsubscribed_at) if moment]
        other.unsubscribed_at = min(left, default=None)
        session.delete(one)
    session.flush()


def _end_views(session: Session, old_id: int, new_id: int) -> None:
    """Staff who look at the portal as the one do not find themselves in the other's."""
    session.execute(
        update(PortalView)
        .where(PortalView.contact_id == old_id, PortalView.ended_at.is_(None))
        .values(ended_at=utc_now()),
        execution_options=_QUIET,
    )
    session.execute(
        update(PortalView).where(PortalView.contact_id == old_id).values(contact_id=new_id),
        execution_options=_QUIET,
    )
