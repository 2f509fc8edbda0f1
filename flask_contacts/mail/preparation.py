"""Before a mail leaves: does what it was promised for still hold, and finish it.

A mail whose reason has gone is cancelled with that reason (BEHAVIOUR M2).
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Row, and_, bindparam, case, false, func, or_, select, type_coerce
from sqlalchemy.orm import Session
from sqlalchemy.sql.elements import ColumnElement

from .. import links
from ..config import base_url, setting
from ..errors import LinkError
from ..models import Contact, Link, Login, Mail
from ..registry import MailTemplate, Topic
from ..state import current_contacts
from . import marketing_letters, messages, mime, outbox, registration_mail
from .recipients import find_topic, is_recipient, why_not
from .templates import RESET_PASSWORD, SET_PASSWORD, find_template

#: A finished mail that is longer is read when its turn has come, not with its batch.
_LARGE = 100_000  # bytes
_MOST_QUERIES = 100
_queries: dict[tuple[tuple[str, str | None], ...], Any] = {}


@dataclass(frozen=True)
class Finished:
    """A mail that can leave: its bytes, and the address for the envelope."""

    recipient: str
    message: bytes


@dataclass(frozen=True)
class Cancelled:
    """The mail is not sent; ``reason`` is a stable word. ``forget`` removes its row."""

    reason: str
    forget: bool = False


def load(
    session: Session, owner: str, ids: Collection[int], topics: Collection[str]
) -> list[Row[Any]]:
    """Leased mails, with the ``message`` of those that are finished and may leave.

    One statement for many mails. Where ``message`` is None the mail has no bytes yet, or
    too many, or it may not hold any more: :func:`prepare` says what is the matter.
    ``topics`` are all that the mails are about.
    """
    registered = current_contacts.registry.topics
    known = [registered[name] for name in sorted(topics) if name in registered]
    key = tuple((topic.name, topic.module) for topic in known)
    if key not in _queries:  # to build it takes longer than to run it
        if len(_queries) > _MOST_QUERIES:
            _queries.clear()
        _queries[key] = _query(known)
    return list(session.execute(_queries[key], {"ids": list(ids), "owner": owner}))


def _query(topics: Collection[Topic]) -> Any:
    # A mail that counts as an invitation starts its time, see :func:`prepare`.
    ready = and_(
        _still_holds(topics), func.length(Mail.message) <= _LARGE, Mail.link_uuid.is_(None)
    )
    message = type_coerce(case((ready, Mail.message)), Mail.message.type)
    return (
        select(Mail.id, Mail.attempts, Mail.recipient, message.label("message"))
        .outerjoin(Contact, Mail.contact_id == Contact.id)
        .where(Mail.id.in_(bindparam("ids", expanding=True)))
        .where(Mail.lease_owner == bindparam("owner"), Mail.state == "sending")
    )


def prepare(session: Session, mail: Mail) -> bytes | Cancelled:
    """The finished bytes of a claimed mail, or why it is not sent.

    Starts the life of the link that it carries; the caller commits.
    """
    if mail.needs == "known_address":
        return _prepare_forgotten(session, mail)
    for kind in (registration_mail, marketing_letters):
        if mail.needs == kind.NEEDS:
            written = kind.prepare(session, mail)
            return Cancelled(written) if isinstance(written, str) else written
    contact = None
    if mail.contact_id is not None:
        contact = session.get(Contact, mail.contact_id, populate_existing=True)
    reason = _no_longer_holds(mail, contact)
    if reason is not None:
        return Cancelled(reason)
    link = session.get(Link, mail.link_uuid) if mail.link_uuid is not None else None
    if mail.message is not None:
        if link is not None:
            links.start_life(link)
        return mail.message
    return _finish(session, mail, find_template(mail.template), link)


def _still_holds(topics: Collection[Topic]) -> ColumnElement[bool]:
    """:func:`_no_longer_holds` in SQL, the other way round; in doubt it says no.

    A topic's fallback to the primary contact is left to the other.
    """
    gets_it = [and_(Mail.topic == topic.name, is_recipient(topic)) for topic in topics]
    return and_(
        Mail.recipient != "",
        or_(
            Mail.needs == "nothing",
            and_(
                Contact.active,
                Mail.recipient.in_([Contact.email_key, Contact.email]),
                or_(
                    Mail.needs == "contact",
                    and_(Mail.needs == "login", Mail.login_id == Contact.login_id),
                    and_(Mail.needs == "topic", or_(false(), *gets_it)),
                ),
            ),
        ),
    )


def _no_longer_holds(mail: Mail, contact: Contact | None) -> str | None:
    if not mail.recipient:
        return "no_address"
    if mail.needs == "nothing":
        return None
    if contact is None:
        return "contact_deleted"
    if not contact.active:
        return "contact_inactive"
    if mail.needs == "topic":
        reason = why_not(contact, find_topic(mail.topic or ""))
        if reason is not None:
            return f"contact_{reason}"
    if mail.needs == "login" and (contact.login_id is None or contact.login_id != mail.login_id):
        return "login_changed"
    if mail.recipient not in {contact.email_key, contact.email}:
        return "address_changed"  # whoever reads the old one is perhaps somebody else
    return None


def _finish(
    session: Session, mail: Mail, template: MailTemplate, link: Link | None
) -> bytes | Cancelled:
    values = dict(mail.parameters or {})
    if template.link_field is not None:
        url = _start(session, link)
        if isinstance(url, Cancelled):
            return url
        values[template.link_field] = url
    words = messages.template_words(session, template, mail.language)
    mail.subject, html, text = messages.render(words, values, mail.language)
    message = mime.to_bytes(mail.recipient, mail.subject, html, text, mail.message_id)
    if template.link_field is None:  # made once; what holds a link is stored nowhere
        mail.message = message
    return message


def _start(session: Session, link: Link | None) -> str | Cancelled:
    """Start the life of a link: its address, or why it opens nothing."""
    if link is None:
        return Cancelled("link_deleted")
    links.start_life(link)
    token = links.sign(link)
    try:
        links.find_live(session, links.read_token(token, (link.purpose,)))
    except LinkError as error:
        return Cancelled(getattr(error, "reason", type(error).__name__))
    return f"{base_url()}{setting('PORTAL_PREFIX')}/{links.PATHS[link.purpose]}/{token}"


def _prepare_forgotten(session: Session, mail: Mail) -> bytes | Cancelled:
    """Find who asked for a new password; a live invitation is sent again instead (C9)."""
    query_login = (  # locked first: a contact that leaves now makes the link void afterwards
        select(Login).where(Login.email_key == mail.recipient).with_for_update(key_share=True)
    )
    login = session.scalars(query_login).first()
    contact = None
    if login is not None:
        query = select(Contact).where(Contact.login_id == login.id, Contact.active)
        contact = session.scalars(query.order_by(Contact.id).limit(1)).first()
    if login is None or contact is None:
        return Cancelled("unknown_address", forget=True)
    link = links.live_link(session, login.id, links.SET_PASSWORD)
    template = SET_PASSWORD
    if link is None:
        template = RESET_PASSWORD
        link = _own_link(session, mail) or links.issue(
            session, login, links.RESET_PASSWORD, contact.id
        )
    mail.link_uuid, mail.template = link.uuid, template.name
    mail.contact_id, mail.login_id = contact.id, login.id
    mail.language = outbox.language_of(contact)
    mail.parameters = outbox.contact_values(contact)
    return _finish(session, mail, template, link)


def _own_link(session: Session, mail: Mail) -> Link | None:
    """The link that an earlier attempt to send this very mail has issued."""
    return session.get(Link, mail.link_uuid) if mail.link_uuid is not None else None
