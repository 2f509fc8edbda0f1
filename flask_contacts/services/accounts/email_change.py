"""Changing the own e-mail address: asked for with the password, confirmed by a link that is
mailed to the new address (BEHAVIOUR P5, security 7.5.1).

The address stands in the link's own row, which nothing rewrites: a link confirms the
address that it was mailed to or none, whatever is asked for meanwhile. Whether an address
is somebody's already is decided when it is confirmed, by who reads mail there: asking
looks at nothing and answers, writes and mails the same for every address.
"""

from __future__ import annotations

import time
from dataclasses import dataclass
from datetime import datetime
from typing import NoReturn

from sqlalchemy import or_, select, update
from sqlalchemy.orm import Session

from ... import links, signals
from ...actors import Actor
from ...clock import utc_now
from ...email_address import canonical_email
from ...errors import InvalidInput, NotFound, TooManyAttempts
from ...i18n import _l
from ...mail import outbox
from ...mail.templates import CONFIRM_EMAIL, EMAIL_CHANGE_ASKED, OWN_EMAIL_CHANGED
from ...models import Contact, Link, Login, PortalSession
from .. import limits
from ..announce import announce
from ..contacts import activity
from ..transaction import in_transaction
from . import logins, own_password, sessions
from .sign_in import PortalVisit

_PURPOSES = (links.CHANGE_EMAIL,)
_HOUR = 3600


@dataclass(frozen=True)
class PendingEmail:
    """A change that waits to be confirmed; ``expires_at`` is None until its mail has left."""

    email: str
    asked_at: datetime
    expires_at: datetime | None


@dataclass(frozen=True)
class EmailLink:
    """What the page of a living link shows, and whose link it is."""

    login_id: int
    email: str


def pending_email(session: Session, login_id: int) -> PendingEmail | None:
    """The change that a login waits for, if any."""
    link = links.live_link(session, login_id, links.CHANGE_EMAIL)
    if link is None or link.new_email is None:
        return None
    return PendingEmail(link.new_email, link.created_at, link.expires_at)


def propose_email(
    session: Session, visit: PortalVisit, email: str, password: str, ip: str | None
) -> str:
    """Mail a link to the new address and a notice to the present one; the address.

    A link that was mailed before becomes void. Raises :class:`InvalidInput` at ``email``
    or ``current_password``, :class:`TooManyAttempts`, and :class:`NotFound` when the
    session was ended meanwhile.
    """
    login_id, own_id, present = visit.login.id, visit.session_row.id, visit.login.email_key
    problems: dict[str, list[object]] = {}
    try:
        address = canonical_email(email)
        if address.key == present:
            problems["email"] = [_l("This is your address already.")]
    except InvalidInput as error:
        problems = dict(error.errors)
    try:
        proven_hash = own_password.prove(session, login_id, password, ip)
    except InvalidInput as error:
        raise InvalidInput({**problems, **error.errors}) from None
    if problems:
        raise InvalidInput(problems)

    def work() -> None:
        contact, login = sessions.lock_holder(session, own_id, login_id)
        own_password.refuse_if_changed(login, proven_hash)
        for key in (login.email_key, address.key):
            if not limits.take_link_slot(session, key):
                raise TooManyAttempts(_HOUR - int(time.time()) % _HOUR)
        link = links.issue(session, login, links.CHANGE_EMAIL, contact.id, address)
        told = {"new_email": address.key, **sessions.when_and_where(contact, ip)}
        outbox.add(
            session, CONFIRM_EMAIL, contact, recipient=address.key, login=login, link=link,
            needs="nothing", values={"new_email": address.key},
        )  # fmt: skip
        outbox.add(session, EMAIL_CHANGE_ASKED, contact, needs="nothing", values=told)
        holder = Actor("contact", contact.name, contact_id=contact.id, address=ip)
        activity.record(session, holder, contact, "email_change_asked")

    in_transaction(session, work)
    return address.typed


def cancel_email_change(session: Session, visit: PortalVisit) -> None:
    """Make the mailed link void and forget the address; nothing pending is no error."""
    login_id = visit.login.id

    def work() -> None:
        logins.lock(session, login_id)
        links.void(session, login_id, "cancelled_by_contact", _PURPOSES)

    in_transaction(session, work)


def read_email_link(session: Session, token: str) -> EmailLink:
    """What a link is for, if it may still be used; changes nothing.

    Raises :class:`LinkInvalid`, :class:`LinkExpired`, :class:`LinkUsed` or :class:`LinkVoid`.
    """
    link = links.find_live(session, links.read_token(token, _PURPOSES))
    return EmailLink(link.login_id, link.new_email or "")


def confirm_email(
    session: Session,
    token: str,
    ip: str | None,
    *,
    visit: PortalVisit | None = None,
    password: str = "",
) -> str | None:
    """Use a link: its address becomes the login's, and that of each of its contacts.

    Who is not signed in with the login itself (``visit``) gives its password: so no scanner
    that presses buttons, and nobody whose address was mistyped, can use the link. Every
    session ends but the visitor's, whose new token it gives. The former and the new address
    are told. Raises the link's errors, :class:`InvalidInput` at ``current_password`` or, for
    an address that is another login's or of another contact of one of the customers, at
    ``""``; :class:`TooManyAttempts`; :class:`NotFound` when the session was ended meanwhile.
    """
    facts = links.read_token(token, _PURPOSES)
    login_id = links.find_live(session, facts).login_id
    own_id, proven_hash = None, None
    if visit is not None and visit.login.id == login_id:
        own_id = visit.session_row.id
    else:
        proven_hash = own_password.prove(session, login_id, password, ip)

    def work() -> tuple[str | None, list[int]]:
        contacts = _lock_contacts(session, login_id)
        login = logins.lock(session, login_id)
        if login is None:
            raise NotFound("the login is gone")
        if own_id is not None:
            sessions.lock_holder(session, own_id, login_id)
        elif proven_hash is not None:
            own_password.refuse_if_changed(login, proven_hash)
        link = links.find(session, facts)
        links.consume(session, link)
        session.refresh(link)
        _refuse_taken(session, link, contacts)
        _change_address(session, login, link, contacts, ip)
        renewed = sessions.go_on(session, own_id, login) if own_id is not None else None
        return renewed, [contact.id for contact in contacts]

    renewed, changed = in_transaction(session, work)
    for contact_id in changed:
        announce(session, signals.contact_changed, contact_id=contact_id)
    return renewed


def _lock_contacts(session: Session, login_id: int) -> list[Contact]:
    query = select(Contact).where(Contact.login_id == login_id).order_by(Contact.id)
    locked = query.with_for_update(key_share=True).execution_options(populate_existing=True)
    return list(session.scalars(locked))


def _refuse_taken(session: Session, link: Link, contacts: list[Contact]) -> None:
    """C6: one login for an address, and one contact of a customer. It never says which."""
    key, login_id = link.new_email_key, link.login_id
    logins_with_it = select(Login.id).where(Login.email_key == key, Login.id != login_id)
    scopes = {contact.email_scope for contact in contacts}
    contacts_with_it = select(Contact.id).where(
        Contact.email_key == key,
        Contact.email_scope.in_(scopes),
        or_(Contact.login_id.is_(None), Contact.login_id != login_id),
    )
    for query in (logins_with_it, contacts_with_it):
        if session.scalar(query.limit(1)) is not None:
            _refuse()


def _refuse() -> NoReturn:
    text = _l("This address cannot be used for your account. Nothing was changed.")
    raise InvalidInput({"": [text]})


def _change_address(
    session: Session, login: Login, link: Link, contacts: list[Contact], ip: str | None
) -> None:
    """Write the address, end every session and link, tell the former and the new address."""
    former, former_key = login.email, login.email_key
    assert link.new_email is not None
    assert link.new_email_key is not None
    login.email, login.email_key = link.new_email, link.new_email_key
    login.proven_at = utc_now()
    login.session_epoch = Login.session_epoch + 1
    for contact in contacts:
        changes: dict[str, list[object]] = {"email": [contact.email, login.email]}
        contact.email, contact.email_key = link.new_email, link.new_email_key
        holder = Actor("contact", contact.name, contact_id=contact.id, address=ip)
        activity.record(session, holder, contact, "email_change_confirmed", changes)
    session.flush()
    links.void(session, login.id, "email_changed")
    session.execute(
        update(PortalSession)
        .where(PortalSession.login_id == login.id, PortalSession.ended_at.is_(None))
        .values(ended_at=utc_now())
        .execution_options(synchronize_session=False)
    )
    told = _whom_to_tell(link, contacts)
    values = {"old_email": former, **sessions.when_and_where(told, ip)}
    for recipient in (former_key, link.new_email_key):
        outbox.add(
            session, OWN_EMAIL_CHANGED, told, recipient=recipient, needs="nothing", values=values
        )


def _whom_to_tell(link: Link, contacts: list[Contact]) -> Contact:
    """The contact who asked, else an active one: a living link has one."""
    active = [contact for contact in contacts if contact.active]
    asked = [contact for contact in active if contact.id == link.contact_id]
    return (asked or active)[0]
