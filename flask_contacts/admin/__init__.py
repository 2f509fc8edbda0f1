"""The admin: Flask-AppBuilder views for staff.

Importing it uses the tables, and that binds the customer model: a host with a model of its
own imports it (for ``CustomerAdminFilter``, ``SafeModelView``) after ``@bind_customer``.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any, NamedTuple

from flask import current_app

from ..i18n import _l
from ..services.staff.users import forget_deleted_users
from . import breakable, fab, read_with_user
from .contact_list.export_view import ContactsExportView
from .contact_list.view import CustomerContactsView
from .contacts import view_as_page
from .customers import host_view as host_customer_view
from .customers.admin_filter import CustomerAdminFilter
from .customers.admins_tab import CustomerAdminsTab
from .customers.contacts_tab import ContactsTab
from .customers.notes_tab import NotesTab
from .customers.sight import visible_customer, visible_customers
from .customers.visible_tabs import VisibleTabs
from .held_permissions import quicken_menu
from .imports.view import ContactsImportView
from .invitations.view import ContactsInvitationsView
from .mail.email_templates_view import ContactsEmailTemplatesView
from .mail.outgoing_mail_view import ContactsOutgoingMailView
from .mail.silent_topics_view import ContactsSilentTopicsView
from .marketing.lists_view import MarketingListsView
from .merging.duplicates_view import ContactsDuplicatesView
from .page_frame import quicken_frame
from .permissions_at_start import permissions_together
from .quality.view import DataQualityView
from .registrations.view import ContactsRegistrationsView
from .safe_view import SafeModelView, SafeView, allowed
from .sending.dialog import send_page
from .sending.send_by_email import SendByEmail
from .settings_view import ContactsSettingsView
from .shared_sight import SIGHT

if TYPE_CHECKING:
    from flask_appbuilder import AppBuilder

    from ..state import ContactsState

__all__ = [
    "ContactsTab",
    "CustomerAdminFilter",
    "CustomerAdminsTab",
    "SafeModelView",
    "SafeView",
    "SendByEmail",
    "permissions_together",
    "register",
    "send_page",
    "visible_customer",
    "visible_customers",
]


class _Entry(NamedTuple):
    """A view in the menu: ``name`` is its permission's, ``label`` what staff read."""

    view: Any
    name: str
    label: Any
    icon: str


_CRM = (
    _Entry(CustomerContactsView, "contacts_all", _l("Customer contacts"), "fa-users"),
    _Entry(MarketingListsView, "contacts_marketing_lists", _l("Marketing lists"), "fa-bullhorn"),
    _Entry(ContactsInvitationsView, "contacts_invitations", _l("Invitations"), "fa-user-plus"),
    _Entry(ContactsRegistrationsView, "contacts_registrations", _l("Registrations"), "fa-sign-in"),
    _Entry(ContactsDuplicatesView, "contacts_duplicates", _l("Duplicates"), "fa-clone"),
    _Entry(DataQualityView, "contacts_data_quality", _l("Data quality"), "fa-check-square-o"),
    _Entry(ContactsImportView, "contacts_import", _l("Import contacts"), "fa-upload"),
)
_SETUP = (
    _Entry(ContactsSettingsView, "contacts_settings", _l("Settings"), "fa-sliders"),
    _Entry(
        ContactsEmailTemplatesView, "contacts_email_templates", _l("Email Templates"), "fa-envelope"
    ),
    _Entry(
        ContactsSilentTopicsView, "contacts_silent_topics", _l("Silent topics"), "fa-bell-slash"
    ),
    _Entry(
        ContactsOutgoingMailView, "contacts_outgoing_mail", _l("Outgoing mail"), "fa-paper-plane"
    ),
)


def register(contacts: ContactsState, appbuilder: AppBuilder) -> None:
    """Add our views to the host's admin, and our tabs to its customer's page.

    ``contacts.customer_view`` is the host's registered view; where it is None the
    bundled customers get theirs, and it is put there.
    """
    forget_deleted_users()
    contacts.staff_sight = SIGHT
    app = current_app._get_current_object()  # type: ignore[attr-defined]
    view_as_page.register(app)
    quicken_menu(app)
    read_with_user.quicken(appbuilder.sm.lm)
    quicken_frame(app)
    breakable.add_filter(app)
    if contacts.customer_view is None:
        _add_bundled_customers(contacts, appbuilder)
    else:
        _attach_tabs(contacts, appbuilder)
    for entry in _CRM:
        _add_to_crm(appbuilder, contacts, entry)
    appbuilder.add_view_no_menu(ContactsExportView)
    category = contacts.setup_category
    label = _l("Setup") if category == "Setup" else ""
    for entry in _SETUP:
        _add_to_menu(appbuilder, entry, category, "fa-wrench", label)


def _add_to_crm(appbuilder: AppBuilder, contacts: ContactsState, entry: _Entry) -> None:
    category = contacts.crm_category
    label = _l("CRM") if category == "CRM" else ""
    _add_to_menu(appbuilder, entry, category, "fa-address-book", label)


def _add_to_menu(
    appbuilder: AppBuilder, entry: _Entry, category: str, icon: str, label: Any
) -> None:
    """The category's icon and label count where it does not exist yet."""
    appbuilder.add_view(
        entry.view,
        entry.name,
        label=entry.label,
        icon=entry.icon,
        category=category,
        category_icon=icon,
        category_label=label,
    )


def _add_bundled_customers(contacts: ContactsState, appbuilder: AppBuilder) -> None:
    # Only here: the module uses the bundled model's columns, which a host's has not.
    view = import_module(".customers.view", __name__).CustomerView()
    view.related_views = [ContactsTab, NotesTab, *contacts.customer_tabs, CustomerAdminsTab]
    _hide_closed_tabs(view, contacts)
    appbuilder.add_view_no_menu(ContactsTab)
    appbuilder.add_view_no_menu(NotesTab)
    appbuilder.add_view_no_menu(CustomerAdminsTab)
    entry = _Entry(view, "contacts_customers", _l("Customers"), "fa-building")
    _add_to_crm(appbuilder, contacts, entry)
    contacts.customer_view = view


def _attach_tabs(contacts: ContactsState, appbuilder: AppBuilder) -> None:
    """On the registered instance: the class's own list would show tabs twice in a second app."""
    view, app = contacts.customer_view, current_app._get_current_object()  # type: ignore[attr-defined]
    host_customer_view.require_profile(view, app)
    present = view.related_views or []
    view.related_views = [*present, ContactsTab, *contacts.customer_tabs, CustomerAdminsTab]
    _hide_closed_tabs(view, contacts)
    appbuilder.add_view_no_menu(ContactsTab)
    appbuilder.add_view_no_menu(CustomerAdminsTab)
    appbuilder.add_view_no_menu(host_customer_view.CustomerVisibility)
    host_customer_view.guard(view, app)


def _hide_closed_tabs(view: Any, contacts: ContactsState) -> None:
    """The tabs that we attach ask for permission; those that the host attached stay its own."""
    ours = (ContactsTab, NotesTab, CustomerAdminsTab)
    registered: Any = tuple(contacts.customer_tabs)

    def visible(tab: Any) -> bool:
        if isinstance(tab, ours):
            return allowed(tab, "show")
        if isinstance(tab, registered):
            return allowed(tab, tab.get_method_permission("list"))
        return True

    fab.replace_related_views(view, VisibleTabs(fab.related_views(view), visible))
