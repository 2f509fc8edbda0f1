"""The admin: Flask-AppBuilder views for staff.

Importing it uses the tables, and that binds the customer model: a host with a model of its
own imports it (for ``CustomerAdminFilter``, ``SafeModelView``) after ``@bind_customer``.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

from flask import current_app

from ..i18n import _l
from ..services.staff.users import forget_deleted_users
from . import fab
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
from .registrations.view import ContactsRegistrationsView
from .safe_view import SafeModelView, SafeView, allowed
from .sending.dialog import send_page
from .sending.send_by_email import SendByEmail
from .settings_view import ContactsSettingsView

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
    "register",
    "send_page",
    "visible_customer",
    "visible_customers",
]


def register(contacts: ContactsState, appbuilder: AppBuilder) -> None:
    """Add our views to the host's admin, and our tabs to its customer's page.

    ``contacts.customer_view`` is the host's registered view; where it is None the
    bundled customers get theirs, and it is put there.
    """
    forget_deleted_users()
    view_as_page.register(current_app._get_current_object())  # type: ignore[attr-defined]
    quicken_menu(current_app._get_current_object())  # type: ignore[attr-defined]
    if contacts.customer_view is None:
        _add_bundled_customers(contacts, appbuilder)
    else:
        _attach_tabs(contacts, appbuilder)
    appbuilder.add_view(
        CustomerContactsView,
        "contacts_all",
        label=_l("Customer contacts"),
        icon="fa-users",
        category=contacts.crm_category,
        category_icon="fa-address-book",
        category_label=_l("CRM") if contacts.crm_category == "CRM" else "",
    )
    appbuilder.add_view(
        MarketingListsView,
        "contacts_marketing_lists",
        label=_l("Marketing lists"),
        icon="fa-bullhorn",
        category=contacts.crm_category,
    )
    appbuilder.add_view(
        ContactsInvitationsView,
        "contacts_invitations",
        label=_l("Invitations"),
        icon="fa-user-plus",
        category=contacts.crm_category,
        category_icon="fa-address-book",
        category_label=_l("CRM") if contacts.crm_category == "CRM" else "",
    )
    appbuilder.add_view(
        ContactsRegistrationsView,
        "contacts_registrations",
        label=_l("Registrations"),
        icon="fa-sign-in",
        category=contacts.crm_category,
    )
    appbuilder.add_view(
        ContactsImportView,
        "contacts_import",
        label=_l("Import contacts"),
        icon="fa-upload",
        category=contacts.crm_category,
    )
    appbuilder.add_view_no_menu(ContactsExportView)
    appbuilder.add_view(
        ContactsSettingsView,
        "contacts_settings",
        label=_l("Settings"),
        icon="fa-sliders",
        category=contacts.setup_category,
        category_icon="fa-cogs",
        category_label=_l("Setup") if contacts.setup_category == "Setup" else "",
    )
    appbuilder.add_view(
        ContactsEmailTemplatesView,
        "contacts_email_templates",
        label=_l("Email Templates"),
        icon="fa-envelope",
        category=contacts.setup_category,
    )
    appbuilder.add_view(
        ContactsSilentTopicsView,
        "contacts_silent_topics",
        label=_l("Silent topics"),
        icon="fa-bell-slash",
        category=contacts.setup_category,
    )
    appbuilder.add_view(
        ContactsOutgoingMailView,
        "contacts_outgoing_mail",
        label=_l("Outgoing mail"),
        icon="fa-paper-plane",
        category=contacts.setup_category,
    )


def _add_bundled_customers(contacts: ContactsState, appbuilder: AppBuilder) -> None:
    # Only here: the module uses the bundled model's columns, which a host's has not.
    view = import_module(".customers.view", __name__).CustomerView()
    view.related_views = [ContactsTab, NotesTab, *contacts.customer_tabs, CustomerAdminsTab]
    _hide_closed_tabs(view, contacts)
    appbuilder.add_view_no_menu(ContactsTab)
    appbuilder.add_view_no_menu(NotesTab)
    appbuilder.add_view_no_menu(CustomerAdminsTab)
    appbuilder.add_view(
        view,
        "contacts_customers",
        label=_l("Customers"),
        icon="fa-building",
        category=contacts.crm_category,
        category_icon="fa-address-book",
        category_label=_l("CRM") if contacts.crm_category == "CRM" else "",
    )
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
