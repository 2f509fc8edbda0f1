"""What a project's page shows besides its tasks: milestones, comments, files.

They are read in one statement: a page of the portal is to stay cheap.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import (
    Boolean,
    ColumnElement,
    Date,
    DateTime,
    Integer,
    Select,
    String,
    Text,
    cast,
    literal,
    null,
    select,
    union_all,
)

from flask_contacts.models import Contact
from flask_contacts.portal import current_contact

from ..clock import now
from ..conversation import AT_ONCE, OLDER, Conversation, asked_key, page_of
from ..database import db
from ..models import Project, ProjectComment, ProjectFile, Task
from ..models.authorship import FORMER

OLDER_FILES = "files_before"
"""The argument of the page's address that asks for files older than that key."""
MOST_MILESTONES = 50

#: The columns of every part, in the order of :class:`Entry`'s fields.
_COLUMNS: dict[str, Any] = {
    "kind": String(20),
    "id": Integer(),
    "body": Text(),
    "author": String(100),
    "contact_id": Integer(),
    "firstname": String(100),
    "lastname": String(100),
    "by_staff": Boolean(),
    "sent_at": DateTime(),
    "size": Integer(),
    "day": Date(),
    "status": String(20),
}


@dataclass(frozen=True)
class Entry:
    """A comment, a file or a milestone; ``body`` is the text, the file's name or the title."""

    kind: str
    id: int
    body: str
    author: str | None
    contact_id: int | None
    firstname: str | None
    lastname: str | None
    by_staff: bool
    sent_at: datetime | None
    size: int | None
    day: date | None
    status: str | None

    @property
    def signed_by(self) -> str:
        """Who wrote or uploaded it."""
        if self.contact_id is not None:
            return f"{self.firstname} {self.lastname}"
        return self.author or str(FORMER)

    @property
    def is_own(self) -> bool:
        """Whether it is of the contact who is signed in."""
        return self.contact_id is not None and self.contact_id == current_contact.id

    @property
    def is_late(self) -> bool:
        """Whether a milestone's day has passed before it was reached."""
        return self.status != "done" and self.day is not None and self.day < now().date()


@dataclass(frozen=True)
class ProjectSight:
    """A page of comments, a page of files (the newest first), all milestones by their day."""

    comments: Conversation
    files: list[Entry]
    older_files: int | None
    milestones: list[Entry]


def project_sight(project: Project) -> ProjectSight:
    """Read it as the request's address asks for it."""
    parts = (
        _signed("comment", ProjectComment, project, ProjectComment.body, asked_key(OLDER)),
        _signed("file", ProjectFile, project, ProjectFile.filename, asked_key(OLDER_FILES)),
        _milestones(project),
    )
    # As subqueries: not every database takes ORDER BY and LIMIT inside a UNION.
    rows = db.session.execute(union_all(*(select(part.subquery()) for part in parts)))
    entries = sorted((Entry(*row) for row in rows), key=lambda entry: -entry.id)
    files = [entry for entry in entries if entry.kind == "file"]
    milestones = [entry for entry in entries if entry.kind == "milestone"]
    return ProjectSight(
        page_of([entry for entry in entries if entry.kind == "comment"]),
        files[:AT_ONCE],
        files[AT_ONCE - 1].id if len(files) > AT_ONCE else None,
        sorted(milestones, key=lambda entry: (entry.day or date.max, entry.id)),
    )


def _signed(
    kind: str, model: Any, project: Project, body: ColumnElement[Any], before: int | None
) -> Select[Any]:
    """The newest comments or files, one more than a page has; none that are not older."""
    found = _part(
        kind,
        id=model.id,
        body=body,
        author=model.author,
        contact_id=model.contact_id,
        firstname=Contact.firstname,
        lastname=Contact.lastname,
        by_staff=model.by_staff,
        sent_at=model.sent_at,
        **({"size": model.size} if kind == "file" else {}),
    )
    found = found.select_from(model).outerjoin(Contact, Contact.id == model.contact_id)
    found = found.where(model.project_id == project.id)
    if before is not None:
        found = found.where(model.id < before)
    return found.order_by(model.id.desc()).limit(AT_ONCE + 1)


def _milestones(project: Project) -> Select[Any]:
    found = _part(
        "milestone",
        id=Task.id,
        body=Task.title,
        by_staff=literal(True),
        day=Task.due_on,
        status=Task.status,
    )
    found = found.where(Task.project_id == project.id, Task.is_milestone.is_(True))
    return found.order_by(Task.due_on, Task.id).limit(MOST_MILESTONES)


def _part(kind: str, **given: Any) -> Select[Any]:
    """The columns of an entry, in their order and with their types; NULL where not given."""
    given["kind"] = literal(kind, String(20))
    return select(
        *(given.get(name, cast(null(), type_)).label(name) for name, type_ in _COLUMNS.items())
    )
