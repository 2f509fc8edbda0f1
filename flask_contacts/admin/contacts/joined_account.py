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
    return _account_of(contact, _key(typed))


def account_of_edited(contact: Contact, typed: str | None) -> JoinedAccount | None:
    """The same where a contact who signs in is given another address; None as long as it signs
    in with the one that is typed."""
    if contact.login is None or (key := _key(typed)) == contact.login.email_key:
        return None
    return _account_of(contact, key)


def piece(account: JoinedAccount | None) -> str:
    """What is told of it while one types, as a piece of a page."""
    return render("flask_contacts/admin/joined_account.html", account=account)


def edited_piece(contact: Contact) -> str:
    """The same of :func:`account_of_edited`."""
    return piece(account_of_edited(contact, request.args.get("email")))


def _key(typed: str | None) -> str | None:
    try:
        return canonical_email((typed or "")[: _LONGEST + 1]).key
    except InvalidInput:
        return None


def _account_of(contact: Contact, email_key: str | None) -> JoinedAccount | None:
    if email_key is None:
        return None
    session, visible = current_contacts.session, visible_in_list()
    found = account_contacts.contacts_of(session, contact, email_key, visible)
    if not found.first:
        return None
    may_show, has_company = holds_now("can_show", CONTACTS), contact.customer_id is not None
    return JoinedAccount(
        [_holder(one, may_show) for one in found.first],
        found.in_all - len(found.first),
        _refusal(has_company) if found.is_taken else None,
        has_company,
    )


def _refusal(has_company: bool) -> str:
    """As the service says it when the form is sent."""
    if has_company:
        return _("Another contact of this customer has this address.")
    return _("Another contact without a company has this address.")


def _holder(contact: Contact, may_show: bool) -> Holder:
    company = str(contact.customer) if contact.customer is not None else _("No company yet")
    url = url_for("CustomerContactsView.show", pk=contact.id) if may_show else None
    return Holder(contact.name, company, url)
