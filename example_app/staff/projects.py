"""Projects and their tasks, and the studio's own errands."""

from __future__ import annotations

from typing import Any

from flask_appbuilder.models.filters import BaseFilter
from flask_appbuilder.models.sqla.interface import SQLAInterface
from flask_babel import lazy_gettext as _l

from ..customer_field import CustomerField
from ..models import Project, Task
from ..models.projects import PROJECT_STATUSES, TASK_STATUSES
from .base import PartView, StudioView
from .fields import ParentField, choice, day


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
    list_columns = ["title", "status", "assignee", "due_on"]
    order_columns = ["title", "status", "assignee", "due_on"]
    show_columns = ["project", "title", "status", "assignee", "due_on"]
    add_columns = ["project", "title", "status", "assignee", "due_on"]
    search_columns = ["title", "status", "assignee"]
    add_form_extra_fields = {
        "project": ParentField(_l("Project")),
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


class ProjectView(StudioView):
    """Work → Projects."""

    datamodel = SQLAInterface(Project)
    list_title = _l("Projects")
    show_title = _l("Project")
    add_title = _l("New Project")
    edit_title = _l("Edit Project")
    related_views = [TaskView]
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
