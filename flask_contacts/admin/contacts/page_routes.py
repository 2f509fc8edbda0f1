"""The addresses of a contact's pages in the agent interface, each with its permission.

A mixin, so that the view of the list stays short.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from flask import abort, jsonify, redirect, request, url_for
from sqlalchemy import Integer

from ...i18n import _
from ...later import later
from ...record_keys import typed_key
from ..contact_visibility import visible_contact
from ..customers.sight import customer_key
from ..fab import expose
from ..held_permissions import has_access
from ..safe_view import SafeView

if TYPE_CHECKING:
    from werkzeug.wrappers import Response

    from ...models import Contact
    from ...services.contacts import archive as contacts_archive, states
    from ..customers import search
    from ..invitations import send_page
    from ..safe_view import Answer
    from . import (
        addresses,
        agent_pages,
        form_pages as contact_pages,
        joined_account,
        leaving,
        making_primary,
        messages as contact_messages,
        moving,
        page as contact_page,
        related_lists,
        related_offers,
        search as contacts_search,
    )
    from .leaving import Leaving, Ways
else:
    addresses = later("admin.contacts.addresses")
    agent_pages = later("admin.contacts.agent_pages")
    contact_pages = later("admin.contacts.form_pages")
    leaving = later("admin.contacts.leaving")
    making_primary = later("admin.contacts.making_primary")
    contact_messages = later("admin.contacts.messages")
    moving = later("admin.contacts.moving")
    contact_page = later("admin.contacts.page")
    related_lists = later("admin.contacts.related_lists")
    related_offers = later("admin.contacts.related_offers")
    contacts_search = later("admin.contacts.search")
    joined_account = later("admin.contacts.joined_account")
    search = later("admin.customers.search")
    send_page = later("admin.invitations.send_page")
    contacts_archive = later("services.contacts.archive")
    states = later("services.contacts.states")

_PK = "/<int(max=2147483647):pk>"


class ContactPageRoutes(SafeView):
    """New, Edit, the page of a contact and what its buttons do.

    A contact that is hidden from the staff member is 404 in all of them (BEHAVIOUR S7).
    """

    PAGE_PERMISSIONS = {
        "new": "add",
        "edit": "edit",
        "edit_account": "edit",
        "companies": "show",
        "managers": "show",
        "show": "show",
        "link": "link",
        "unlink": "link",
        "linkable": "link",
        "invite": "edit",
        "make_primary": "edit",
        "move": "edit",
        "deactivate": "edit",
        "reactivate": "edit",
        "archive": "edit",
        "restore": "edit",
        "anonymise": "delete",
        "delete": "delete",
    }

    @expose("/new", methods=("GET", "POST"))
    @has_access
    def new(self) -> Answer:
        """New (BEHAVIOUR S1, S2)."""
        return agent_pages.new(self)

    @expose("/edit" + _PK, methods=("GET", "POST"))
    @has_access
    def edit(self, pk: int) -> Answer:
        """Change a contact (BEHAVIOUR S2)."""
        return agent_pages.edit(self, pk)

    @expose("/edit" + _PK + "/account")
    @has_access
    def edit_account(self, pk: int) -> str:
        """Whose account the typed address is, while one types."""
        return joined_account.edited_piece(visible_contact(pk))

    @expose("/companies")
    @has_access
    def companies(self) -> Response:
        """Visible companies that hold what is typed into Company."""
        return jsonify(search.offered_customers(None, request.args.get("q", "").strip()))

    @expose("/managers")
    @has_access
    def managers(self) -> Response:
        """Visible contacts of the typed company that begin with what is typed into Manager."""
        typed = request.args.get("with", "").strip()
        customer = search.typed_customer(typed)
        if typed and customer is None:
            return jsonify([])
        key = None if customer is None else customer_key(customer)
        but = typed_key(request.args.get("but", ""), Integer())
        return jsonify(contacts_search.colleagues_holding(request.args.get("q", ""), key, but))

    @expose("/show" + _PK)
    @has_access
    def show(self, pk: int) -> Answer:
        """The page of a contact."""
        return contact_page.show(self, pk)

    @expose("/link" + _PK + "/<name>", methods=("POST",))
    @has_access
    def link(self, pk: int, name: str) -> Answer:
        """Link a record to a contact (BEHAVIOUR S6)."""
        return contact_page.link(self, pk, name)

    @expose("/unlink" + _PK + "/<name>", methods=("POST",))
    @has_access
    def unlink(self, pk: int, name: str) -> Answer:
        """Part a record from a contact (BEHAVIOUR S6)."""
        return contact_page.unlink(self, pk, name)

    @expose("/linkable" + _PK + "/<name>")
    @has_access
    def linkable(self, pk: int, name: str) -> Response:
        """What can be linked and holds what is typed."""
        contact, related = visible_contact(pk), related_lists.find(name)
        if related.link is None:
            abort(404)
        return jsonify(related_offers.offered(related, contact, request.args.get("q", "")))

    @expose("/invite" + _PK, methods=("POST",))
    @has_access
    def invite(self, pk: int) -> Answer:
        """Send the link to set a password again (BEHAVIOUR C9, C10)."""
        return send_page.page(self, visible_contact(pk), self._page_of(pk))

    @expose("/make-primary" + _PK, methods=("POST",))
    @has_access
    def make_primary(self, pk: int) -> Answer:
        """Make a contact the primary one (BEHAVIOUR C4)."""
        contact = visible_contact(pk)
        if contact.customer is None:
            abort(404)
        return making_primary.page(self, contact.customer, pk, self._page_of(pk))

    @expose("/move" + _PK, methods=("GET", "POST"))
    @has_access
    def move(self, pk: int) -> Answer:
        """Give a contact to another company, after a page that asks which (BEHAVIOUR C4)."""
        contact = visible_contact(pk)
        if contact.customer is None:
            return redirect(addresses.page_url(self, "edit", pk))
        return moving.page(self, contact.customer, pk, self._page_of(pk))

    @expose("/reactivate" + _PK, methods=("POST",))
    @has_access
    def reactivate(self, pk: int) -> Answer:
        """Switch a contact on again."""
        key, back = visible_contact(pk).customer_id, self._page_of(pk)
        done, then = _("%(name)s is active again."), contact_messages.tell_no_login
        return contact_pages.change(key, pk, states.reactivate_contact, done, then, back=back)

    @expose("/restore" + _PK, methods=("POST",))
    @has_access
    def restore(self, pk: int) -> Answer:
        """Take a contact out of the archive."""
        key, back = visible_contact(pk).customer_id, self._page_of(pk)
        done = _("%(name)s is back in the list, not active yet and without a login.")
        return contact_pages.change(key, pk, contacts_archive.restore_contact, done, back=back)

    @expose("/deactivate" + _PK, methods=("GET", "POST"))
    @has_access
    def deactivate(self, pk: int) -> Answer:
        """Switch a contact off, after a page that asks (BEHAVIOUR C4, P7)."""
        return self._leave(pk, leaving.DEACTIVATION)

    @expose("/archive" + _PK, methods=("GET", "POST"))
    @has_access
    def archive(self, pk: int) -> Answer:
        """Put a contact away, after a page that asks (BEHAVIOUR C4)."""
        return self._leave(pk, leaving.ARCHIVING)

    @expose("/anonymise" + _PK, methods=("GET", "POST"))
    @has_access
    def anonymise(self, pk: int) -> Answer:
        """Remove the person from an archived contact, after a page that asks."""
        return self._leave(pk, leaving.ANONYMISATION)

    @expose("/delete" + _PK, methods=("GET", "POST"))
    @has_access
    def delete(self, pk: int) -> Answer:
        """Delete a contact, after a page that says what goes and what stays."""
        return self._leave(pk, leaving.DELETION)

    def _leave(self, pk: int, way: Leaving) -> Answer:
        contact = visible_contact(pk)
        return leaving.page(self, contact.customer, pk, way, self._ways(contact, way))

    def _ways(self, contact: Contact, way: Leaving) -> Ways:
        archive, page = addresses.page_url(self, "archive", contact.id), self._page_of(contact.id)
        for person in agent_pages.asked_person():
            back = addresses.person_url(self, person)
            return leaving.Ways(back, back, archive, visible_contact(person).name)
        done = addresses.list_url(self) if way is leaving.DELETION else page
        return leaving.Ways(page, done, archive, contact.name)

    def _page_of(self, pk: int) -> str:
        return url_for(f"{self.endpoint}.show", pk=pk, list=request.args.get("list"))
