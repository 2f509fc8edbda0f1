"""Setup → Outgoing mail: what became of each mail, sending again, cancelling (M2)."""

from __future__ import annotations

import re
from collections.abc import Collection
from contextlib import suppress
from dataclasses import dataclass
from email.parser import BytesParser
from email.policy import default
from typing import TYPE_CHECKING, Any, NamedTuple

from sqlalchemy import Select, case, or_, select, update
from sqlalchemy.orm import Session, defer
from sqlalchemy.sql.elements import ColumnElement

from ...clock import utc_now
from ...email_address import canonical_email
from ...errors import InvalidInput, NotFound
from ...i18n import _l
from ...later import later
from ...links import rows_changed
from ...mail import registration_mail
from ...mail.templates import TEMPLATES, WELCOME
from ...mail.written import WRITTEN
from ...models import Contact, Mail
from ..transaction import in_transaction

if TYPE_CHECKING:
    from ...mail import marketing_letters
else:
    marketing_letters = later("mail.marketing_letters")

#: The states with their labels.
STATES = {
    "waiting": _l("Waiting"),
    "sending": _l("Sending"),
    "sent": _l("Sent"),
    "failed": _l("Failed"),
    "cancelled": _l("Cancelled"),
}
#: The templates of mail that the package itself writes: welcome, links, notices.
ABOUT_LOGINS = tuple(TEMPLATES)
#: Where a mail may be sent again from; one that reached the server only when asked twice.
RESENDABLE = ("failed", "waiting", "cancelled")
#: The link by which its reader chooses topics, without signing in: not for staff.
_PERSONAL = re.compile(r"(/email-notifications/)\S+")


@dataclass(frozen=True)
class MailFilter:
    """Which mails a page is about: of a ``state``, to an address; None is any.

    ``customers`` is a query of the keys of the customers that this staff member may see
    (S7): mail to nobody's contact is then left out too. None: everything is seen.
    ``about_logins`` False leaves out mail about logins, because it tells whether the person
    has one elsewhere (C6).
    """

    state: str | None = None
    recipient: str | None = None
    customers: Select[Any] | None = None
    about_logins: bool = True

    def conditions(self) -> list[ColumnElement[bool]]:
        """The filter as conditions on ``Mail``."""
        found: list[ColumnElement[bool]] = []
        if self.state is not None:
            found.append(Mail.state == self.state)
        if self.recipient is not None:
            found.append(Mail.recipient == self.recipient)
        if self.customers is not None:
            theirs = select(Contact.id).where(Contact.customer_id.in_(self.customers))
            found.append(Mail.contact_id.in_(theirs))
        if not self.about_logins:
            found.append(Mail.template.not_in(ABOUT_LOGINS))
        return found


class MailPage(NamedTuple):
    """Mails, the newest first; ``before`` asks for the next page, None on the last one."""

    items: list[Mail]
    before: int | None


class Letter(NamedTuple):
    """What a mail says, as far as it may be read: one with a link to a password never is."""

    text: str
    attachments: tuple[str, ...] = ()


def list_mail(
    session: Session, asked: MailFilter | None = None, before: int | None = None, size: int = 50
) -> MailPage:
    """A page of the outbox by key, so that the millionth is as quick as the first.

    Without the bodies: those are of any size.
    """
    query = (
        select(Mail)
        .options(defer(Mail.message), defer(Mail.parameters))
        .where(*(asked or MailFilter()).conditions())
        .order_by(Mail.id.desc())
        .limit(size + 1)
    )
    if before is not None:
        query = query.where(Mail.id < before)
    found = list(session.scalars(query))
    return MailPage(found[:size], found[size - 1].id if len(found) > size else None)


def find_mail(session: Session, mail_id: int, asked: MailFilter) -> Mail:
    """One mail; :class:`NotFound` when it is unknown or hidden from this staff member."""
    query = select(Mail).where(Mail.id == mail_id, *asked.conditions())
    mail = session.scalars(query).first()
    if mail is None:
        raise NotFound("no such mail")
    return mail


def letter(mail: Mail) -> Letter | None:
    """What a finished mail says; None where nothing is kept or a link is made at sending."""
    if mail.message is None:
        return None
    message = BytesParser(policy=default).parsebytes(mail.message)
    body = message.get_body(("plain",))
    files = (part.get_filename() or "" for part in message.iter_attachments())
    text = body.get_content() if body is not None else ""
    return Letter(_PERSONAL.sub(r"\1…", text), tuple(files))


def selected(
    session: Session, mail_ids: Collection[int], asked: MailFilter
) -> dict[str, list[int]]:
    """The ids of those of the mails that this staff member may see, by their state."""
    query = select(Mail.state, Mail.id).where(Mail.id.in_(list(mail_ids)), *asked.conditions())
    found: dict[str, list[int]] = {}
    for state, mail_id in session.execute(query):
        found.setdefault(state, []).append(mail_id)
    session.rollback()
    return found


def send_again(
    session: Session, mail_ids: Collection[int], *, asked: MailFilter | None = None,
    sent_too: bool = False,
) -> int:  # fmt: skip
    """Put failed and cancelled mails back in the queue, and waiting ones to its front; how many.

    Each keeps its Message-ID and is checked again before it leaves. Mails that reached the
    server leave once more only with ``sent_too``.
    """
    states = (*RESENDABLE, "sent") if sent_too else RESENDABLE
    return _requeue(session, [Mail.id.in_(list(mail_ids)), Mail.state.in_(states)], asked)


def send_all_failed_again(session: Session, asked: MailFilter) -> int:
    """Put every failed mail that ``asked`` describes back in the queue; how many."""
    return _requeue(session, [Mail.state == "failed"], asked)


def _requeue(
    session: Session, conditions: list[ColumnElement[bool]], asked: MailFilter | None
) -> int:
    is_theirs = or_(Mail.error.is_(None), Mail.error != "contact_moved")
    is_whole = or_(
        Mail.message.is_not(None),
        Mail.link_uuid.is_not(None),
        Mail.template == WELCOME.name,
        Mail.needs.in_(["known_address", registration_mail.NEEDS, marketing_letters.NEEDS]),
    )
    statement = (
        update(Mail)
        .where(
            *conditions,
            *(asked or MailFilter()).conditions(),
            Mail.recipient != "",
            is_whole,
            is_theirs,
        )
        .values(state="waiting", not_before=utc_now(), attempts=0, error=None)
        .execution_options(synchronize_session=False)
    )

    def work() -> int:
        changed = rows_changed(session, statement)
        session.info[WRITTEN] = bool(changed)  # wakes the worker at the commit
        return changed

    return in_transaction(session, work)


def cancel(session: Session, mail_ids: Collection[int], *, asked: MailFilter | None = None) -> int:
    """Keep waiting and failed mails from being sent; how many. One being sent is too late."""
    conditions = (asked or MailFilter()).conditions()
    statement = (
        update(Mail)
        .where(Mail.id.in_(list(mail_ids)), Mail.state.in_(["failed", "waiting"]), *conditions)
        .values(state="cancelled", error="cancelled_by_staff")
        .execution_options(synchronize_session=False)
    )
    return in_transaction(session, lambda: rows_changed(session, statement))


def addresses_of(contact: Contact) -> set[str]:
    """The contact's addresses, as they stand in the records of mail."""
    found = set()
    for typed in (contact.email, contact.email2):
        with suppress(InvalidInput):
            found.add(canonical_email(typed or "").key)
    return found


def address_asked(text: str) -> str | None:
    """What somebody looks for, as it stands in the records of mail; None for nothing."""
    with suppress(InvalidInput):
        return canonical_email(text).key
    return text.strip().lower() or None


def scrub(session: Session, contact_id: int, addresses: Collection[str], reason: str) -> None:
    """Forget whom the contact's mails went to and what they said; what waits is cancelled
    with the ``reason``. The caller commits.

    Mail to one of its ``addresses`` that belongs to no contact, or to another, is forgotten
    too, unless another contact has the address.
    """
    query = select(Contact.email_key).where(
        Contact.email_key.in_(addresses), Contact.id != contact_id
    )
    only_its = set(addresses).difference(session.scalars(query))
    for whose in (Mail.contact_id == contact_id, Mail.recipient.in_(only_its)):
        session.execute(
            update(Mail)
            .where(whose, Mail.state.in_(["waiting", "sending", "failed"]))
            .values(state="cancelled", error=reason)
            .execution_options(synchronize_session=False)
        )
        session.execute(
            update(Mail)
            .where(whose)
            .values(
                recipient="", subject="", message=None, parameters=None,
                login_id=None, link_uuid=None,
                error=case((Mail.state == "cancelled", Mail.error)),
            )
            .execution_options(synchronize_session=False)
        )  # fmt: skip
