"""What people wrote to each other, a page at a time: the newest, and a way to what is older.

Tickets and projects have conversations, the portal and the admin show them.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from flask import abort, request
from sqlalchemy import Select, select
from sqlalchemy.orm import joinedload, lazyload

from flask_contacts.models import Contact

from .database import db
from .models import Project, ProjectComment, Ticket, TicketMessage

AT_ONCE = 25
"""So many messages are on a page."""
OLDER = "before"
"""The argument of a page's address that asks for messages older than that key."""

_KEY = re.compile(r"[1-9][0-9]{0,8}", re.ASCII)


@dataclass(frozen=True)
class Conversation:
    """Messages, the oldest first. ``older`` asks for those before; ``newest``: it is the end."""

    messages: Sequence[Any]
    older: int | None
    newest: bool


def ticket_conversation(ticket: Ticket, *, internal: bool = False) -> Conversation:
    """A ticket's messages with their files; with ``internal`` the studio's notes too."""
    wanted = select(TicketMessage).where(TicketMessage.ticket_id == ticket.id)
    if not internal:
        wanted = wanted.where(TicketMessage.is_internal.is_(False))
    return _conversation(wanted.options(joinedload(TicketMessage.attachments)), TicketMessage)


def project_conversation(project: Project) -> Conversation:
    """What was written about a project."""
    wanted = select(ProjectComment).where(ProjectComment.project_id == project.id)
    return _conversation(wanted, ProjectComment)


def _conversation(statement: Select[Any], model: Any) -> Conversation:
    """The page that the request's address asks for, in one statement."""
    before = asked_key(OLDER)
    if before is not None:
        statement = statement.where(model.id < before)
    author = joinedload(model.contact)
    names = author.load_only(Contact.firstname, Contact.lastname)
    statement = statement.options(names, author.options(lazyload(Contact.permissions)))
    statement = statement.order_by(model.id.desc()).limit(AT_ONCE + 1)
    return page_of(list(db.session.scalars(statement).unique()))


def page_of(found: Sequence[Any]) -> Conversation:
    """The page of messages that were found, the newest first, one more than a page has."""
    shown = found[:AT_ONCE]
    older = shown[-1].id if len(found) > AT_ONCE else None
    return Conversation(shown[::-1], older, asked_key(OLDER) is None)


def asked_key(argument: str) -> int | None:
    """The key in the request's address, if there is one; 404 for what is no key."""
    asked = request.args.get(argument)
    if asked is None:
        return None
    return int(asked) if _KEY.fullmatch(asked) else abort(404)
