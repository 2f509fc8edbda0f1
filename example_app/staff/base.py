"""What the studio's staff views share."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, ClassVar

from flask import request
from flask_babel import lazy_gettext as _l

from flask_contacts import Document
from flask_contacts.admin import (
    CustomerAdminFilter,
    SafeModelView,
    SendByEmail,
    visible_customers,
)
from flask_contacts.models import Customer

from ..clock import now
from ..database import db
from ..formatting import STAFF_FORMATTERS
from ..words import COLUMNS
from .seen import SeenForm, mark_of

PARENTS = ("customer", "addressee", "invoice", "ticket", "project")


class StudioView(SafeModelView):
    """A ``ModelView`` that is safe under threads and never reads a whole related table.

    Columns of search and forms are always named: left to itself, Flask-AppBuilder offers
    every related row in a ``<select>``. A record never moves to another customer, so the
    edit form has all fields of the add form but that one. Who does not see every customer
    sees the records of own ones only (BEHAVIOUR S7).
    """

    #: Flask-AppBuilder's, which gives files of a folder for uploads: here is none.
    exclude_route_methods = {"download"}
    formatters_columns = STAFF_FORMATTERS
    add_template = "example_app/add.html"
    add_row_message = edit_row_message = _l("Saved.")
    delete_row_message = _l("Deleted.")
    base_filters = [["customer_id", CustomerAdminFilter, None]]
    add_columns: list[str]
    edit_columns: list[str] = []
    add_form_extra_fields: dict[str, Any] = {}

    def __init__(self, **options: Any) -> None:
        self.label_columns = dict(COLUMNS)
        kept = [name for name in self.add_columns if name not in PARENTS]
        self.edit_columns = self.edit_columns or kept
        self.edit_form_extra_fields = self.add_form_extra_fields
        super().__init__(**options)

    def render_template(self, template: str, **context: Any) -> str:
        """The page of a record says which one it is."""
        key, title = (request.view_args or {}).get("pk", ""), context.get("title")
        is_of_record = template != self.add_template and title in (self.show_title, self.edit_title)
        if is_of_record and key.isdecimal():
            record = db.session.get(self.datamodel.obj, int(key))
            if record is not None:
                context["title"] = f"{context['title']} · {record}"
        return super().render_template(template, **context)

    def _init_forms(self) -> None:
        super()._init_forms()
        self.edit_form = type("SeenForm", (SeenForm, self.edit_form), {"view": self})

    def prefill_form(self, form: Any, pk: Any) -> None:
        """Mark what the form shows."""
        form.mark = mark_of(db.session.get(self.datamodel.obj, pk), self.edit_columns)

    def _fill_form_exclude_cols(self, exclude_cols: list[str], form: Any) -> None:
        """The record's parent, as the address names it: not one of a customer that one may
        not see. Then the field is shown after all, with its error."""
        super()._fill_form_exclude_cols(exclude_cols, form)
        for name in list(exclude_cols):
            field = form._fields.get(name)
            if field is not None and not _is_visible(field.data):
                field.data = None
                exclude_cols.remove(name)

    def _get_view_widget(self, **options: Any) -> Any:
        """As a tab of the record that it belongs to, the list needs no column for that."""
        widget = super()._get_view_widget(**options)
        columns = widget.template_args["include_columns"]
        widget.template_args["include_columns"] = [name for name in columns if name not in PARENTS]
        return widget


def _is_visible(record: Any) -> bool:
    """Whether this staff member may see the customer that ``record`` is, or that it is of."""
    key = record.id if isinstance(record, Customer) else getattr(record, "customer_id", None)
    if key is None:
        return False
    return visible_customers().filter(Customer.id == key).first() is not None


class PaperView(SendByEmail, StudioView):
    """Papers that staff send by e-mail; a draft that was sent is no draft any more."""

    make_document: ClassVar[Callable[[Any], Document]]
    base_order = ("number", "desc")

    def document(self, record: Any) -> Document:
        """The paper for the send dialog (BEHAVIOUR N5)."""
        return type(self).make_document(record)

    def after_send(self, record: Any, sent: Sequence[Any]) -> None:
        """Note it on the paper, in the transaction of the mails."""
        record.mark_sent(now())


class PartView(StudioView):
    """Parts of a whole: an invoice's lines, a project's tasks.

    The whole is reckoned again with each change, in the same transaction. ``whole`` names
    the part's relationship to it, ``parts`` the one that leads back.
    """

    whole: ClassVar[str]
    parts: ClassVar[str]
    base_order = ("id", "asc")

    def pre_add(self, item: Any) -> None:
        """Reckon with the new part."""
        self.datamodel.session.add(item)  # else the whole does not know it when it is flushed
        getattr(item, self.whole).reckon()

    def pre_update(self, item: Any) -> None:
        """Reckon with what was changed."""
        getattr(item, self.whole).reckon()

    def pre_delete(self, item: Any) -> None:
        """Reckon without the part."""
        whole = getattr(item, self.whole)
        with self.datamodel.session.no_autoflush:  # the row goes once, with the commit
            getattr(whole, self.parts).remove(item)
            whole.reckon()
