"""Mail about registrations, to people who are no contacts (yet), and to staff."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from flask import current_app
from sqlalchemy import select
from sqlalchemy.orm import Session

from .. import links
from ..clock import utc_now
from ..config import base_url, setting
from ..i18n import _, in_language
from ..later import later
from ..models import Contact, Login, Mail, Registration
from ..models.registration import PENDING
from ..registry import MailTemplate
from .registration_templates import (
    CONFIRM_REGISTRATION,
    REGISTERED_ALREADY,
    REGISTRATION_NOTICE,
    REGISTRATION_REFUSED,
)

if TYPE_CHECKING:
    from . import messages, mime, outbox
else:
    messages = later("mail.messages")
    mime = later("mail.mime")
    outbox = later("mail.outbox")


#: What such a mail ``needs``: that its registration still waits for the proof.
NEEDS = "registration"
#: Where staff see the registrations.
STAFF_PATH = "/contacts-registrations"
_LINK = "registration_link"


def add_proof(session: Session, registration: Registration) -> Mail:
    """Promise the link that proves the address.

    Who is there already is told so in its place: that is found out when the mail is due, so
    that a posting writes and answers the same for every address (security 6.3.8).
    """
    return outbox.add_unfinished(
        session,
        CONFIRM_REGISTRATION,
        registration.email_key,
        outbox.language_of(registration),
        needs=NEEDS,
        parameters={_LINK: registration.link_uuid},
    )


def prepare(session: Session, mail: Mail) -> bytes | str:
    """The finished bytes of such a mail, or the word why it is not sent; the caller commits."""
    holder = find_holder(session, mail.recipient)
    if holder is not None:
        return _to_holder(session, mail, holder)
    uuid = (mail.parameters or {}).get(_LINK)
    query = (
        select(Registration)
        .where(Registration.link_uuid == uuid, Registration.state == PENDING)
        .with_for_update(key_share=True)
        .execution_options(populate_existing=True)
    )
    registration = session.scalars(query).first()
    if registration is None:
        return "registration_over"
    now = utc_now()
    if registration.link_expires_at is None:
        registration.link_expires_at = now + timedelta(seconds=links.REGISTER_SECONDS)
    if registration.link_expires_at <= now:
        return "LinkExpired"
    token = links.sign_uuid(links.REGISTER, registration.link_uuid)
    url = f"{_portal()}/{links.PATHS[links.REGISTER]}/{token}"
    values = {**values_of(registration), str(CONFIRM_REGISTRATION.link_field): url}
    return _bytes(session, mail, CONFIRM_REGISTRATION, values, to_contact=False)


def find_holder(session: Session, email_key: str) -> Contact | None:
    """An active contact of the login of an address: its person has an account already."""
    login = session.scalars(
        select(Login).where(Login.email_key == email_key).with_for_update(key_share=True)
    ).first()
    if login is None:
        return None
    query = select(Contact).where(Contact.login_id == login.id, Contact.active)
    return session.scalars(query.order_by(Contact.id).limit(1)).first()


def add_notices(session: Session, registration: Registration, addresses: Iterable[str]) -> None:
    """Tell staff of a registration whose address is proven; the caller commits."""
    if not messages.template_enabled(session, REGISTRATION_NOTICE):
        return
    language = str(current_app.config["BABEL_DEFAULT_LOCALE"])
    with in_language(language):
        outcome = (
            _("The portal is open to them already.")
            if registration.open_as is None
            else _("It waits for you to approve or refuse it.")
        )
    values = {
        **values_of(registration),
        "registration_outcome": str(outcome),
        "registration_url": f"{base_url()}{STAFF_PATH}/show/{registration.id}",
    }
    for address in addresses:
        mail = _add(session, REGISTRATION_NOTICE, address, language, values)
        mail.document_key = notice_key(registration.id)


def notice_key(registration_id: int) -> str:
    """By what the notices about a registration are found, to forget them with the person."""
    return f"contacts-registration:{registration_id}"


def add_refusal(session: Session, registration: Registration, reason: str | None) -> bool:
    """Tell the person that staff refused; whether that mail is switched on."""
    if not messages.template_enabled(session, REGISTRATION_REFUSED):
        return False
    values = {**values_of(registration), "refusal_reason": reason or ""}
    language = outbox.language_of(registration)
    _add(session, REGISTRATION_REFUSED, registration.email_key, language, values)
    return True


def values_of(registration: Registration) -> dict[str, str]:
    """The merge fields that every mail has, of who is no contact yet."""
    return {
        **outbox.address_values("", registration.email_key),
        "contact_firstname": registration.firstname,
        "contact_lastname": registration.lastname,
        "customer_name": registration.company,
    }


def _to_holder(session: Session, mail: Mail, holder: Contact) -> bytes:
    mail.template = REGISTERED_ALREADY.name
    mail.contact_id, mail.login_id = holder.id, holder.login_id
    mail.language = outbox.language_of(holder)
    values = {
        **outbox.contact_values(holder),
        "contact_email": mail.recipient,
        "forgot_password_url": f"{_portal()}/forgot-password",
    }
    return _bytes(session, mail, REGISTERED_ALREADY, values, to_contact=True)


def _bytes(
    session: Session, mail: Mail, template: MailTemplate, values: dict[str, str], **frame: Any
) -> bytes:
    words = messages.template_words(session, template, mail.language)
    mail.subject, html, text = messages.render(words, values, mail.language, **frame)
    return mime.to_bytes(mail.recipient, mail.subject, html, text, mail.message_id)


def _add(
    session: Session, template: MailTemplate, recipient: str, language: str, values: dict[str, str]
) -> Mail:
    words = messages.template_words(session, template, language)
    subject, html, text = messages.render(words, values, language, to_contact=False)
    return outbox.add_rendered(session, template.name, recipient, language, subject, html, text)


def _portal() -> str:
    return f"{base_url()}{setting('PORTAL_PREFIX')}"
