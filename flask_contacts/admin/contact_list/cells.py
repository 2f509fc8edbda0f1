"""The rows of CRM → Customer contacts as a template shows them.

Made at once for a page: labels are translated and routes are asked for their addresses once,
not for each cell, which is where most of the time of such a page goes; and written here, because
a template takes several times as long.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from html import escape
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from flask import current_app, url_for
from markupsafe import Markup

from ...i18n import _
from ...services.invitations.states import STATES, invite_states
from ...state import current_contacts
from ..breakable import breakable_html, mail_to
from ..contacts.addresses import list_as_it_is
from ..customers.contacts_tab import ContactsTab
from ..customers.sight import profile_url
from ..invitations.words import BADGES
from ..kept_parts import kept_part
from ..moments import day_in_words
from ..safe_view import allowed
from ..staff_names import staff_by_id
from .chips import language_name
from .columns import labels
from .further_cells import READERS

if TYPE_CHECKING:
    from ...models import Contact
    from ..safe_view import SafeView
    from .columns import Choice

    Url = Callable[[Contact], str | None]
    Maker = Callable[[Contact], str]

#: Stand for keys while an address is made that all rows share.
_KEY, _PK = "its-key", 2147483647


@dataclass(frozen=True)
class _Words:
    """The words of every row, as HTML."""

    name: str
    select: str
    primary: str
    inactive: str
    archived: str


def rows(view: SafeView, choice: Choice, contacts: Sequence[Any], *, can_choose: bool) -> Markup:
    """The rows of a page, with the columns chosen, as HTML; with a box to tick where something
    can be done with those that are chosen."""
    if not contacts:
        return Markup()
    url, makers, words = contact_urls(view), _makers(choice, contacts), _words()
    made = [
        _row(one, url(one), words, [make(one) for make in makers], can_choose=can_choose)
        for one in contacts
    ]
    return Markup("\n".join(made))  # noqa: S704  each was escaped as it was written


def _words() -> _Words:
    return kept_part(
        "row_words",
        lambda: _Words(
            *(
                escape(str(one))
                for one in (_("Name"), _("Select"), _("Primary"), _("Inactive"), _("Archived"))
            )
        ),
    )


def _row(
    contact: Any, url: str | None, words: _Words, cells: list[str], *, can_choose: bool
) -> str:
    """A row; ``url`` is None where the contact's page is closed to the reader."""
    name = escape(contact.name)
    look = "" if contact.active else ' class="contacts-inactive"'
    tick = (
        '<td class="contacts-tick"><input type="checkbox" name="contact" '
        f'value="{contact.id}" aria-label="{words.select} {name}"></td>'
        if can_choose
        else ""
    )
    link = f"<strong>{name}</strong>"
    if url:
        link = f'<a href="{escape(url)}">{link}</a>'
    if contact.primary_of is not None:
        link += f' <span class="label label-primary">{words.primary}</span>'
    if contact.archived_at or not contact.active:
        away = words.archived if contact.archived_at else words.inactive
        link += f' <span class="label label-default">{away}</span>'
    named = f'<td data-label="{words.name}"><span>{link}</span></td>'
    return f"<tr{look}>{tick}{named}{''.join(cells)}</tr>"


def _blank(label: str) -> str:
    """The cell of a contact that has nothing there."""
    return f'<td data-label="{label}" class="contacts-blank"></td>'


def _around(label: str, style: str = "") -> tuple[str, str]:
    """What stands before and after the HTML of a cell, in a class of ours or none."""
    look = f' class="{style}"' if style else ""
    return f'<td data-label="{label}"><span><span{look}>', "</span></span></td>"


def _around_link(label: str, style: str = "") -> tuple[str, str, str]:
    """The same of a link: before its address, between that and its HTML, and after."""
    look = f' class="{style}"' if style else ""
    return f'<td data-label="{label}"><span><a href="', f'"{look}>', "</a></span></td>"


def contact_urls(view: SafeView) -> Url:
    """The address of a contact's page, by contact; None where it is closed to the reader."""
    if f"{view.endpoint}.show" in current_app.view_functions:
        if not allowed(view, "show"):
            return lambda contact: None
        address = url_for(f"{view.endpoint}.show", pk=_PK, list=list_as_it_is())
        before, _pk, after = address.partition(str(_PK))
        return lambda contact: f"{before}{contact.id}{after}"
    return _tab_url if allowed(view, "edit") else lambda contact: None


def _tab_url(contact: Contact) -> str | None:
    if contact.customer_id is None:
        return None
    endpoint = f"{ContactsTab.__name__}.edit"
    return url_for(endpoint, customer_pk=contact.customer_id, pk=contact.id)


def _makers(choice: Choice, contacts: Sequence[Contact]) -> list[Maker]:
    known = labels()
    return [_MAKERS[one.name](escape(known[one.name]), contacts) for one in choice.columns]


def _company(label: str, _contacts: Iterable[Contact]) -> Maker:
    before, after = map(escape, profile_url(_KEY).split(_KEY))
    blank, (start, between, end) = _blank(label), _around_link(label)
    start, between = start + before, after + between

    def make(contact: Contact) -> str:
        if contact.customer is None or not (name := str(contact.customer)):
            return blank
        customer = contact.customer_id
        key = str(customer) if isinstance(customer, int) else quote(str(customer), safe="")
        return f"{start}{key}{between}{escape(name)}{end}"

    return make


def _email(label: str, _contacts: Iterable[Contact]) -> Maker:
    blank, (start, between, end) = _blank(label), _around_link(label, "contacts-email")

    def make(contact: Contact) -> str:
        email = contact.email
        if not email:
            return blank
        return f"{start}{escape(mail_to(email))}{between}{breakable_html(email)}{end}"

    return make


def _phone(label: str, _contacts: Iterable[Contact]) -> Maker:
    blank, (before, after) = _blank(label), _around(label, "contacts-nowrap")
    start, between, end = _around_link(label, "contacts-nowrap")

    def make(contact: Contact) -> str:
        number = contact.phone or contact.mobile_phone
        if not number:
            return blank
        abroad = number.replace("(0)", "") if number.startswith("+") else number
        dialled = "".join([char for char in abroad if char in "+0123456789"])
        if not dialled:
            return f"{before}{escape(number)}{after}"
        return f"{start}tel:{dialled}{between}{escape(number)}{end}"

    return make


def _invitation(label: str, contacts: Sequence[Contact]) -> Maker:
    found = invite_states(current_contacts.session, contacts)
    cells = kept_part("state_cells", lambda: {name: _state(name, label) for name in STATES})
    return lambda contact: cells[found[contact.id]]


def _state(name: str, label: str) -> str:
    badge = f"label label-{BADGES[name]} contacts-invitation"
    before, after = _around(label, "text-muted" if name == "no_login" else badge)
    return f"{before}{escape(str(STATES[name]))}{after}"


def _manager(label: str, contacts: Iterable[Contact]) -> Maker:
    ids = [one.account_manager_id for one in contacts]
    names = staff_by_id(one for one in ids if one is not None)

    def manager(contact: Contact) -> str:
        found = contact.account_manager_id
        return names[found].name if found is not None else ""

    return _text(manager)(label, contacts)  # type: ignore[no-any-return]


def _text(read: Callable[[Contact], Any], style: str = "") -> Any:
    """What makes the cells of a column out of the contact alone."""

    def maker(label: str, _contacts: Iterable[Contact]) -> Maker:
        blank, (before, after) = _blank(label), _around(label, style)

        def make(contact: Contact) -> str:
            text = read(contact)
            if not text:
                return blank
            return f"{before}{text if isinstance(text, Markup) else escape(str(text))}{after}"

        return make

    return maker


def _further(name: str) -> Any:
    reader, style = READERS[name]

    def maker(label: str, contacts: Sequence[Contact]) -> Maker:
        return _text(reader(contacts), style)(label, contacts)  # type: ignore[no-any-return]

    return maker


_MAKERS: dict[str, Callable[[str, Sequence[Contact]], Maker]] = {
    "company": _company,
    "position": _text(lambda contact: contact.position, "contacts-whole"),
    "email": _email,
    "phone": _phone,
    "state": _invitation,
    "created": _text(lambda contact: day_in_words(contact.created_at), "contacts-nowrap"),
    "manager": _manager,
    "language": _text(lambda contact: contact.language and language_name(contact.language)),
    **{name: _further(name) for name in READERS},
}
