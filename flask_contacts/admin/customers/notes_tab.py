"""The tab Notes of a bundled customer's profile: what staff write down, newest first."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from flask import abort, flash, redirect, request
from flask_babel import format_datetime
from wtforms import TextAreaField

from ...errors import InvalidInput, NotFound
from ...i18n import _, _l
from ...models import CustomerNote
from ...services.customers import notes as service
from ...state import current_contacts
from .. import query_arguments
from ..current_staff import current_actor
from ..fab import SQLAInterface, expose
from ..fields import CarryingForm, typed_form
from ..held_permissions import has_access
from ..page_words import render
from ..safe_view import SafeModelView, allowed, csrf_input, require_known_fields
from .sight import customer_key, profile_url, visible_customer

if TYPE_CHECKING:
    from ..safe_view import Answer

_PAGE_SIZE = 25
_ARGUMENT = "notes_page"


class NoteFields(CarryingForm):
    """One note."""

    body = TextAreaField(_l("Note"))


class NotesWidget:
    """The notes of one customer, a page at a time."""

    def __init__(self, view: Any, customer_pk: Any) -> None:
        self.view, self.customer_pk = view, customer_pk
        self.can = {name: allowed(view, name) for name in ("show", "add", "delete")}

    def __call__(self, **_options: Any) -> str:
        """The HTML; nothing for staff without permission."""
        if not self.can["show"]:
            return ""
        asked = request.args.get(_ARGUMENT, "1")
        number = query_arguments.number(asked) or 0
        session = current_contacts.session
        page = service.list_notes(session, self.customer_pk, max(number, 1), _PAGE_SIZE)
        address, _hash, anchor = profile_url(self.customer_pk, "NotesTab").partition("#")
        return render(
            "flask_contacts/admin/notes_tab.html",
            notes=page.items,
            asked=None if 1 <= number <= page.pages else asked,
            number=number,
            pages=page.pages,
            page_url=lambda other: f"{address}?{_ARGUMENT}={other}#{anchor}",
            can=self.can,
            customer_pk=self.customer_pk,
            endpoint=self.view.endpoint,
            longest=service.LONGEST,
            format_datetime=format_datetime,
            csrf_input=csrf_input(),
        )


class NotesTab(SafeModelView):
    """Notes that staff keep about a customer; the portal never shows them."""

    datamodel = SQLAInterface(CustomerNote)
    route_base = "/customernotes"
    class_permission_name = "Customer notes"
    base_permissions = ("can_show", "can_add", "can_delete")
    method_permission_name = {"new": "add", "delete": "delete"}
    include_route_methods = set(method_permission_name)
    default_view = "new"
    list_title = _l("Notes")
    list_columns = ["author"]
    add_columns = edit_columns = show_columns = search_columns = order_columns = list_columns

    def way_back(self) -> str:
        """Back to the customer's notes."""
        return profile_url((request.view_args or {})["customer_pk"], "NotesTab")

    def _get_view_widget(self, **options: Any) -> Any:
        return NotesWidget(self, options["filters"].get_filter_value("customer"))

    @expose("/new/<customer_pk>", methods=("GET", "POST"))
    @has_access
    def new(self, customer_pk: str) -> Answer:
        """Write a note; the form stands in the tab too, and here again after an error."""
        customer = visible_customer(customer_pk)
        form = NoteFields(typed_form())
        key = customer_key(customer)
        if request.method == "POST":
            typed = form.typed_values()["body"]
            try:
                service.add_note(current_contacts.session, key, typed, current_actor().name)
            except NotFound:
                abort(404)
            except InvalidInput as error:
                form.show_errors(error.errors)
            else:
                flash(_("The note is saved."), "success")
                return redirect(profile_url(key, "NotesTab"))
        return self.page(
            "note_form",
            422 if request.method == "POST" else 200,
            title=_("New Note"),
            customer=customer,
            form=form,
            longest=service.LONGEST,
            back=profile_url(key, "NotesTab"),
        )

    @expose("/delete/<customer_pk>/<int(max=2147483647):pk>", methods=("POST",))
    @has_access
    def delete(self, customer_pk: str, pk: int) -> Answer:
        """Delete a note of this customer."""
        require_known_fields(set())
        key = customer_key(visible_customer(customer_pk))
        try:
            service.delete_note(current_contacts.session, key, pk)
        except NotFound:
            abort(404)
        flash(_("The note was deleted."), "success")
        return redirect(profile_url(key, "NotesTab"))
