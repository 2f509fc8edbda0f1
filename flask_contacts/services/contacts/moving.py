"""A person changes companies: the contact moves, with its history."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

from sqlalchemy import and_, or_, select, update
from sqlalchemy.orm import Session

from ... import signals
from ...actors import SYSTEM, Actor
from ...errors import InvalidInput
from ...i18n import _l
from ...mail.templates import TEMPLATES
from ...models import Contact, Mail
from ..accounts import logins
from ..mailing import silent_topics
from . import activity, login as contact_login, primary, reporting_lines
from .saved import LoginFacts, Saved, find_contact, find_customer, finish, saved


def move_contact(
    session: Session,
    customer_id: Any,
    contact_id: int,
    to_customer_id: Any,
    successor_id: int | None = None,
    actor: Actor = SYSTEM,
    *,
    silences: Collection[str] = (),
) -> Saved:
    """Give a contact to another customer; login, permissions and activity go with it.

    A password that staff set for a login that is not proven stays behind too: it is erased,
    and a link is mailed (C7). Who had the contact as manager, and whom it had, do not come
    along: each side's activity says so. Mail about the former customer's records that waits
    is cancelled.
    The primary contact leaves only with a successor named (C4); at the new customer the
    first active one becomes primary (C3). Raises :class:`NotFound`,
    :class:`SuccessorRequired`, :class:`InvalidInput` at ``customer``, and
    :class:`SilencesTopics` where staff take the last recipient of a topic that ``silences``
    does not name (N6).
    """

    def work() -> Saved:
        target = find_customer(session, to_customer_id)
        find_customer(session, customer_id)
        for key in sorted({customer_id, to_customer_id}, key=str):  # one order: no deadlock
            primary.lock(session, key)
        contact = find_contact(session, customer_id, contact_id)
        _check(session, contact, to_customer_id)
        was_active, former = contact.active, str(contact.customer)
        with silent_topics.refuse_silence(session, customer_id, actor, silences):
            left = primary.leave(session, contact, successor_id)
        changes: dict[str, list[Any]] = {"customer": [former, str(target)]}
        if contact.manager_id is not None:
            changes["manager_id"] = [contact.manager_id, None]
        contact.customer, contact.customer_id = target, to_customer_id
        contact.email_scope, contact.manager_id = str(to_customer_id), None
        contact.active = was_active
        reporting_lines.let_go(session, actor, contact, "manager_moved")
        _cancel_mail(session, contact_id)
        joined = primary.settle(session, to_customer_id)
        activity.record(session, actor, contact, "moved", changes)
        for settled in (left, joined):
            activity.record_primary(session, actor, settled)
        erased = logins.erase_staff_password(session, contact)
        if erased and contact.active:
            contact_login.send_link(session, contact, actor, asked=False)
        return saved(contact, left, LoginFacts(password_erased=erased))

    return finish(session, work, signals.contact_changed)


def _cancel_mail(session: Session, contact_id: int) -> None:
    """Topics and documents of the former customer; links and notices follow the person."""
    document = or_(Mail.document_key.is_not(None), Mail.template.not_in(TEMPLATES))
    about_customer = or_(Mail.needs == "topic", and_(Mail.needs == "contact", document))
    session.execute(
        update(Mail)
        .where(Mail.contact_id == contact_id, about_customer)
        .where(Mail.state.in_(["waiting", "sending", "failed"]))
        .values(state="cancelled", error="contact_moved")
        .execution_options(synchronize_session=False)
    )


def _check(session: Session, contact: Contact, to_customer_id: Any) -> None:
    if contact.archived_at is not None:
        raise InvalidInput({"customer": [_l("This contact is archived. Restore it first.")]})
    if contact.customer_id == to_customer_id:
        raise InvalidInput({"customer": [_l("The contact belongs to this customer already.")]})
    if contact.email_key is None:
        return
    query = select(Contact.id).where(
        Contact.email_scope == str(to_customer_id), Contact.email_key == contact.email_key
    )
    if session.scalar(query) is not None:
        raise InvalidInput({"customer": [_l("A contact there has the same e-mail address.")]})
