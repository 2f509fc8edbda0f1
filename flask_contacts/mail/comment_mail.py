"""The mail to staff whom a comment names."""

from __future__ import annotations

from collections.abc import Iterable

from flask import current_app
from sqlalchemy.orm import Session

from ..config import base_url
from ..models import Comment, Contact
from . import messages, outbox
from .comment_templates import COMMENT_MENTION


def add_mentions(
    session: Session, comment: Comment, contact: Contact, addresses: Iterable[str], path: str
) -> bool:
    """Promise the notice to each address; whether such mail is switched on.

    ``path`` is the contact's page for staff. It belongs to the contact, and is forgotten with
    it; the caller commits.
    """
    if not messages.template_enabled(session, COMMENT_MENTION):
        return False
    language = str(current_app.config["BABEL_DEFAULT_LOCALE"])
    values = {
        **outbox.contact_values(contact),
        "comment_author": comment.author_name,
        "comment_text": comment.body,
        "contact_page_url": f"{base_url()}{path}",
    }
    words = messages.template_words(session, COMMENT_MENTION, language)
    subject, html, text = messages.render(words, values, language, to_contact=False)
    for address in addresses:
        outbox.add_rendered(
            session, COMMENT_MENTION.name, address, language, subject, html, text, contact.id
        )
    return True
