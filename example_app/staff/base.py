"""What the studio's staff views share."""

from __future__ import annotations

from typing import Any

from flask_contacts.admin import SafeModelView

from ..formatting import STAFF_FORMATTERS
from ..words import COLUMNS

PARENTS = ("customer", "invoice", "ticket", "project")


class StudioView(SafeModelView):
    """A ``ModelView`` that is safe under threads and never reads a whole related table.

    Columns of search and forms are always named: left to itself, Flask-AppBuilder offers
    every related row in a ``<select>``. A record never moves to another customer, so the
    edit form has all fields of the add form but that one.
    """

    formatters_columns = STAFF_FORMATTERS
    add_template = "example_app/add.html"
    add_columns: list[str]
    add_form_extra_fields: dict[str, Any] = {}

    def __init__(self, **options: Any) -> None:
        self.label_columns = dict(COLUMNS)
        self.edit_columns = [name for name in self.add_columns if name not in PARENTS]
        self.edit_form_extra_fields = self.add_form_extra_fields
        super().__init__(**options)

    def _get_view_widget(self, **options: Any) -> Any:
        """As a tab of the record that it belongs to, the list needs no column for that."""
        widget = super()._get_view_widget(**options)
        columns = widget.template_args["include_columns"]
        widget.template_args["include_columns"] = [name for name in columns if name not in PARENTS]
        return widget
