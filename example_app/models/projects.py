"""Work in progress, and its tasks."""

from __future__ import annotations

from datetime import date

from flask_appbuilder import Model
from sqlalchemy import Date, ForeignKey, Integer, String, Text
from sqlalchemy.orm import Mapped, mapped_column, relationship, validates

from .columns import OfCustomer

PROJECT_STATUSES = ("not started", "in progress", "on hold", "finished")
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

    def reckon(self) -> None:
        """Set the progress (percent): the share of the tasks that are done."""
        done = sum(task.status == "done" for task in self.tasks)
        self.progress = round(100 * done / len(self.tasks)) if self.tasks else 0

    def __str__(self) -> str:
        return self.name


class Task(OfCustomer, Model):
    """A step of a project; or without one an errand that the studio runs for a customer.

    Customers see, and are mailed about, those of their projects only (BEHAVIOUR N4).
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

    @validates("project")
    def _of_its_customer(self, _name: str, project: Project | None) -> Project | None:
        """A task belongs to the customer of its project."""
        if project is not None:
            self.customer_id = project.customer_id
        return project

    def __str__(self) -> str:
        return self.title
