"""The tab Notes of a bundled customer's profile: what staff write down, newest first."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from flask import abort, flash, redirect, request
from wtforms import TextAreaField

from ...errors import Gone, InvalidInput, NotFound
from ...i18n import _, _l
from ...later import later
from ...models import CustomerNote
from ...state import current_contacts
from .. import query_arguments
from ..current_staff import current_actor
from ..fab import SQLAInterface, expose
from ..fields import CarryingForm, typed_form
from ..held_permissions import has_access
from ..moments import moment_element
from ..page_words import render
from ..safe_view import allowed, csrf_input, require_known_fields
from .sight import customer_key, profile_url, visible_customer
from .tabs import CustomerPane

if TYPE_CHECKING:
    from ...services.customers import notes as service
    from ..safe_view import Answer
else:
    service = later("services.customers.notes")

TAB = "NotesTab"
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
        return render(
            "flask_contacts/admin/notes_tab.html",
            notes=page.items,
            asked=None if 1 <= number <= page.pages else asked,
            number=number,
            pages=page.pages,
            page_url=self.page_url,
            can=self.can,
            customer_pk=self.customer_pk,
            endpoint=self.view.endpoint,
            longest=service.LONGEST,
            format_datetime=moment_element,
            csrf_input=csrf_input(),
        )

    def page_url(self, number: int) -> str:
        """The customer's page, opened at a page of the notes."""
        return profile_url(self.customer_pk, TAB, more={_ARGUMENT: number})


class NotesTab(CustomerPane):
    """Notes that staff keep about a customer; the portal never shows them."""

    datamodel = SQLAInterface(CustomerNote)
    route_base = "/customernotes"
    class_permission_name = "Customer notes"
    base_permissions = ("can_show", "can_add", "can_delete")
    method_permission_name = {"new": "add", "delete": "delete"}
    include_route_methods = set(method_permission_name)
    pane_arguments = (_ARGUMENT,)
    default_view = "new"
    list_title = _l("Notes")
    list_columns = ["author"]
    add_columns = edit_columns = show_columns = search_columns = order_columns = list_columns

    def way_back(self) -> str:
        """Back to the customer's notes."""
        return profile_url((request.view_args or {})["customer_pk"], TAB)

    def pane(self, customer_pk: Any, *, in_our_page: bool) -> NotesWidget:
        """The widget."""
        return NotesWidget(self, customer_pk)

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
                return redirect(profile_url(key, TAB))
        return self.page(
            "note_form",
            422 if request.method == "POST" else 200,
            title=_("New Note"),
            customer=customer,
            form=form,
            longest=service.LONGEST,
            back=profile_url(key, TAB),
        )

    @expose("/delete/<customer_pk>/<int(max=2147483647):pk>", methods=("GET", "POST"))
    @has_access
    def delete(self, customer_pk: str, pk: int) -> Answer:
        """Ask, then delete a note of this customer."""
        require_known_fields(set())
        customer = visible_customer(customer_pk)
        session, key = current_contacts.session, customer_key(customer)
        back = profile_url(key, TAB)
        try:
            if request.method != "POST":
                return self.page(
                    "note_delete",
                    title=_("Delete this note?"),
                    customer=customer,
                    note=service.find_note(session, key, pk),
                    format_datetime=moment_element,
                    back=back,
                )
            service.delete_note(session, key, pk)
        except Gone:  # by Back in the browser, or by a second click
            flash(_("This note is not there any more."), "info")
        else:
            flash(_("The note was deleted."), "success")
        return redirect(back)
