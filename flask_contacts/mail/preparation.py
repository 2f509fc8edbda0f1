"""Before a mail leaves: does what it was promised for still hold, and finish it.

A mail whose reason has gone is cancelled with that reason (BEHAVIOUR M2).
"""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session

from .. import links
from ..config import base_url, setting
from ..errors import LinkError
from ..models import Contact, Link, Login, Mail
from ..registry import MailTemplate
from . import messages, outbox
from .recipients import find_topic, why_not
from .templates import RESET_PASSWORD, SET_PASSWORD, find_template


@dataclass(frozen=True)
class Cancelled:
    """The mail is not sent; ``reason`` is a stable word. ``forget`` removes its row."""

    reason: str
    forget: bool = False


def prepare(session: Session, mail: Mail) -> bytes | Cancelled:
    """The finished bytes of a claimed mail, or why it is not sent.

    Starts the life of the link that it carries; the caller commits.
    """
    if mail.needs == "known_address":
        return _prepare_forgotten(session, mail)
    contact = session.get(Contact, mail.contact_id) if mail.contact_id is not None else None
    reason = _no_longer_holds(mail, contact)
    if reason is not None:
        return Cancelled(reason)
    if mail.message is not None:
        return mail.message
    link = session.get(Link, mail.link_uuid) if mail.link_uuid is not None else None
    return _finish(session, mail, find_template(mail.template), link)


def _no_longer_holds(mail: Mail, contact: Contact | None) -> str | None:
    if mail.needs == "nothing":
        return None
    if contact is None:
        return "contact_deleted"
    if not contact.active:
        return "contact_inactive"
    if mail.needs == "topic":
        reason = why_not(contact, find_topic(mail.topic or ""))
        return None if reason is None else f"contact_{reason}"
    if mail.needs == "login" and (contact.login_id is None or contact.login_id != mail.login_id):
        return "login_changed"
    return None


def _finish(
    session: Session, mail: Mail, template: MailTemplate, link: Link | None
) -> bytes | Cancelled:
    if link is None:
        return Cancelled("link_deleted")
    links.start_life(link)
    token = links.sign(link)
    try:
        links.find_live(session, links.read_token(token))
    except LinkError as error:
        return Cancelled(getattr(error, "reason", type(error).__name__))
    url = f"{base_url()}{setting('PORTAL_PREFIX')}/set-password/{token}"
    values = {**(mail.parameters or {}), str(template.link_field): url}
    words = messages.template_words(session, template, mail.language)
    subject, html, text = messages.render(words, values, mail.language)
    mail.subject = subject
    return messages.to_bytes(mail.recipient, subject, html, text, mail.message_id)


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
