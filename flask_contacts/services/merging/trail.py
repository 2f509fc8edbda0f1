"""Where contacts went that were merged: what leads to the old one leads to the new one."""

from __future__ import annotations

from typing import Any

from sqlalchemy import delete, func, select, update
from sqlalchemy.orm import Session
from sqlalchemy.sql.elements import ColumnElement

from ...actors import Actor
from ...models import Contact, ContactMerge
from ...models.contact import is_contact_key

_QUIET = {"synchronize_session": False}
_MERGES_MET = 10


def survivor_of(session: Session, contact_id: int) -> int | None:
    """The contact that a former one is now, or None."""
    if not is_contact_key(contact_id):
        return None
    query = select(ContactMerge.contact_id).where(ContactMerge.old_id == contact_id)
    return session.scalar(query)


def has_uuid(contact_uuid: str) -> ColumnElement[bool]:
    """A condition on :class:`Contact`: the one of this uuid, or what it is now.

    By subqueries of one row each, so that every database looks it up by its keys.
    """
    own = Contact.__table__.alias()
    of_old: Any = select(ContactMerge.contact_id).where(ContactMerge.old_uuid == contact_uuid)
    present: Any = select(own.c.id).where(own.c.uuid == contact_uuid)
    return Contact.id == func.coalesce(present.scalar_subquery(), of_old.scalar_subquery())


def lock_present(session: Session, contact_uuid: str) -> Contact | None:
    """The contact of this uuid, or what it is now, locked.

    Who waited for a merge finds the contact gone, and asks again what it has become.
    """
    for _attempt in range(_MERGES_MET):
        found = session.scalar(select(Contact.id).where(has_uuid(contact_uuid)))
        if found is None:
            return None
        query = select(Contact).where(Contact.id == found).with_for_update(of=Contact)
        contact = session.scalars(query.execution_options(populate_existing=True)).first()
        if contact is not None:
            return contact
    return None


def record(session: Session, former: Contact, survivor_id: int, actor: Actor) -> None:
    """Note what ``former`` is now; what had become ``former`` before, becomes that too."""
    session.execute(
        update(ContactMerge)
        .where(ContactMerge.contact_id == former.id)
        .values(contact_id=survivor_id),
        execution_options=_QUIET,
    )
    session.add(
        ContactMerge(
            old_id=former.id,
            old_uuid=former.uuid,
            contact_id=survivor_id,
            merged_by=actor.name[:210],
        )
    )


def forget(session: Session, contact_id: int) -> None:
    """Nothing leads to this contact any more but its own address."""
    session.execute(
        delete(ContactMerge).where(ContactMerge.contact_id == contact_id), execution_options=_QUIET
    )
