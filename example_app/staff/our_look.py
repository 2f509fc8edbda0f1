"""Lists in the look of flask_contacts: a search over one column, cards on a phone, empty states."""

from __future__ import annotations

from typing import Any, ClassVar

from flask import url_for
from flask_appbuilder.widgets import ListWidget

_CONTAINS = 2
"""Flask-AppBuilder numbers the filters of a text column; this one is "Contains"."""


class Table(ListWidget):
    """The first column leads to the record."""

    template = "example_app/table.html"


class OurLook:
    """For views whose list is looked through by the column ``searched``."""

    list_template = "example_app/list.html"
    list_widget = Table
    searched: ClassVar[str]

    def render_template(self, template: str, **context: Any) -> str:
        """The list's page wants to know what can be added and looked for."""
        ours: Any = self
        if template == self.list_template:
            may_add = ours.appbuilder.sm.has_access("can_add", ours.class_permission_name)
            context["new"] = url_for(f"{ours.endpoint}.add") if may_add else None
            context["new_title"] = ours.add_title
            context["search"] = f"_flt_{_CONTAINS}_{self.searched}"
            context["search_label"] = ours.label_columns[self.searched]
        rendered: str = super().render_template(template, **context)  # type: ignore[misc]
        return rendered
