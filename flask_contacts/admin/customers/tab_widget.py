"""What the tab Contacts shows inside a customer's page."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from flask import request, url_for
from markupsafe import Markup

from ...later import later
from ...state import current_contacts
from .. import query_arguments
from ..kept_parts import kept_part
from ..moments import moment_elements
from ..page_words import render
from ..safe_view import allowed
from .sight import ARCHIVED, profile_url

if TYPE_CHECKING:
    from ...services.agent.listed_rows import Listed
    from ...services.contacts import tab_rows as contacts_tab_rows
    from ...services.invitations import states as invitation_states
    from ...services.invitations.states import Invitation
    from ..invitations import send_page, words as invitation_words
    from . import row_buttons
else:
    row_buttons = later("admin.customers.row_buttons")
    send_page = later("admin.invitations.send_page")
    invitation_words = later("admin.invitations.words")
    contacts_tab_rows = later("services.contacts.tab_rows")
    invitation_states = later("services.invitations.states")


PAGE_SIZE = 25
ARGUMENT = "contacts_page"
#: Stands for a contact's key while an address is made that all rows share.
_PK = 2147483647
#: What the template and the words on an invitation are made of.
_COLUMNS = (
    "position", "email", "phone", "anonymised_at",
    "login_id", "last_signed_in_at", "accepted_at", "invited_at",
)  # fmt: skip
_PERMISSIONS = ("show", "add", "edit", "delete", "view_as")


class TabWidget:
    """A widget as FAB's show page wants it: called, it gives the HTML of the tab.

    Rendered by Flask and not by FAB's widgets, which skip the context processors. The
    customer comes from the filter that FAB sets for the tab, never from the address.
    """

    def __init__(self, view: Any, customer_pk: Any, *, in_our_page: bool) -> None:
        self.in_our_page = in_our_page
        self.can = {name: allowed(view, name) for name in _PERMISSIONS}
        self.can["send"] = send_page.may_send()
        self.customer_pk = customer_pk
        self.archived = request.args.get(ARCHIVED) == "1"
        self.asked = request.args.get(ARGUMENT, "1")
        self.number = query_arguments.number(self.asked)
        self.endpoint = view.endpoint
        self.page = None
        if self.can["show"]:
            self.page = contacts_tab_rows.tab_rows(
                current_contacts.session,
                customer_pk,
                self.number or 1,
                PAGE_SIZE,
                archived=self.archived,
                columns=_COLUMNS,
            )

    @property
    def total(self) -> int | None:
        """How many contacts the customer has, for the badge; None for who may not know.

        Archived ones are not counted, whichever of the two lists is open.
        """
        if self.page is None:
            return None
        return self.page.others if self.archived else self.page.total

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
        with_login = [one for one in self.page.items if one.login_id is not None]
        invitations = invitation_states.invitations_in_brief(current_contacts.session, with_login)
        return render(
            "flask_contacts/admin/contacts_tab.html",
            in_our_page=self.in_our_page,
            page=self.page,
            asked=self.asked if self.no_such_page else None,
            pages=-(-self.page.total // PAGE_SIZE),
            page_url=self.page_url,
            archived=self.archived,
            others=self.page.others,
            others_url=profile_url(self.customer_pk, archived=not self.archived),
            can=self.can,
            customer_pk=self.customer_pk,
            endpoint=self.endpoint,
            permission_labels=_permission_labels(),
            invitations=invitations,
            buttons=self._buttons(invitations),
            address=_addresses(self.endpoint, self.customer_pk),
            states=invitation_words.labels(),
            badges=invitation_words.BADGES,
            in_words=invitation_words.in_words,
            format_datetime=moment_elements(),
        )

    def _buttons(self, invitations: dict[int, Invitation]) -> Callable[[Listed], Markup]:
        """What writes the buttons of a row."""
        write = row_buttons.RowButtons(self.endpoint, self.customer_pk, self.can)

        def buttons(contact: Listed) -> Markup:
            invitation = invitations.get(contact.id)
            alike = row_buttons.Alike(
                self.archived,
                contact.active,
                contact.is_primary,
                contact.anonymised_at is not None,
                contact.login_id is not None,
                invitation is not None and invitation.asked_at is not None,
            )
            return write(contact, alike)

        return buttons

    def page_url(self, number: int) -> str:
        """The customer's page, opened at a page of this list."""
        return profile_url(self.customer_pk, archived=self.archived, more={ARGUMENT: number})


def _addresses(endpoint: str, customer_pk: Any) -> Callable[[str, Listed], str]:
    """The address of an action on a contact, each asked for once and not for every row."""
    known: dict[str, list[str]] = {}

    def address(action: str, contact: Listed) -> str:
        if action not in known:
            url = url_for(f"{endpoint}.{action}", customer_pk=customer_pk, pk=_PK)
            known[action] = url.rsplit(str(_PK), 1)
        return str(contact.id).join(known[action])

    return address


def _permission_labels() -> Callable[[Listed], list[str]]:
    """The labels of what a contact may open, in the form's order."""
    modules = current_contacts.registry.modules
    made_of = ("module labels", *modules)
    labels = kept_part(made_of, lambda: [(one.name, str(one.label)) for one in modules.values()])

    def labels_of(contact: Listed) -> list[str]:
        return [label for name, label in labels if name in contact.held]

    return labels_of
