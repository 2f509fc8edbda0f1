"""Projects and their tasks."""

from __future__ import annotations

from flask_appbuilder.models.sqla.interface import SQLAInterface

from ..customer_field import CustomerField
from ..models import Project, Task
from ..models.projects import PROJECT_STATUSES, TASK_STATUSES
from .base import StudioView
from .fields import ParentField, choice, day


class TaskView(StudioView):
    """The tasks of a project; each change measures its progress again."""

    datamodel = SQLAInterface(Task)
    list_title = "Tasks"
    show_title = "Task"
    add_title = "New Task"
    edit_title = "Edit Task"
    list_columns = ["title", "status", "assignee", "due_on"]
    order_columns = ["title", "status", "assignee", "due_on"]
    show_columns = ["project", "title", "status", "assignee", "due_on"]
    add_columns = ["project", "title", "status", "assignee", "due_on"]
    search_columns = ["title", "status", "assignee"]
    base_order = ("id", "asc")
    add_form_extra_fields = {
        "project": ParentField("Project"),
        "status": choice("Status", TASK_STATUSES),
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
    """Projects → Projects."""

    datamodel = SQLAInterface(Project)
    list_title = "Projects"
    show_title = "Project"
    add_title = "New Project"
    edit_title = "Edit Project"
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
        "status": choice("Status", PROJECT_STATUSES),
        "starts_on": day("Start"),
        "due_on": day("Due", later=60),
    }
