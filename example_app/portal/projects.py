"""Projects in the portal: how far they are, their tasks, and what both sides write and upload.

Tasks open with the permission of projects (BEHAVIOUR P3).
"""

from __future__ import annotations

from flask_appbuilder.models.sqla.interface import SQLAInterface
from flask_babel import gettext as _, lazy_gettext as _l, ngettext as _n

from flask_contacts.portal import PortalAction, RelatedList, current_contact

from ..clock import now
from ..database import db
from ..models import Project, ProjectComment, ProjectFile
from ..models.projects import PROJECT_STATUSES
from ..words import COLUMNS
from ..writing import CommentForm, FilesForm
from .shared import StudioPages, by_status


def comment(project: Project, form: CommentForm) -> str:
    """Add what the contact has written."""
    db.session.add(
        ProjectComment(
            project=project,
            contact_id=current_contact.id,
            body=form.message.data,
            sent_at=now(),
        )
    )
    return _("Your comment has reached us.")


def upload(project: Project, form: FilesForm) -> str:
    """Add the contact's files."""
    signed = {"contact_id": current_contact.id, "sent_at": now()}
    db.session.add_all(ProjectFile.of(one, project=project, **signed) for one in form.files.data)
    return _n("%(num)d file is saved.", "%(num)d files are saved.", len(form.files.data))


class ProjectPages(StudioPages):
    """Projects."""

    datamodel = SQLAInterface(Project)
    show_template = "example_app/portal/project.html"
    list_columns = ["name", "starts_on", "due_on", "progress", "status"]
    show_columns = ["status", "progress", "starts_on", "due_on", "description"]
    search_columns = ["name"]
    order_columns = ["name", "starts_on", "due_on", "progress", "status"]
    label_columns = {**COLUMNS, "due_on": _l("Deadline")}
    base_order = ("starts_on", "desc")
    filter_columns = (by_status("status", PROJECT_STATUSES),)
    actions = (
        PortalAction(
            "comment",
            _l("Write a comment"),
            comment,
            question=_l("What would you like to say about this project?"),
            form=CommentForm,
            icon="chat",
        ),
        PortalAction(
            "upload",
            _l("Upload files"),
            upload,
            question=_l("Your colleagues who see this project will see them, and so will we."),
            form=FilesForm,
            icon="upload",
            style="outline-primary",
        ),
    )
    related_lists = (RelatedList("tasks", _l("Tasks"), ("title", "assignee", "due_on", "status")),)
