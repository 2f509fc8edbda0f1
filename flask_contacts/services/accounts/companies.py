"""One person, several companies: which ones, and changing between them (BEHAVIOUR P5)."""

from __future__ import annotations

from sqlalchemy import select, update
from sqlalchemy.orm import Session, joinedload, lazyload

from ...clock import utc_now
from ...errors import NotFound
from ...links import rows_changed
from ...models import Contact, PortalSession
from ..transaction import in_transaction
from .sign_in import PortalVisit

_MOST = 100


def companies(session: Session, login_id: int) -> list[Contact]:
    """The active contacts that a login serves, each with its customer; at most 100."""
    query = (
        select(Contact)
        .where(Contact.login_id == login_id, Contact.active)
        .options(joinedload(Contact.customer), lazyload(Contact.permissions))
        .order_by(Contact.id)
        .limit(_MOST)
    )
    return list(session.scalars(query))


def switch_company(session: Session, visit: PortalVisit, contact_id: int) -> None:
    """Go on as another contact of the same person, in the same session.

    Raises :class:`NotFound` for a contact that is not active or not this login's.
    """
    login_id, session_id = visit.login.id, visit.session_row.id

    def work() -> None:
        used = (
            update(Contact)
            .where(Contact.id == contact_id, Contact.active, Contact.login_id == login_id)
            .values(last_signed_in_at=utc_now(), updated_at=Contact.updated_at)
            .execution_options(synchronize_session=False)
        )
        if rows_changed(session, used) != 1:  # the row is locked from here
            raise NotFound("no such contact of this person")
        session.execute(
            update(PortalSession)
            .where(PortalSession.id == session_id, PortalSession.ended_at.is_(None))
            .values(contact_id=contact_id)
            .execution_options(synchronize_session=False)
        )

    in_transaction(session, work)
