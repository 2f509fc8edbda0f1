"""Comments in the activity of a contact: what they say, and what this staff member may do."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from flask import url_for
from markupsafe import Markup

from ...models import Activity, Contact
from ...services.comments import writing as comments
from ...state import current_contacts
from ..contacts.activity_addresses import VIEW, origin
from ..contacts.permissions import CONTACTS
from ..current_staff import current_actor
from ..held_permissions import holds_now
from .text import as_html


@dataclass(frozen=True)
class CommentShown:
    """A comment; the addresses are None where this staff member may not do that (now)."""

    words: Markup
    edited_at: datetime | None
    edit_url: str | None
    delete_url: str | None


@dataclass(frozen=True)
class NewComment:
    """What the form of a new comment needs."""

    url: str
    people_url: str
    longest: int


def shown(rows: Iterable[Activity], *, may_write: bool) -> dict[int, CommentShown]:
    """The comments among some activity, by its ids: one statement, or none."""
    places = [row.id for row in rows if row.verb == comments.VERBS[0]]
    found = comments.comments_at(current_contacts.session, places)
    if not found:
        return {}
    actor = current_actor()
    may_delete = may_write and holds_now("can_delete", CONTACTS)
    result = {}
    for place, comment in found.items():
        own = may_write and comments.can_be_changed(comment, actor)
        keys: dict[str, Any] = {"pk": comment.contact_id, "comment_pk": comment.id}
        address = {**keys, "origin": origin()}
        result[place] = CommentShown(
            as_html(comment.body, comment.mentions),
            comment.edited_at,
            url_for(f"{VIEW}.edit_comment", **address) if own else None,
            url_for(f"{VIEW}.delete_comment", **address) if own or may_delete else None,
        )
    return result


def new_comment(contact: Contact) -> NewComment | None:
    """The form of a new comment, where this staff member may write one (S3)."""
    is_form = origin() in {"edit", "form"}
    if contact.anonymised_at is not None or (is_form and contact.archived_at is not None):
        return None
    if not holds_now("can_comment", CONTACTS):
        return None
    return NewComment(
        url_for(f"{VIEW}.comment", pk=contact.id, origin=origin()),
        url_for(f"{VIEW}.people"),
        comments.LONGEST,
    )
