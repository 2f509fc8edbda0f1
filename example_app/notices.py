"""Automatic mail about what changes (BEHAVIOUR N2 to N4), in the transaction of the change.

It listens to the session, not to the hooks of Flask-AppBuilder's views. Those named
``post_…`` run after the commit, and a process killed in between would have saved the change
and lost the mail (BEHAVIOUR M2); ``pre_add`` knows no key yet; and none of them sees what
the portal, a command or an import changes. So :func:`_note` looks at each flush, where the
values from before are still known, and :func:`_write` writes the mails when the session
commits: then new records have their keys, and all that changed together is known, so that
ten tasks of a project make one mail.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from flask_babel import gettext
from flask_babel.speaklater import LazyString
from sqlalchemy import event, inspect
from sqlalchemy.orm import Session, scoped_session

from .extensions import contacts
from .merge_values import about_invoice, day, link_to, status
from .models import Invoice, Project, ProjectComment, ProjectFile, Task, Ticket, TicketMessage
from .models.columns import DRAFT
from .notice_actors import Actors, only
from .talk_notices import answers, comments, tickets
from .words import STATUSES

_NOTED = "example_app.noted"
_QUIET = "example_app.quiet"
MOST_TASKS = 10
"""The most tasks that one mail names."""


def watch(session: scoped_session[Any]) -> None:
    """Write mail about what this session changes from now on."""
    event.listen(session, "before_flush", _note)
    event.listen(session, "before_commit", _write)


@contextmanager
def quiet(session: Session) -> Iterator[None]:
    """Nobody is mailed about what is changed and committed inside the block."""
    session.info[_QUIET] = True
    try:
        yield
    finally:
        del session.info[_QUIET]


def _note(session: Session, *_flush: Any) -> None:
    """Remember which records changed in a way that somebody is to hear of."""
    if session.info.get(_QUIET):
        return
    for record in (*session.new, *session.dirty):
        is_news = _NEWS.get(type(record))
        if is_news is not None and is_news(record):
            _noted(session)[record] = None


def _noted(session: Session) -> dict[Any, None]:
    """The records noted in this transaction; those of one that was rolled back are gone."""
    transaction = session.get_transaction()
    known, records = session.info.get(_NOTED, (None, {}))
    if known is not transaction:
        records = {}
        session.info[_NOTED] = (transaction, records)
    return records


def _write(session: Session) -> None:
    """Before the outermost commit: write the mails, which the same commit keeps."""
    if session.in_nested_transaction():
        return
    session.flush()
    records = [record for record in _noted(session) if inspect(record).persistent]
    del session.info[_NOTED]
    actors = Actors(session)
    for write in (_invoices, tickets, answers, _projects, _tasks, comments):
        write(records, actors)


def _invoice_is_news(invoice: Invoice) -> bool:
    """It was opened just now; who gets it by hand in this transaction need not hear twice."""
    drafts = {None, DRAFT}  # a new record has no status until it is flushed
    was_draft, is_draft = _before(invoice, "status") in drafts, invoice.status in drafts
    by_hand = inspect(invoice).attrs.mailed_at.history.has_changes()
    return was_draft and not is_draft and not by_hand


def _is_new(record: Any) -> bool:
    return inspect(record).pending


def _work_is_news(record: Project | Task) -> bool:
    """New, or with another status or deadline; a project's progress follows from its tasks."""
    attrs = inspect(record).attrs
    return _is_new(record) or any(
        attrs[name].history.has_changes() for name in ("status", "due_on")
    )


def _task_is_news(task: Task) -> bool:
    """Only tasks of projects are (BEHAVIOUR N4)."""
    return (task.project or task.project_id) is not None and _work_is_news(task)


_NEWS: dict[type, Callable[[Any], bool]] = {
    Invoice: _invoice_is_news,
    Ticket: _is_new,
    TicketMessage: _is_new,
    ProjectComment: _is_new,
    ProjectFile: _is_new,
    Project: _work_is_news,
    Task: _task_is_news,
}


def _before(record: Any, name: str) -> Any:
    """The value that an attribute had at the last flush; None for a new record."""
    if _is_new(record):
        return None
    history = inspect(record).attrs[name].history
    return history.deleted[0] if history.deleted else getattr(record, name)


def _invoices(records: list[Any], actors: Actors) -> None:
    for invoice in only(Invoice, records):
        contacts.notify(
            "invoice",
            invoice.customer_id,
            "invoice_created",
            about_invoice(invoice, invoice.total),
            dedupe_key=f"invoice:{invoice.id}:created",
            except_contact_id=actors.of(invoice.customer_id),
        )


def _projects(records: list[Any], actors: Actors) -> None:
    for project in only(Project, records):
        contacts.notify(
            "project",
            project.customer_id,
            "project_changed",
            {
                "project_name": project.name,
                "status": status(project.status),
                "due_date": day(project.due_on),
                "document_url": link_to(project),
            },
            except_contact_id=actors.of(project.customer_id),
        )


def _tasks(records: list[Any], actors: Actors) -> None:
    """One mail for each project, however many of its tasks changed; none for a new project."""
    tasks: dict[Project, list[Task]] = {}
    for task in only(Task, records):
        if task.project is not None:
            tasks.setdefault(task.project, []).append(task)
    for project, changed in tasks.items():
        if project in records and len(changed) == len(project.tasks):
            continue
        contacts.notify(
            "task",
            project.customer_id,
            "task_changed",
            {
                "project_name": project.name,
                "tasks": LazyString(_named, [(task.title, task.status) for task in changed]),
                "document_url": link_to(project),
            },
            except_contact_id=actors.of(project.customer_id),
        )


def _named(tasks: list[tuple[str, str]]) -> str:
    """``Go live (In progress), Test on phones (Done)``."""
    names = [f"{title} ({STATUSES.get(state, state)})" for title, state in tasks[:MOST_TASKS]]
    if len(tasks) > MOST_TASKS:
        names.append(gettext("%(count)s more", count=len(tasks) - MOST_TASKS))
    return ", ".join(names)
