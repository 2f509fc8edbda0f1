"""Files in the portal: those of tickets and projects, for who may see what they belong to.

A contact may take back a file of a project that this very contact uploaded, until the
project is finished: from then on both sides rely on what is there.
"""

from __future__ import annotations

from typing import Any

from flask import Blueprint, abort, redirect, render_template, request, url_for
from flask_babel import gettext as _
from sqlalchemy import Select, select
from sqlalchemy.orm import joinedload
from werkzeug.wrappers import Response

from flask_contacts.portal import current_contact, notify, portal_page

from ..database import db
from ..downloads import send_attachment
from ..models import Project, ProjectFile, Ticket, TicketAttachment, TicketMessage
from ..models.projects import FINISHED

blueprint = Blueprint("files", __name__, url_prefix="/portal/files")

_NUMBER = "<int(max=2147483647):number>"


@blueprint.get(f"/tickets/{_NUMBER}")
@portal_page("support")
def of_ticket(number: int) -> Response:
    """A file of a ticket, unless it hangs on a note of the studio's own."""
    wanted = (
        select(TicketAttachment)
        .join(TicketMessage, TicketMessage.id == TicketAttachment.message_id)
        .join(Ticket, Ticket.id == TicketMessage.ticket_id)
        .where(TicketAttachment.id == number, TicketMessage.is_internal.is_(False))
    )
    return send_attachment(_own(wanted, Ticket).as_attachment())


@blueprint.get(f"/projects/{_NUMBER}")
@portal_page("projects")
def of_project(number: int) -> Response:
    """A file of a project."""
    return send_attachment(_project_file(number).as_attachment())


@blueprint.route(f"/projects/{_NUMBER}/remove", methods=("GET", "POST"))
@portal_page("projects")
def remove(number: int) -> Any:
    """Ask, then remove; 403 where it is somebody else's or has to stay."""
    file = _project_file(number, lock=request.method == "POST")
    if not may_remove(file, file.project):
        abort(403)
    if request.method != "POST":
        return render_template("example_app/portal/remove_file.html", file=file)
    back = url_for("contacts_portal.projects_show", pk=file.project_id, _anchor="files")
    name = file.filename
    db.session.delete(file)
    db.session.commit()
    notify(_("%(name)s is removed.", name=name))
    return redirect(back, 303)


def may_remove(file: Any, project: Project) -> bool:
    """Whether the contact may take the file back; also for an entry of the project's page."""
    return file.contact_id == current_contact.id and project.status != FINISHED


def _project_file(number: int, *, lock: bool = False) -> ProjectFile:
    wanted = select(ProjectFile).join(Project, Project.id == ProjectFile.project_id)
    if lock:
        wanted = wanted.with_for_update(of=ProjectFile).execution_options(populate_existing=True)
    wanted = wanted.where(ProjectFile.id == number).options(joinedload(ProjectFile.project))
    file: ProjectFile = _own(wanted, Project)
    return file


def _own(wanted: Select[Any], owner: type[Ticket | Project]) -> Any:
    """The file, if it belongs to something of the contact's customer; else 404."""
    wanted = wanted.where(owner.customer_id == current_contact.customer_id)
    found = db.session.scalars(wanted).first()
    return abort(404) if found is None else found
