"""The tab Contacts of a customer's page, and the pages that it leads to."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from flask import has_request_context, request
from markupsafe import Markup

from ...i18n import _
from ...later import later
from ...models import Contact
from ..contacts import two_factor_page, view_as_page
from ..contacts.permissions import CONTACTS, PERMISSIONS
from ..fab import SQLAInterface, expose
from ..held_permissions import has_access
from ..merging.former import MergedAddresses
from .sight import ARCHIVED, customer_key, profile_url, visible_customer
from .tab_widget import ARGUMENT, TabWidget
from .tabs import CustomerPane

if TYPE_CHECKING:
    from ...services.contacts import archive as contacts_archive, states
    from ..contacts import (
        access_doctor_page,
        form_pages as contact_pages,
        leaving,
        making_primary,
        messages as contact_messages,
        moving,
    )
    from ..mail import topic_matrix_page
    from ..safe_view import Answer
else:
    access_doctor_page = later("admin.contacts.access_doctor_page")
    contact_pages = later("admin.contacts.form_pages")
    leaving = later("admin.contacts.leaving")
    making_primary = later("admin.contacts.making_primary")
    contact_messages = later("admin.contacts.messages")
    moving = later("admin.contacts.moving")
    topic_matrix_page = later("admin.mail.topic_matrix_page")
    contacts_archive = later("services.contacts.archive")
    states = later("services.contacts.states")

_COUNT = "flask_contacts.contacts_tab.count"
_CONTACT = "/<customer_pk>/<int(max=2147483647):pk>"


class ContactsTab(MergedAddresses, CustomerPane):
    """A related view for FAB's show page, with routes of its own and none of FAB's.

    The customer is part of every address and is loaded through the customer's view and
    its base filters, so that a hidden one is 404. Nothing of a request is kept here.
    """

    datamodel = SQLAInterface(Contact)
    route_base = "/customercontacts"
    class_permission_name = CONTACTS
    base_permissions = PERMISSIONS
    method_permission_name = {
        "new": "add",
        "edit": "edit",
        "edit_account": "edit",
        "make_primary": "edit",
        "deactivate": "edit",
        "reactivate": "edit",
        "invite": "edit",
        "move": "edit",
        "archive": "edit",
        "restore": "edit",
        "anonymise": "delete",
        "delete": "delete",
        "activity": "show",
        "who_gets_what": "show",
        "save_topics": "edit",
        "access": "show",
        "grant": "edit",
        "view_as": "view_as",
        "reset_two_factor": two_factor_page.PERMISSION,
    }
    include_route_methods = set(method_permission_name)
    pane_arguments = (ARGUMENT, ARCHIVED)
    default_view = "new"
    list_columns = ["lastname"]
    add_columns = edit_columns = show_columns = search_columns = order_columns = list_columns

    @property
    def title(self) -> Any:
        """The tab's label, with the count of the customer that this request shows."""
        if not has_request_context():
            return _("Contacts")
        count = request.environ.get(_COUNT)
        if count is None:
            return _("Contacts")
        return Markup('{} <span class="badge">{}</span>').format(_("Contacts"), count)

    @title.setter
    def title(self, value: object) -> None:
        """FAB sets a title at start; ours depends on the request."""

    def way_back(self) -> str:
        """Back to the customer."""
        return profile_url((request.view_args or {})["customer_pk"])

    def pane(self, customer_pk: Any, *, in_our_page: bool) -> TabWidget:
        """The widget, whose count the label shows."""
        widget = TabWidget(self, customer_pk, in_our_page=in_our_page)
        request.environ[_COUNT] = widget.total
        return widget

    @expose("/new/<customer_pk>", methods=("GET", "POST"))
    @has_access
    def new(self, customer_pk: str) -> Answer:
        """New Contact (BEHAVIOUR C1 to C8)."""
        return contact_pages.new(self, customer_pk)

    @expose("/edit" + _CONTACT, methods=("GET", "POST"))
    @has_access
    def edit(self, customer_pk: str, pk: int) -> Answer:
        """Change a contact (BEHAVIOUR C10)."""
        return contact_pages.edit(self, visible_customer(customer_pk), pk)

    @expose("/edit" + _CONTACT + "/account")
    @has_access
    def edit_account(self, customer_pk: str, pk: int) -> str:
        """Whose account the typed address is, while one types."""
        return contact_pages.account_piece(visible_customer(customer_pk), pk)

    @expose("/make-primary" + _CONTACT, methods=("POST",))
    @has_access
    def make_primary(self, customer_pk: str, pk: int) -> Answer:
        """Make a contact the primary one (BEHAVIOUR C4)."""
        return making_primary.page(self, visible_customer(customer_pk), pk)

    @expose("/reactivate" + _CONTACT, methods=("POST",))
    @has_access
    def reactivate(self, customer_pk: str, pk: int) -> Answer:
        """Switch a contact on again."""
        key = customer_key(visible_customer(customer_pk))
        done = _("%(name)s is active again.")
        then = contact_messages.tell_no_login
        back = contact_pages.origin(self, key, pk)
        return contact_pages.change(key, pk, states.reactivate_contact, done, then, back=back)

    @expose("/invite" + _CONTACT, methods=("POST",))
    @has_access
    def invite(self, customer_pk: str, pk: int) -> Answer:
        """Send the link to set a password again (BEHAVIOUR C9, C10)."""
        return contact_pages.invite(self, visible_customer(customer_pk), pk)

    @expose("/deactivate" + _CONTACT, methods=("GET", "POST"))
    @has_access
    def deactivate(self, customer_pk: str, pk: int) -> Answer:
        """Switch a contact off, after a page that asks (BEHAVIOUR C4, P7)."""
        return leaving.page(self, visible_customer(customer_pk), pk, leaving.DEACTIVATION)

    @expose("/delete" + _CONTACT, methods=("GET", "POST"))
    @has_access
    def delete(self, customer_pk: str, pk: int) -> Answer:
        """Delete a contact, after a page that says what goes and what stays."""
        return leaving.page(self, visible_customer(customer_pk), pk, leaving.DELETION)

    @expose("/move" + _CONTACT, methods=("GET", "POST"))
    @has_access
    def move(self, customer_pk: str, pk: int) -> Answer:
        """Give a contact to another customer, after a page that asks which (BEHAVIOUR C4)."""
        return moving.page(self, visible_customer(customer_pk), pk)

    @expose("/archive" + _CONTACT, methods=("GET", "POST"))
    @has_access
    def archive(self, customer_pk: str, pk: int) -> Answer:
        """Put a contact away, after a page that asks (BEHAVIOUR C4)."""
        return leaving.page(self, visible_customer(customer_pk), pk, leaving.ARCHIVING)

    @expose("/restore" + _CONTACT, methods=("POST",))
    @has_access
    def restore(self, customer_pk: str, pk: int) -> Answer:
        """Take a contact out of the archive."""
        key = customer_key(visible_customer(customer_pk))
        done = _("%(name)s is back in the list, not active yet and without a login.")
        back = contact_pages.origin(self, key, pk)
        return contact_pages.change(key, pk, contacts_archive.restore_contact, done, back=back)

    @expose("/anonymise" + _CONTACT, methods=("GET", "POST"))
    @has_access
    def anonymise(self, customer_pk: str, pk: int) -> Answer:
        """Remove the person from an archived contact, after a page that asks."""
        return leaving.page(self, visible_customer(customer_pk), pk, leaving.ANONYMISATION)

    @expose("/who-gets-what/<customer_pk>")
    @has_access
    def who_gets_what(self, customer_pk: str) -> Answer:
        """The customer's contacts by topics (BEHAVIOUR N1, N3)."""
        return topic_matrix_page.show(self, visible_customer(customer_pk))

    @expose("/who-gets-what/<customer_pk>", methods=("POST",))
    @has_access
    def save_topics(self, customer_pk: str) -> Answer:
        """Switch the contacts' topics, after a word where nobody would get one (BEHAVIOUR N6)."""
        return topic_matrix_page.save(self, visible_customer(customer_pk))

    @expose("/access" + _CONTACT)
    @has_access
    def access(self, customer_pk: str, pk: int) -> Answer:
        """Whether a contact can sign in, what it sees, and why not."""
        return access_doctor_page.show(self, visible_customer(customer_pk), pk)

    @expose("/grant" + _CONTACT, methods=("POST",))
    @has_access
    def grant(self, customer_pk: str, pk: int) -> Answer:
        """Give a contact the permission for one module, from that page."""
        return access_doctor_page.grant(self, visible_customer(customer_pk), pk)

    @expose("/view-as" + _CONTACT, methods=("GET", "POST"))
    @has_access
    def view_as(self, customer_pk: str, pk: int) -> Answer:
        """See the portal as a contact, after a page that asks why (BEHAVIOUR P8)."""
        return view_as_page.page(self, visible_customer(customer_pk), pk)

    @expose("/reset-two-factor" + _CONTACT, methods=("GET", "POST"))
    @has_access
    def reset_two_factor(self, customer_pk: str, pk: int) -> Answer:
        """Take the second factor off a contact's login, after a page that asks."""
        return two_factor_page.page(self, visible_customer(customer_pk), pk)

    @expose("/activity" + _CONTACT)
    @has_access
    def activity(self, customer_pk: str, pk: int) -> Answer:
        """What happened to a contact (BEHAVIOUR S5)."""
        return contact_pages.activity(self, visible_customer(customer_pk), pk)
