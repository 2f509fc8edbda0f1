"""What the tab Contacts shows inside a customer's page."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from flask import request, url_for
from flask_babel import format_datetime

from ...models import Contact
from ...services.contacts.lists import count_contacts, list_contacts, permissions_held
from ...services.invitations.states import STATES, Invitation, invitations_of
from ...state import current_contacts
from .. import query_arguments
from ..invitations import send_page, words as invitation_words
from ..page_words import render
from ..safe_view import allowed, csrf_input
from .sight import ARCHIVED, profile_url

PAGE_SIZE = 25
ARGUMENT = "contacts_page"
#: Stands for a contact's key while an address is made that all rows share.
_PK = 2147483647
#: What the template and the words on an invitation are made of.
_COLUMNS = (
    "firstname", "lastname", "position", "email", "phone", "is_primary", "active",
    "anonymised_at", "login_id", "last_signed_in_at", "accepted_at", "invited_at",
)  # fmt: skip
_PERMISSIONS = ("show", "add", "edit", "delete", "view_as")


class TabWidget:
    """A widget as FAB's show page wants it: called, it gives the HTML of the tab.

    Rendered by Flask and not by FAB's widgets, which skip the context processors. The
    customer comes from the filter that FAB sets for the tab, never from the address.
    """

    def __init__(self, view: Any, customer_pk: Any) -> None:
        self.can = {name: allowed(view, name) for name in _PERMISSIONS}
        self.can["send"] = send_page.may_send()
        self.customer_pk = customer_pk
        self.archived = request.args.get(ARCHIVED) == "1"
        self.asked = request.args.get(ARGUMENT, "1")
        self.number = query_arguments.number(self.asked)
        self.endpoint = view.endpoint
        self.page, self.others = None, 0
        if self.can["show"]:
            session = current_contacts.session
            self.page = list_contacts(
                session,
                customer_pk,
                self.number or 1,
                PAGE_SIZE,
                archived=self.archived,
                columns=_COLUMNS,
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
        return render(
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
            permission_labels=_permission_labels(self.page.items),
            invitations=self._invitations(),
            address=_addresses(self.endpoint, self.customer_pk),
            states={name: str(label) for name, label in STATES.items()},
            badges=invitation_words.BADGES,
            in_words=invitation_words.in_words,
            format_datetime=format_datetime,
            csrf_input=csrf_input(),
        )

    def _invitations(self) -> dict[int, Invitation]:
        asked = [one for one in self.page.items if one.login_id is not None] if self.page else []
        return invitations_of(current_contacts.session, asked) if asked else {}

    def page_url(self, number: int) -> str:
        """The customer's page, opened at a page of this list."""
        opened = profile_url(self.customer_pk, archived=self.archived)
        address, _, anchor = opened.partition("#")
        return f"{address}{'&' if '?' in address else '?'}{ARGUMENT}={number}#{anchor}"


def _addresses(endpoint: str, customer_pk: Any) -> Callable[[str, Contact], str]:
    """The address of an action on a contact, each asked for once and not for every row."""
    known: dict[str, list[str]] = {}

    def address(action: str, contact: Contact) -> str:
        if action not in known:
            url = url_for(f"{endpoint}.{action}", customer_pk=customer_pk, pk=_PK)
            known[action] = url.rsplit(str(_PK), 1)
        return str(contact.id).join(known[action])

    return address


def _permission_labels(contacts: Sequence[Contact]) -> Callable[[Contact], list[str]]:
    """The labels of what a contact may open, in the form's order."""
    modules = current_contacts.registry.modules.values()
    labels = [(module.name, str(module.label)) for module in modules]
    held = permissions_held(current_contacts.session, contacts)

    def labels_of(contact: Contact) -> list[str]:
        return [label for name, label in labels if name in held[contact.id]]

    return labels_of
