"""What the tab Contacts shows inside a customer's page."""

from __future__ import annotations

from typing import Any

from flask import render_template, request
from flask_babel import format_datetime

from ...models import Contact
from ...services.contacts.lists import count_contacts, list_contacts
from ...services.invitations.states import STATES, invitations_of
from ...state import current_contacts
from .. import query_arguments
from ..invitations import words as invitation_words
from ..safe_view import allowed, csrf_input
from .sight import ARCHIVED, profile_url

PAGE_SIZE = 25
ARGUMENT = "contacts_page"
_PERMISSIONS = ("show", "add", "edit", "delete", "view_as")


class TabWidget:
    """A widget as FAB's show page wants it: called, it gives the HTML of the tab.

    Rendered by Flask and not by FAB's widgets, which skip the context processors. The
    customer comes from the filter that FAB sets for the tab, never from the address.
    """

    def __init__(self, view: Any, customer_pk: Any) -> None:
        self.can = {name: allowed(view, name) for name in _PERMISSIONS}
        self.customer_pk = customer_pk
        self.archived = request.args.get(ARCHIVED) == "1"
        self.asked = request.args.get(ARGUMENT, "1")
        self.number = query_arguments.number(self.asked)
        self.endpoint = view.endpoint
        self.page, self.others = None, 0
        if self.can["show"]:
            session = current_contacts.session
            self.page = list_contacts(
                session, customer_pk, self.number or 1, PAGE_SIZE, archived=self.archived
            )
            self.others = count_contacts(session, customer_pk, archived=not self.archived)

    @property
    def total(self) -> int | None:
        """How many contacts the customer has, for the badge; None for who may not know.

        Archived ones are not counted, whichever of the two lists is open.
        """
        if self.page is None:
            return None
        return self.others if self.archived else self.page.total

    @property
    def no_such_page(self) -> bool:
        """Whether the address asks for a page that is not there."""
        if self.page is None:
            return False
        return not self.number or (self.number > 1 and not self.page.items)

    def __call__(self, **_options: Any) -> str:
        """The HTML; FAB passes ``pk``, which the filter has said already."""
        if self.page is None:
            return ""
        return render_template(
            "flask_contacts/admin/contacts_tab.html",
            page=self.page,
            asked=self.asked if self.no_such_page else None,
            pages=-(-self.page.total // PAGE_SIZE),
            page_url=self.page_url,
            archived=self.archived,
            others=self.others,
            others_url=profile_url(self.customer_pk, archived=not self.archived),
            can=self.can,
            customer_pk=self.customer_pk,
            endpoint=self.endpoint,
            permission_labels=permission_labels,
            invitations=invitations_of(current_contacts.session, self.page.items),
            states=STATES,
            badges=invitation_words.BADGES,
            in_words=invitation_words.in_words,
            format_datetime=format_datetime,
            csrf_input=csrf_input(),
        )

    def page_url(self, number: int) -> str:
        """The customer's page, opened at a page of this list."""
        opened = profile_url(self.customer_pk, archived=self.archived)
        address, _, anchor = opened.partition("#")
        return f"{address}{'&' if '?' in address else '?'}{ARGUMENT}={number}#{anchor}"


def permission_labels(contact: Contact) -> list[Any]:
    """The labels of what a contact may open, in the form's order."""
    held = contact.permission_names
    modules = current_contacts.registry.modules.values()
    return [module.label for module in modules if module.name in held]
