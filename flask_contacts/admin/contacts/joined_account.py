"""Whose account a contact joins by the address in a form: Generate login, or Edit (C6, C7)."""

from __future__ import annotations

from typing import NamedTuple

from flask import request, url_for

from ...email_address import canonical_email
from ...errors import InvalidInput
from ...i18n import _
from ...models import Contact
from ...services.invitations import account_contacts
from ...state import current_contacts
from ..contact_visibility import visible_in_list
from ..held_permissions import holds_now
from ..page_words import render
from .permissions import CONTACTS

_LONGEST = 254


class Holder(NamedTuple):
    """Somebody whose account it is; ``url`` is None where the page is closed."""

    name: str
    company: str
    url: str | None


class JoinedAccount(NamedTuple):
    """Who of those that the staff member may see is named, and how many are not.

    ``refusal`` says why the contact cannot have the address; ``is_told``: the person is mailed
    that a company was added.
    """

    holders: list[Holder]
    others: int
    refusal: str | None
    is_told: bool


def joined_account(contact: Contact, typed: str | None) -> JoinedAccount | None:
    """The account of what is typed; None where it is none, or none that one may know of."""
    try:
        address = canonical_email((typed or "")[: _LONGEST + 1])
    except InvalidInput:
        return None
    session, visible = current_contacts.session, visible_in_list()
    found = account_contacts.contacts_of(session, contact, address.key, visible)
    if not found.first:
        return None
    may_show, has_company = holds_now("can_show", CONTACTS), contact.customer_id is not None
    return JoinedAccount(
        [_holder(one, may_show) for one in found.first],
        found.in_all - len(found.first),
        _refusal(has_company) if found.is_taken else None,
        has_company,
    )


def account_of_edited(contact: Contact, typed: str | None) -> JoinedAccount | None:
    """The same where a contact who signs in is given another address; None as long as it signs
    in with the one that is typed."""
    if contact.login is None or (typed or "").strip().casefold() == contact.login.email_key:
        return None
    return joined_account(contact, typed)


def piece(contact: Contact) -> str:
    """What is told of it while one types another address into Edit, as a piece of a page."""
    account = account_of_edited(contact, request.args.get("email"))
    return render("flask_contacts/admin/joined_account.html", account=account)


def _refusal(has_company: bool) -> str:
    """As the service says it when the form is sent."""
    if has_company:
        return _("Another contact of this customer has this address.")
    return _("Another contact without a company has this address.")


def _holder(contact: Contact, may_show: bool) -> Holder:
    company = str(contact.customer) if contact.customer is not None else _("No company yet")
    url = url_for("CustomerContactsView.show", pk=contact.id) if may_show else None
    return Holder(contact.name, company, url)
