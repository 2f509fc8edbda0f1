"""The addresses of comparing and merging contacts, and of what is told while one types."""

from __future__ import annotations

from typing import TYPE_CHECKING

from flask import render_template

from ...i18n import _l
from ...later import later
from ..contact_list.bulk_actions import BULK_ACTIONS, BulkAction
from ..fab import expose
from ..held_permissions import has_access
from . import hints
from .former import MergedAddresses

if TYPE_CHECKING:
    from ..safe_view import Answer
    from . import finding, page
else:
    finding = later("admin.merging.finding")
    page = later("admin.merging.page")

_PK = "/<int(max=2147483647):pk>"

BULK_ACTIONS.append(BulkAction("merge", "merge", _l("Merge"), "fa-compress"))


class ContactMergeRoutes(MergedAddresses):
    """A contact that is hidden from the staff member is 404 in all of them (BEHAVIOUR S7)."""

    MERGE_PERMISSIONS = {
        "similar": "add",
        "merge": "merge",
        "duplicates": "merge",
    }

    @expose("/similar")
    @has_access
    def similar(self) -> str:
        """Who the person in the form may be already, as a piece of a page."""
        return render_template(
            "flask_contacts/admin/similar_people.html", similar=hints.typed_hints()
        )

    @expose("/merge", methods=("GET", "POST"))
    @has_access
    def merge(self) -> Answer:
        """Some contacts side by side, and the form that makes them one."""
        return page.page(self)

    @expose("/duplicates" + _PK)
    @has_access
    def duplicates(self, pk: int) -> Answer:
        """Who else may be this contact, and another one to compare it with."""
        return finding.page(self, pk)
