"""The contacts that CRM → Customer contacts shows, as a file: CSV, XLSX or vCard."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from tempfile import TemporaryFile
from typing import TYPE_CHECKING

from flask import (
    Response,
    abort,
    flash,
    redirect,
    request,
    send_file,
    stream_with_context,
    url_for,
)
from sqlalchemy import and_

from ...clock import utc_now
from ...i18n import _
from ...later import later
from ...models import Contact
from ...state import current_contacts
from ..contacts.permissions import CONTACTS, PERMISSIONS
from ..fab import expose
from ..held_permissions import has_access
from ..safe_view import SafeView
from .scope import current_scope

if TYPE_CHECKING:
    from ...services import chunks
    from ...services.agent import filters as agent_filters, listing
    from ...services.agent.listing import Scope
    from ...services.exporting import files
    from ..safe_view import Answer
    from . import arguments as contact_list_arguments, selection as contact_list_selection
    from .arguments import ListArguments
else:
    contact_list_arguments = later("admin.contact_list.arguments")
    contact_list_selection = later("admin.contact_list.selection")
    listing = later("services.agent.listing")
    files = later("services.exporting.files")
    agent_filters = later("services.agent.filters")
    chunks = later("services.chunks")

#: A workbook is made while the browser waits; this many take some twenty seconds.
MOST_IN_WORKBOOK = 50_000


class ContactsExportView(SafeView):
    """All that match the list's address, of those that this staff member may see (S7)."""

    route_base = "/customer-contacts-export"
    class_permission_name = CONTACTS
    base_permissions = PERMISSIONS
    method_permission_name = {"export": "export"}
    default_view = "export"

    def way_back(self) -> str:
        """Back to the list."""
        return url_for("CustomerContactsView.all_contacts")

    @expose("/<kind>")
    @has_access
    def export(self, kind: str) -> Answer | Response:
        """The file; it takes the arguments of the list, and which contacts are chosen there.

        404 for a kind that there is not.
        """
        if kind not in files.FORMATS:
            abort(404)
        arguments = contact_list_arguments.read_arguments(25)
        extension, media_type = files.FORMATS[kind]
        name = f"contacts-{utc_now().date().isoformat()}.{extension}"
        scope = current_scope()
        if "choose" in request.args:
            scope, arguments = _only_chosen(scope, arguments)
        correct = contact_list_selection.url_to_correct(arguments, self.way_back())
        if correct is not None:
            return redirect(correct)
        if kind == "xlsx":
            return self._workbook(scope, arguments, name, media_type)
        parts = files.text_file(current_contacts.session, scope, arguments.query, kind)
        first = next(parts, "")  # what is wrong gets a page, not half a file
        response = Response(stream_with_context(_with(first, parts)), content_type=media_type)
        response.headers["Content-Disposition"] = f"attachment; filename={name}"
        response.headers["X-Content-Type-Options"] = "nosniff"
        return response

    def _workbook(
        self, scope: Scope, arguments: ListArguments, name: str, media_type: str
    ) -> Response | Answer:
        if not files.can_write_workbooks():
            flash(_("Excel workbooks need flask-contacts[import]. Have it installed."), "danger")
            return redirect(arguments.url(self.way_back()))
        file = TemporaryFile()  # noqa: SIM115  the response closes it
        try:
            files.write_workbook(
                current_contacts.session, scope, arguments.query, file, MOST_IN_WORKBOOK
            )
        except files.TooManyContacts as error:
            file.close()
            flash(
                _(
                    "These are more than %(count)s contacts. Export them as CSV, or narrow the "
                    "list.",
                    count=error.most,
                ),
                "warning",
            )
            return redirect(arguments.url(self.way_back()))
        file.seek(0)
        return send_file(file, media_type, as_attachment=True, download_name=name, max_age=0)


def _only_chosen(scope: Scope, arguments: ListArguments) -> tuple[Scope, ListArguments]:
    """Those that were ticked in the list, in whatever state, in place of all that match."""
    ids = contact_list_selection.selection().ids
    if ids is None:
        return scope, arguments
    if not ids or len(ids) > chunks.MOST_AT_ONCE:
        abort(400, _("Choose at least one contact, and at most 500."))
    mine = replace(scope, visible=and_(scope.visible, Contact.id.in_(ids)))
    return mine, replace(
        arguments, query=listing.ListQuery(filters=agent_filters.Filters(state="all"))
    )


def _with(first: str, rest: Iterator[str]) -> Iterator[str]:
    yield first
    yield from rest
