"""What is forgotten of registrations: after a while, and with the person."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime, timedelta

from sqlalchemy import and_, delete, or_, select, update
from sqlalchemy.orm import Session

from ... import links
from ...links import rows_changed
from ...mail import registration_mail
from ...models import Contact, Mail, Registration
from ...models.registration import PENDING


def purge(session: Session, now: datetime, decided_before: datetime) -> int:
    """Delete those that nobody has confirmed within 48 hours, and those decided before then."""
    asked_before = now - timedelta(seconds=links.REGISTER_SECONDS)
    never_mailed = and_(
        Registration.link_expires_at.is_(None), Registration.asked_at < asked_before
    )
    unproven = and_(
        Registration.state == PENDING, or_(Registration.link_expires_at < now, never_mailed)
    )
    over = or_(unproven, Registration.decided_at < decided_before)
    return rows_changed(session, delete(Registration).where(over))


def forget(session: Session, contact_id: int, addresses: Collection[str]) -> None:
    """Delete a contact's registration, and others of its addresses unless another contact has
    them; what notices to staff said of them goes too. The caller commits."""
    others = select(Contact.email_key).where(
        Contact.email_key.in_(addresses), Contact.id != contact_id
    )
    only_its = set(addresses).difference(session.scalars(others))
    its_own = or_(
        Registration.contact_id == contact_id,
        and_(Registration.contact_id.is_(None), Registration.email_key.in_(only_its)),
    )
    ids = list(session.scalars(select(Registration.id).where(its_own)))
    quiet = {"synchronize_session": False}
    notices = Mail.document_key.in_([registration_mail.notice_key(one) for one in ids])
    for statement in (
        update(Mail)
        .where(notices, Mail.state.in_(["waiting", "sending", "failed"]))
        .values(state="cancelled", error="registration_over"),
        update(Mail).where(notices).values(subject="", message=None),
        delete(Registration).where(Registration.id.in_(ids)),
    ):
        session.execute(statement, execution_options=quiet)
