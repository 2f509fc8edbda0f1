"""The tab Notes of a bundled customer's profile: what staff write down, newest first."""

from __future__ import annotations

import unicodedata
from typing import TYPE_CHECKING, Any

from flask import abort, flash, redirect, render_template, request
from flask_babel import format_datetime
from flask_login import current_user
from sqlalchemy import func, select
from wtforms import TextAreaField

from ..i18n import _, _l
from ..models import CustomerNote
from ..state import current_contacts
from . import query_arguments
from .customers import customer_key, profile_url, visible_customer
from .fab import SQLAInterface, expose, has_access
from .fields import CarryingForm, typed_form
from .safe_view import SafeModelView, allowed, csrf_input, require_known_fields

if TYPE_CHECKING:
    from .safe_view import Answer

_LONGEST = 10_000
_PAGE_SIZE = 25
_ARGUMENT = "notes_page"
_UNPRINTABLE = {"Cc", "Cs"}


class NoteFields(CarryingForm):
    """One note."""

    body = TextAreaField(_l("Note"))

    def problem(self) -> str | None:
        """Why the typed note cannot be kept, or None."""
        text = self.checked_body
        if not text:
            return str(_("Write something first."))
        if len(text) > _LONGEST:
            return str(_("Use at most %(count)s characters.", count=_LONGEST))
        if any(unicodedata.category(char) in _UNPRINTABLE for char in text if char not in "\n\t"):
            return str(_("This holds characters that cannot be shown. Type it again."))
        return None

    @property
    def checked_body(self) -> str:
        """What was typed, with one kind of line end."""
        text = str(self["body"].data or "").replace("\r\n", "\n").replace("\r", "\n")
        return unicodedata.normalize("NFC", text).strip()


class NotesWidget:
    """The notes of one customer, a page at a time."""

    def __init__(self, view: Any, customer_pk: Any) -> None:
        self.view, self.customer_pk = view, customer_pk
        self.can = {name: allowed(view, name) for name in ("show", "add", "delete")}

    def __call__(self, **_options: Any) -> str:
        """The HTML; nothing for staff without permission."""
        if not self.can["show"]:
            return ""
        session = current_contacts.session
        mine = CustomerNote.customer_id == self.customer_pk
        total = session.scalar(select(func.count()).select_from(CustomerNote).where(mine)) or 0
        pages = max(1, -(-total // _PAGE_SIZE))
        asked = request.args.get(_ARGUMENT, "1")
        number = query_arguments.number(asked) or 0
        query = select(CustomerNote).where(mine).order_by(CustomerNote.id.desc())
        offset = (max(number, 1) - 1) * _PAGE_SIZE
        notes = session.scalars(query.offset(offset).limit(_PAGE_SIZE)).all()
        address, _hash, anchor = profile_url(self.customer_pk, "NotesTab").partition("#")
        return render_template(
            "flask_contacts/admin/notes_tab.html",
            notes=notes,
            asked=None if 1 <= number <= pages else asked,
            number=number,
            pages=pages,
            page_url=lambda page: f"{address}?{_ARGUMENT}={page}#{anchor}",
            can=self.can,
            customer_pk=self.customer_pk,
            endpoint=self.view.endpoint,
            longest=_LONGEST,
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
            form.typed_values()
            problem = form.problem()
            if problem is None:
                self._store(key, form.checked_body)
                flash(_("The note is saved."), "success")
                return redirect(profile_url(key, "NotesTab"))
            form.show_errors({"body": [problem]})
        return self.page(
            "note_form",
            422 if request.method == "POST" else 200,
            title=_("New Note"),
            customer=customer,
            form=form,
            longest=_LONGEST,
            back=profile_url(key, "NotesTab"),
        )

    @expose("/delete/<customer_pk>/<int(max=2147483647):pk>", methods=("POST",))
    @has_access
    def delete(self, customer_pk: str, pk: int) -> Answer:
        """Delete a note of this customer."""
        require_known_fields(set())
        key = customer_key(visible_customer(customer_pk))
        session = current_contacts.session
        query = select(CustomerNote).where(CustomerNote.id == pk, CustomerNote.customer_id == key)
        note = session.scalars(query).first()
        if note is None:
            abort(404)
        session.delete(note)
        session.commit()
        flash(_("The note was deleted."), "success")
        return redirect(profile_url(key, "NotesTab"))

    @staticmethod
    def _store(key: Any, body: str) -> None:
        session = current_contacts.session
        author = current_user.get_full_name()[:150]
        session.add(CustomerNote(customer_id=key, body=body, author=author))
        session.commit()
