"""Mail to a marketing list: promised as values, written when it is due.

Whether its reader is still on the list and may be mailed is asked again then. Each can be
stopped by one click in the mail program (RFC 8058), and by the link at its end.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import replace

from markupsafe import escape
from sqlalchemy import ColumnElement, and_, exists, select
from sqlalchemy.orm import Session, aliased

from ..i18n import _, in_language
from ..models import Contact, Mail, MarketingList, MarketingMember
from ..registry import MailTemplate
from . import messages, mime, outbox
from .leavers import leavers_among
from .marketing_links import marketing_url
from .recipients import cannot_be_mailed, is_mailable
from .templates import find_template

#: What such a mail ``needs``: that its reader is on the list.
NEEDS = "marketing"
_KEY = "contacts-marketing:"
_LINK = "unsubscribe_url"


def document_key(list_id: int) -> str:
    """By what the mails to a list are found."""
    return f"{_KEY}{list_id}"


def dedupe_key(list_id: int, key: str, email_key: str) -> str:
    """The same for everything that is sent under ``key`` to one address of a list."""
    text = f"{_KEY}{list_id}:{key}:{email_key}"
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()


def is_subscribed(list_id: int) -> ColumnElement[bool]:
    """In SQL, for a member joined with its contact: whether mail to the list goes there.

    It goes to no address whose person has left the list, as whichever contact that was; for
    those that no contact on the list has any more, ask :mod:`.leavers` besides.
    """
    other, gone = aliased(Contact), aliased(MarketingMember)
    has_left = (
        exists()
        .where(gone.list_id == list_id, gone.unsubscribed_at.is_not(None))
        .where(gone.contact_id == other.id, other.email_key == Contact.email_key)
    )
    return and_(
        MarketingMember.list_id == list_id,
        MarketingMember.unsubscribed_at.is_(None),
        is_mailable(),
        ~has_left,
    )


def add(
    session: Session,
    template: MailTemplate,
    contact: Contact,
    list_id: int,
    values: Mapping[str, str],
    key: str,
) -> Mail:
    """Promise a mail; ``values`` are those of the template's own merge fields."""
    recipient, language = contact.email_key or "", outbox.language_of(contact)
    mail = outbox.add_unfinished(
        session, template, recipient, language, needs=NEEDS, parameters=values
    )
    mail.contact_id, mail.document_key = contact.id, document_key(list_id)
    mail.dedupe_key = dedupe_key(list_id, key, recipient)
    return mail


def prepare(session: Session, mail: Mail) -> bytes | str:
    """The finished bytes of such a mail, or the word why it is not sent; the caller commits."""
    contact = None
    if mail.contact_id is not None:
        contact = session.get(Contact, mail.contact_id, populate_existing=True)
    if contact is None:
        return "contact_deleted"
    reason = cannot_be_mailed(contact)
    if reason is not None:
        return f"contact_{reason}"
    if mail.recipient != contact.email_key:
        return "address_changed"
    found = _list_of(session, mail, contact)
    if found is None:
        return "contact_left_list"
    return _write(session, mail, contact, found)


def _list_of(session: Session, mail: Mail, contact: Contact) -> MarketingList | None:
    """The list, while it is active, the contact is on it and its address has not left it."""
    number = (mail.document_key or "").removeprefix(_KEY)
    if not number.isascii() or not number.isdigit():
        return None
    query = (
        select(MarketingList)
        .join(MarketingMember, MarketingMember.list_id == MarketingList.id)
        .join(Contact, MarketingMember.contact_id == Contact.id)
        .where(MarketingList.id == int(number), MarketingList.active)
        .where(Contact.id == contact.id, is_subscribed(int(number)))
    )
    found = session.scalars(query).first()
    if found is not None and leavers_among(session, found.id, [contact.email_key]):
        return None
    return found


def _write(session: Session, mail: Mail, contact: Contact, found: MarketingList) -> bytes:
    url = marketing_url(contact.uuid, found.uuid, contact.email_key)
    words = messages.template_words(session, find_template(mail.template), mail.language)
    spoken = words.language in (None, *messages.spoken_by(mail.language))
    foot = _foot(found.name, mail.language if spoken else str(words.language))
    words = replace(words, body=words.body + foot)
    values = {**(mail.parameters or {}), **outbox.contact_values(contact), _LINK: url}
    mail.subject, html, text = messages.render(words, values, mail.language)
    headers = {"List-Unsubscribe": f"<{url}>", "List-Unsubscribe-Post": outbox.ONE_CLICK}
    return mime.to_bytes(mail.recipient, mail.subject, html, text, mail.message_id, headers)


def _foot(name: str, language: str) -> str:
    """The end of the body. The name's braces are no merge fields."""
    with in_language(language):
        why = _("You get this mail because you are on our list “%(name)s”.", name=name)
        leave = escape(_("Unsubscribe"))
    why = str(escape(why)).replace("{", "&#123;").replace("}", "&#125;")
    return f'<hr><p>{why} <a href="{{{_LINK}}}">{leave}</a></p>'
