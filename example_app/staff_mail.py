"""Mail to the studio's own people about what a customer did, in the transaction of that."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from flask import current_app
from flask_appbuilder.security.sqla.models import User
from sqlalchemy import select
from sqlalchemy.orm import Session

from flask_contacts.mail import messages, outbox
from flask_contacts.mail.templates import find_template
from flask_contacts.models import Contact, CustomerAdmin

MOST_ADDRESSES = 20


def tell_staff(
    session: Session, contact: Contact, template_name: str, values: Mapping[str, object]
) -> list[str]:
    """Promise a mail about what ``contact`` did; gives the addresses that it goes to.

    Those who look after the customer get it, else the studio's own address
    (``EXAMPLE_STAFF_ADDRESS``). The merge fields of the person are the contact's. A template
    that is switched off under Setup → Email Templates sends nothing.
    """
    template = find_template(template_name)
    if not messages.template_enabled(session, template):
        return []
    language = str(current_app.config["BABEL_DEFAULT_LOCALE"])
    texts = {name: str(value) for name, value in values.items()}
    words = messages.template_words(session, template, language)
    words = replace(words, body=_without_empty(words.body, texts))
    everything = {**texts, **outbox.contact_values(contact)}
    letter = messages.render(words, everything, language, to_contact=False)
    addresses = staff_addresses(session, contact.customer_id)
    for address in addresses:
        outbox.add_rendered(session, template_name, address, language, *letter, contact.id)
    return addresses


def _without_empty(body: str, texts: Mapping[str, str]) -> str:
    """Without the paragraphs and quotations that would hold nothing but an empty value."""
    for name, text in texts.items():
        if not text:
            body = re.sub(rf"<(p|blockquote)>\s*{{{name}}}\s*</\1>", "", body)
    return body


def staff_addresses(session: Session, customer_id: Any) -> list[str]:
    """The e-mail addresses of the customer's admins (BEHAVIOUR S7), or the studio's."""
    wanted = (
        select(User.email)
        .join(CustomerAdmin, CustomerAdmin.staff_id == User.id)
        .where(CustomerAdmin.customer_id == customer_id, User.active, User.email != "")
        .order_by(User.id)
        .limit(MOST_ADDRESSES)
    )
    return list(session.scalars(wanted)) or [current_app.config["EXAMPLE_STAFF_ADDRESS"]]
