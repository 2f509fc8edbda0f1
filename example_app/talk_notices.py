"""Mail about what people write: tickets, answers, comments and files of projects.

It goes to the customer's contacts who want it, and what a contact wrote to the studio too.
Files are named and not sent: they stay where the permission is asked for each time.
"""

from __future__ import annotations

from typing import Any

from flask_babel import gettext
from flask_babel.speaklater import LazyString

from flask_contacts.models import Contact

from .extensions import contacts
from .merge_values import about, admin_link_to, link_to
from .models import Project, ProjectComment, ProjectFile, Ticket, TicketMessage
from .notice_actors import Actors, only
from .staff_mail import tell_staff

LONGEST_MESSAGE = 2000
"""The most of a message that a mail quotes, in characters."""
_NOTHING = "–"


def tickets(records: list[Any], actors: Actors) -> None:
    """New tickets."""
    for ticket in only(Ticket, records):
        contacts.notify(
            "tickets",
            ticket.customer_id,
            "ticket_opened",
            about(ticket),
            dedupe_key=f"ticket:{ticket.id}:opened",
            except_contact_id=actors.of(ticket.customer_id),
        )
        first = next(iter(ticket.messages), None)
        if first is not None:
            _tell_studio(actors, first, ticket, "ticket_opened_staff", _said(first))


def answers(records: list[Any], actors: Actors) -> None:
    """Messages; those that a ticket was opened with are not mailed besides it, and our own
    notes are nobody's mail."""
    opened = set(only(Ticket, records))
    for message in only(TicketMessage, records):
        ticket = message.ticket
        if ticket in opened or message.is_internal:
            continue
        contacts.notify(
            "tickets",
            ticket.customer_id,
            "ticket_answered",
            {**about(ticket), **_said(message)},
            dedupe_key=f"ticket_message:{message.id}",
            except_contact_id=message.contact_id or actors.of(ticket.customer_id),
        )
        _tell_studio(actors, message, ticket, "ticket_answered_staff", _said(message))


def comments(records: list[Any], actors: Actors) -> None:
    """One mail for what was written and uploaded to a project in one go."""
    of_projects: dict[Project, list[ProjectComment | ProjectFile]] = {}
    for each in (*only(ProjectComment, records), *only(ProjectFile, records)):
        of_projects.setdefault(each.project, []).append(each)
    for project, said in of_projects.items():
        words = "\n\n".join(each.body for each in said if isinstance(each, ProjectComment))
        files = [each for each in said if isinstance(each, ProjectFile)]
        values = {
            "project_name": project.name,
            "author": said[0].signed_by,
            "message": _quoted(words) if words else _NOTHING,
            "files": _named(files),
        }
        contacts.notify(
            "project",
            project.customer_id,
            "project_commented" if words else "project_files_added",
            {**values, "document_url": link_to(project)},
            except_contact_id=said[0].contact_id or actors.of(project.customer_id),
        )
        _tell_studio(actors, said[0], project, "project_commented_staff", values)


def _tell_studio(
    actors: Actors, said: Any, record: Any, template: str, values: dict[str, object]
) -> None:
    """Mail the studio what a contact wrote; what staff wrote they know."""
    if said.contact_id is None:
        return
    contact = actors.session.get_one(Contact, said.contact_id)
    everything = {**values, "admin_url": admin_link_to(record)}
    if isinstance(record, Ticket):
        everything.update(document_number=record.number, document_title=record.subject)
    tell_staff(actors.session, contact, template, everything)


def _said(message: TicketMessage) -> dict[str, object]:
    return {
        "author": message.signed_by,
        "message": _quoted(message.body),
        "files": _named(message.attachments),
    }


def _quoted(text: str) -> str:
    """As much of a text as a mail quotes."""
    return text if len(text) <= LONGEST_MESSAGE else f"{text[:LONGEST_MESSAGE].rstrip()}…"


def _named(files: list[Any]) -> LazyString | str:
    """``Files: proof.pdf, logo.png`` in the reader's language; empty without files."""
    if not files:
        return ""
    names = ", ".join(file.filename for file in files)
    return LazyString(lambda: str(gettext("Files: %(names)s", names=names)))
