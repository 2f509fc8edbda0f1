"""The addresses of what is done to many contacts, and their buttons above the list."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ...i18n import _l
from ...later import later
from ..contact_list.bulk_actions import BULK_ACTIONS, BulkAction
from ..fab import expose
from ..held_permissions import has_access
from ..safe_view import SafeView
from .actions import ACTIONS

if TYPE_CHECKING:
    from ..safe_view import Answer
    from . import export_page, pages
else:
    export_page = later("admin.bulk.export_page")
    pages = later("admin.bulk.pages")

BULK_ACTIONS += [
    *(
        BulkAction("ask_bulk", "bulk", action.label, action.icon, {"what": what}, in_menu=True)
        for what, action in ACTIONS.items()
    ),
    BulkAction("ask_export", "export", _l("Export"), "fa-download", in_menu=True),
]


class ContactBulkRoutes(SafeView):
    """Contacts that are hidden from the staff member are never touched (BEHAVIOUR S7)."""

    BULK_PERMISSIONS = {
        "ask_bulk": "bulk",
        "preview_bulk": "bulk",
        "run_bulk": "bulk",
        "bulk_progress": "bulk",
        "ask_export": "export",
    }

    @expose("/bulk/<what>")
    @has_access
    def ask_bulk(self, what: str) -> Answer:
        """Ask what to change, or show what would be touched."""
        return pages.ask(self, what)

    @expose("/bulk/<what>", methods=("POST",))
    @has_access
    def preview_bulk(self, what: str) -> Answer:
        """Show what would be touched; nothing is changed."""
        return pages.preview(self, what)

    @expose("/bulk-run", methods=("POST",))
    @has_access
    def run_bulk(self) -> Answer:
        """Do it, or some of it."""
        return pages.run(self)

    @expose("/bulk-run")
    @has_access
    def bulk_progress(self) -> Answer:
        """How far it is, and what became of whom."""
        return pages.progress(self)

    @expose("/export-chosen")
    @has_access
    def ask_export(self) -> Answer:
        """In which format the chosen contacts are wanted."""
        return export_page.ask(self)
