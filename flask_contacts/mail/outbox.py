"""The outbox: mail is a row, written in the transaction of what caused it.

A mail without a link is finished here, as bytes, but for the welcome, which nobody is to wait
for. That and a mail with a link keep their values: they are finished, the token minted, when
they are sent (see ``preparation``).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from email.utils import make_msgid
from urllib.parse import urlsplit

from flask import current_app
from sqlalchemy.orm import Session

from ..clock import utc_now
from ..config import base_url, company_name, setting
from ..documents import Attachment
from ..i18n import available_languages
from ..models import Contact, Link, Login, Mail, Registration
from ..models.together import write
from ..registry import MailTemplate
from . import messages, mime
from .templates import PERSON_FIELDS, RESET_PASSWORD, WELCOME, find_template
from .topic_links import topic_url
from .written import WRITTEN

_NAMES = "contacts_mail_names"
#: The merge fields that :func:`contact_values` fills.
PERSON_NAMES = frozenset(field.name for field in PERSON_FIELDS)
ONE_CLICK = "List-Unsubscribe=One-Click"


@dataclass(frozen=True)
class Letter:
    """A finished mail in one language, before it has a recipient."""

    language: str
    subject: str
    html: str
    text: str
    attachments: Sequence[Attachment] = ()


def add(
    session: Session,
    template: MailTemplate,
    contact: Contact,
    *,
    recipient: str | None = None,
    login: Login | None = None,
    link: Link | None = None,
    needs: str = "contact",
    values: Mapping[str, str] | None = None,
) -> Mail:
    """Promise a mail about ``contact`` to ``recipient`` (its own address by default).

    ``values`` are those of the template's own merge fields, except the link's. ``needs`` says
    what must still hold when it is sent: ``"contact"`` (active), ``"login"`` (the contact's
    login is still ``login``) or ``"nothing"`` (a notice that goes out whatever happened since).
    """
    language, person = language_of(contact), contact_values(contact)
    everything = {**(values or {}), **person}
    mail = _row(template, recipient or person["contact_email"], language)
    mail.contact_id = contact.id
    mail.login_id = login.id if login is not None else contact.login_id
    mail.needs = needs
    if template.link_field is None:
        words = messages.template_words(session, template, language)
        subject, html, text = messages.render(words, everything, language)
        mail.subject = subject
        mail.message = mime.to_bytes(mail.recipient, subject, html, text, mail.message_id)
    else:
        mail.link, mail.subject, mail.parameters = link, str(template.label)[:255], everything
        mail.link_uuid = link.uuid if link is not None else None
    return _write(session, mail)


def add_welcome(session: Session, contact: Contact) -> None:
    """Promise the welcome, which is written when it is due, in the words that the template has
    by then; none where staff have switched it off (BEHAVIOUR C8)."""
    if messages.template_enabled(session, WELCOME):
        values, language = contact_values(contact), language_of(contact)
        recipient = values["contact_email"]
        mail = add_unfinished(
            session, WELCOME, recipient, language, needs="contact", parameters=values
        )
        mail.contact_id, mail.login_id = contact.id, contact.login_id


def add_topic_mail(
    session: Session,
    template: MailTemplate,
    contact: Contact,
    topic: str,
    values: Mapping[str, str],
    *,
    dedupe_key: str | None,
) -> Mail:
    """Promise automatic mail about a topic; the reader can stop it by one click (RFC 8058).

    Whether the contact still gets the topic is asked again when it is sent.
    """
    language = language_of(contact)
    mail = _row(template, contact.email_key or "", language)
    mail.contact_id, mail.login_id = contact.id, contact.login_id
    mail.needs, mail.topic, mail.dedupe_key = "topic", topic, dedupe_key
    words = messages.template_words(session, template, language)
    url = topic_url(contact.uuid, topic)
    everything = {**values, **contact_values(contact)}
    mail.subject, html, text = messages.render(words, everything, language, url)
    headers = {"List-Unsubscribe": f"<{url}>", "List-Unsubscribe-Post": ONE_CLICK}
    mail.message = mime.to_bytes(mail.recipient, mail.subject, html, text, mail.message_id, headers)
    return _write(session, mail)


def add_document_mail(
    session: Session,
    template: MailTemplate,
    recipient: str,
    letter: Letter,
    *,
    contact: Contact | None,
    to: Sequence[str] = (),
    cc: Sequence[str] = (),
    document_key: str | None,
    dedupe_key: str | None,
) -> Mail:
    """Promise a document that staff send by hand (BEHAVIOUR N5).

    A contact gets it, topic or not, while it is active; a lead's address and a copy get it
    in any case. A copy says in ``to`` whom it was written to, and belongs to the
    ``contact`` whose words it holds; all say in ``cc`` who has a copy.
    """
    mail = _row(template, recipient, letter.language)
    mail.contact_id = contact.id if contact is not None else None
    mail.needs = "contact" if contact is not None and not to else "nothing"
    mail.subject, mail.document_key, mail.dedupe_key = letter.subject, document_key, dedupe_key
    headers = {"Auto-Submitted": "no", **({"Cc": ", ".join(cc)} if cc else {})}
    mail.message = mime.to_bytes(
        recipient, letter.subject, letter.html, letter.text, mail.message_id, headers,
        to=to, attachments=letter.attachments,
    )  # fmt: skip
    return _write(session, mail)


def add_rendered(
    session: Session,
    name: str,
    recipient: str,
    language: str,
    subject: str,
    html: str,
    text: str,
    contact_id: int | None = None,
) -> Mail:
    """Promise a finished mail to an address: a test of a template to who edits it.

    ``contact_id`` is the contact whose data it shows: they are forgotten with it.
    """
    mail = _row(find_template(name), recipient, language)
    mail.needs, mail.subject, mail.contact_id = "nothing", subject, contact_id
    mail.message = mime.to_bytes(recipient, subject, html, text, mail.message_id)
    return _write(session, mail)


def add_forgotten_password(session: Session, email_key: str) -> Mail:
    """Note that somebody asked for a new password for an address, known or not.

    Who that is, if anybody, is found when the mail is due: a request for an unknown
    address writes and answers exactly as much as one for a known (security 6.3.8).
    """
    language = str(current_app.config["BABEL_DEFAULT_LOCALE"])
    return add_unfinished(session, RESET_PASSWORD, email_key, language, needs="known_address")


def add_unfinished(
    session: Session, template: MailTemplate, recipient: str, language: str, *,
    needs: str, parameters: Mapping[str, str] | None = None,
) -> Mail:  # fmt: skip
    """Promise a mail that is written when it is due, for who ``recipient`` is by then."""
    mail = _row(template, recipient, language)
    mail.needs, mail.subject = needs, str(template.label)[:255]
    mail.parameters = dict(parameters or {})
    return _write(session, mail)


def start_counting(session: Session) -> None:
    """Forget which mails :func:`promised` has counted so far."""
    session.info[_NAMES] = []


def promised(session: Session) -> tuple[str, ...]:
    """The templates of the mails written since :func:`start_counting`, in order."""
    return tuple(session.info.get(_NAMES, ()))


def language_of(person: Contact | Registration) -> str:
    """The language to write to somebody in, among those the host offers (N8)."""
    if person.language in available_languages(current_app):
        return str(person.language)
    return str(current_app.config["BABEL_DEFAULT_LOCALE"])


def contact_values(contact: Contact) -> dict[str, str]:
    """The merge fields' values that every mail to a contact has."""
    customer, email = str(contact.customer or ""), contact.email_key or ""
    return _person_values(contact.firstname, contact.lastname, email, customer)


def address_values(name: str, email: str) -> dict[str, str]:
    """The same for somebody who is no contact: a lead with a name and an address."""
    firstname, _space, lastname = name.partition(" ")
    return _person_values(firstname, lastname.strip(), email, "")


def _person_values(firstname: str, lastname: str, email: str, customer: str) -> dict[str, str]:
    return {
        "contact_firstname": firstname,
        "contact_lastname": lastname,
        "contact_email": email,
        "customer_name": customer,
        "company_name": company_name(),
        "portal_url": f"{base_url()}{setting('PORTAL_PREFIX')}/",
    }


def _row(template: MailTemplate, recipient: str, language: str) -> Mail:
    domain = urlsplit(base_url()).hostname
    return Mail(
        message_id=make_msgid(idstring="contacts", domain=domain),
        template=template.name,
        recipient=recipient,
        language=language,
        state="waiting",
        not_before=utc_now(),
    )


def _write(session: Session, mail: Mail) -> Mail:
    write(session, mail)
    session.info[WRITTEN] = True
    session.info.setdefault(_NAMES, []).append(mail.template)
    return mail
