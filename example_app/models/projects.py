"""Work in progress: projects, their tasks, and what both sides write and upload to them."""

from __future__ import annotations

from datetime import date

from flask_appbuilder import Model
from sqlalchemy import Boolean, Date, ForeignKey, Integer, String, Text
from sqlalchemy.ext.associationproxy import AssociationProxy, association_proxy
from sqlalchemy.orm import Mapped, mapped_column, relationship, validates

from .authorship import Signed
from .columns import OfCustomer
from .files import StoredFile

FINISHED = "finished"
PROJECT_STATUSES = ("not started", "in progress", "on hold", FINISHED)
TASK_STATUSES = ("to do", "in progress", "done")


class Project(OfCustomer, Model):
    """A piece of work for a customer; its progress is that of its tasks."""

    __tablename__ = "project"

    id: Mapped[int] = mapped_column(Integer, primary_key=True)
    name: Mapped[str] = mapped_column(String(150))
    status: Mapped[str] = mapped_column(
        String(20), default="not started", index=True, active_history=True
    )
    starts_on: Mapped[date] = mapped_column(Date)
    due_on: Mapped[date] = mapped_column(Date, active_history=True)
    progress: Mapped[int] = mapped_column(Integer, default=0)
    description: Mapped[str | None] = mapped_column(Text)
    tasks: Mapped[list[Task]] = relationship(
        back_populates="project", cascade="all, delete-orphan", order_by="Task.id"
    )
    comments: Mapped[list[ProjectComment]] = relationship(
        back_populates="project", cascade="all, delete-orphan", order_by="ProjectComment.id"
    )
    files: Mapped[list[ProjectFile]] = relationship(
        back_populates="project", cascade="all, delete-orphan", order_by="ProjectFile.id.desc()"
    )

    def reckon(self) -> None:
        """Set the progress (percent): the share of the tasks that are done."""
        done = sum(task.status == "done" for task in self.tasks)
        self.progress = round(100 * done / len(self.tasks)) if self.tasks else 0

    def __str__(self) -> str:
        return self.name


class Task(OfCustomer, Model):
    """A step of a project; or without one an errand that the studio runs for a customer.

    Customers see, and are mailed about, those of their projects only (BEHAVIOUR N4). A
    milestone is a step that everybody waits for: the project's page shows it on its own.
    """

    __tablename__ = "task"

    id: Mapped[int] = mapped_column(Integer, primary_key=True)
    project_id: Mapped[int | None] = mapped_column(
        ForeignKey(Project.id, ondelete="CASCADE"), index=True
    )
    project: Mapped[Project | None] = relationship(back_populates="tasks")
    title: Mapped[str] = mapped_column(String(150))
    status: Mapped[str] = mapped_column(String(20), default="to do", active_history=True)
    assignee: Mapped[str | None] = mapped_column(String(100))
    due_on: Mapped[date | None] = mapped_column(Date, active_history=True)
    is_milestone: Mapped[bool] = mapped_column(Boolean, default=False)

    @validates("project")
    def _of_its_customer(self, _name: str, project: Project | None) -> Project | None:
        """A task belongs to the customer of its project."""
        if project is not None:
            self.customer_id = project.customer_id
        return project

    def __str__(self) -> str:
        return self.title


class ProjectComment(Signed, Model):
    """Something that somebody of either side wrote about a project."""

    __tablename__ = "project_comment"

    id: Mapped[int] = mapped_column(Integer, primary_key=True)
    project_id: Mapped[int] = mapped_column(ForeignKey(Project.id, ondelete="CASCADE"), index=True)
    project: Mapped[Project] = relationship(back_populates="comments")
    customer_id: AssociationProxy[int] = association_proxy("project", "customer_id")
    body: Mapped[str] = mapped_column(Text)

    def __str__(self) -> str:
        return f"{self.signed_by}, {self.sent_at:%Y-%m-%d}"


class ProjectFile(Signed, StoredFile, Model):
    """A file that somebody of either side put into a project."""

    __tablename__ = "project_file"

    project_id: Mapped[int] = mapped_column(ForeignKey(Project.id, ondelete="CASCADE"), index=True)
    project: Mapped[Project] = relationship(back_populates="files")
    customer_id: AssociationProxy[int] = association_proxy("project", "customer_id")

    @property
    def itself(self) -> ProjectFile:
        """For a column of a list that needs the whole of it, such as its link."""
        return self
