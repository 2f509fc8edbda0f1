"""CRM → Customer contacts: the contacts of all customers, and those without one (S1)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from flask import url_for

from ...later import later
from ..bulk.routes import ContactBulkRoutes
from ..contacts.action_routes import ContactActionRoutes
from ..contacts.page_routes import ContactPageRoutes
from ..contacts.permissions import CONTACTS, PERMISSIONS
from ..fab import expose
from ..held_permissions import has_access
from ..merging.routes import ContactMergeRoutes

if TYPE_CHECKING:
    from werkzeug.wrappers import Response

    from ..safe_view import Answer
    from . import lookups as contact_list_lookups, page as contact_list_page
else:
    contact_list_lookups = later("admin.contact_list.lookups")
    contact_list_page = later("admin.contact_list.page")


class CustomerContactsView(
    ContactPageRoutes, ContactActionRoutes, ContactBulkRoutes, ContactMergeRoutes
):
    """Every contact that a staff member may see (BEHAVIOUR S7), found, read and changed.

    Each page is a module of its own; this class gives them an address and a permission.
    Nothing of a request is kept here.
    """

    route_base = "/customer-contacts"
    class_permission_name = CONTACTS
    base_permissions = PERMISSIONS
    method_permission_name = {
        **ContactPageRoutes.PAGE_PERMISSIONS,
        **ContactActionRoutes.ACTION_PERMISSIONS,
        **ContactBulkRoutes.BULK_PERMISSIONS,
        **ContactMergeRoutes.MERGE_PERMISSIONS,
        "all_contacts": "list",
        "columns": "list",
        "lookup": "list",
    }
    default_view = "all_contacts"

    def way_back(self) -> str:
        """Back to the list."""
        return url_for(f"{self.endpoint}.all_contacts")

    @expose("/")
    @has_access
    def all_contacts(self) -> Answer:
        """A page of the list."""
        return contact_list_page.show(self)

    @expose("/columns", methods=("POST",))
    @has_access
    def columns(self) -> Answer:
        """Remember which columns are shown, and how many rows on a page."""
        return contact_list_page.save_columns(self)

    @expose("/lookup/<what>")
    @has_access
    def lookup(self, what: str) -> Response:
        """Companies or staff users while one types into a filter, as JSON."""
        return contact_list_lookups.answer(what)
