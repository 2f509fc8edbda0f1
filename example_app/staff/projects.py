"""Projects and their tasks."""

from __future__ import annotations

from flask_appbuilder.models.sqla.interface import SQLAInterface
from flask_babel import lazy_gettext as _l

from ..customer_field import CustomerField
from ..models import Project, Task
from ..models.projects import PROJECT_STATUSES, TASK_STATUSES
from .base import StudioView
from .fields import ParentField, choice, day


class TaskView(StudioView):
    """The tasks of a project; each change measures its progress again."""

    datamodel = SQLAInterface(Task)
    list_title = _l("Tasks")
    show_title = _l("Task")
    add_title = _l("New Task")
    edit_title = _l("Edit Task")
    list_columns = ["title", "status", "assignee", "due_on"]
    order_columns = ["title", "status", "assignee", "due_on"]
    show_columns = ["project", "title", "status", "assignee", "due_on"]
    add_columns = ["project", "title", "status", "assignee", "due_on"]
    search_columns = ["title", "status", "assignee"]
    base_order = ("id", "asc")
    add_form_extra_fields = {
        "project": ParentField(_l("Project")),
        "status": choice(_l("Status"), TASK_STATUSES),
    }

    def post_add(self, item: Task) -> None:
        """Measure the project again."""
        self._measure(item)

    def post_update(self, item: Task) -> None:
        """Measure the project again."""
        self._measure(item)

    def post_delete(self, item: Task) -> None:
        """Measure the project again."""
        self._measure(item)

    def _measure(self, item: Task) -> None:
        session = self.datamodel.session
        project = session.get(Project, item.project_id)
        if project is not None:
            session.expire(project, ["tasks"])
            project.measure()
            session.commit()


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
