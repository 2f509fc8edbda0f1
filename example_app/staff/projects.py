"""Projects and their tasks, and the studio's own errands."""

from __future__ import annotations

from typing import Any

from flask import url_for
from flask_appbuilder.models.filters import BaseFilter
from flask_appbuilder.models.sqla.interface import SQLAInterface
from flask_babel import gettext, lazy_gettext as _l
from markupsafe import Markup
from sqlalchemy import select
from wtforms import BooleanField

from ..conversation import Conversation, project_conversation
from ..customer_field import CustomerField
from ..database import db
from ..models import Project, ProjectComment, ProjectFile, Task
from ..models.projects import PROJECT_STATUSES, TASK_STATUSES
from ..writing import StaffCommentForm
from .base import PartView, StudioView
from .fields import ParentField, choice, day
from .talk import TalkView


def file_link(file: ProjectFile) -> Markup:
    """The file's name, which fetches it."""
    address = url_for("ProjectView.file", pk=file.project_id, number=file.id)
    return Markup('<a href="{}">{}</a>').format(address, file.filename)


class OfProjects(BaseFilter):
    """Only tasks of projects (``value`` is true), or only those of none."""

    name = _l("Project")

    def apply(self, query: Any, value: bool) -> Any:
        """Narrow the query."""
        return query.filter(Task.project_id.is_not(None) if value else Task.project_id.is_(None))


class TaskView(PartView):
    """The tasks of a project."""

    datamodel = SQLAInterface(Task)
    whole, parts = "project", "tasks"
    base_filters = [*PartView.base_filters, ["project_id", OfProjects, True]]
    list_title = _l("Tasks")
    show_title = _l("Task")
    add_title = _l("New Task")
    edit_title = _l("Edit Task")
    list_columns = ["title", "is_milestone", "status", "assignee", "due_on"]
    order_columns = ["title", "status", "assignee", "due_on"]
    show_columns = ["project", "title", "is_milestone", "status", "assignee", "due_on"]
    add_columns = ["project", "title", "is_milestone", "status", "assignee", "due_on"]
    search_columns = ["title", "status", "assignee"]
    add_form_extra_fields = {
        "project": ParentField(_l("Project")),
        "is_milestone": BooleanField(
            _l("Milestone"), description=_l("The customer sees it at the top of the project.")
        ),
        "status": choice(_l("Status"), TASK_STATUSES),
    }


class ErrandView(StudioView):
    """Work → Errands: tasks of no project, of which customers neither see nor hear."""

    datamodel = SQLAInterface(Task)
    base_filters = [*StudioView.base_filters, ["project_id", OfProjects, False]]
    list_title = _l("Errands")
    show_title = _l("Errand")
    add_title = _l("New Errand")
    edit_title = _l("Edit Errand")
    list_columns = ["title", "customer", "status", "assignee", "due_on"]
    order_columns = ["title", "status", "assignee", "due_on"]
    show_columns = ["title", "customer", "status", "assignee", "due_on"]
    add_columns = ["customer", "title", "status", "assignee", "due_on"]
    search_columns = ["title", "status", "assignee"]
    base_order = ("id", "desc")
    add_form_extra_fields = {
        "customer": CustomerField(),
        "status": choice(_l("Status"), TASK_STATUSES),
    }


class ProjectFileView(StudioView):
    """The files of a project: a tab of it. They come and go with the project's page."""

    datamodel = SQLAInterface(ProjectFile)
    base_permissions = ("can_list", "can_delete")
    list_title = _l("Files")
    list_columns = ["itself", "size", "signed_by", "sent_at"]
    order_columns = ["size", "sent_at"]
    show_columns = add_columns = ["filename"]
    search_columns = ["filename"]
    base_order = ("id", "desc")
    formatters_columns = {**StudioView.formatters_columns, "itself": file_link}


class ProjectView(TalkView):
    """Work → Projects."""

    datamodel = SQLAInterface(Project)
    form = StaffCommentForm
    list_title = _l("Projects")
    show_title = _l("Project")
    add_title = _l("New Project")
    edit_title = _l("Edit Project")
    related_views = [TaskView, ProjectFileView]
    list_columns = ["name", "customer", "status", "starts_on", "due_on", "progress"]
    order_columns = ["name", "status", "starts_on", "due_on", "progress"]
    show_columns = [
        *("name", "customer", "status", "starts_on", "due_on", "progress", "description"),
    ]
    add_columns = ["customer", "name", "status", "starts_on", "due_on", "description"]
    search_columns = ["name", "status"]
    base_order = ("due_on", "desc")
    add_form_extra_fields = {
        "customer": CustomerField(),
        "status": choice(_l("Status"), PROJECT_STATUSES),
        "starts_on": day(_l("Start")),
        "due_on": day(_l("Due"), later=60),
    }

    def conversation(self, record: Project) -> Conversation:
        """The comments of both sides."""
        return project_conversation(record)

    def say(self, record: Project, form: StaffCommentForm) -> str:
        """Add a comment, files, or both."""
        if form.message.data:
            comment = ProjectComment(project=record, body=form.message.data, **self.signed())
            db.session.add(comment)
        for file in form.files.data:
            db.session.add(ProjectFile.of(file, project=record, **self.signed()))
        return gettext("Saved. Contacts who want mail about projects are told.")

    def find_file(self, record: Project, number: int) -> Any:
        """One of its files."""
        wanted = select(ProjectFile).where(
            ProjectFile.project_id == record.id, ProjectFile.id == number
        )
        return db.session.scalars(wanted).first()
