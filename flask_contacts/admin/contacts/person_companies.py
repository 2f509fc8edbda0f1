"""The related list Companies: the customers where this person is a contact (BEHAVIOUR S6).

One person is one contact at each company. So linking another company opens the form of a new
contact there, filled in, and what parts the person from a company is archiving the contact there.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from flask import request, url_for
from sqlalchemy import false, or_, select
from sqlalchemy.orm import joinedload, lazyload

from ...i18n import _, _l
from ...models import Contact
from ...state import current_contacts
from ..contact_visibility import visible
from ..customers.search import offered_customers
from ..safe_view import allowed
from .related_panel import Panel, Row

if TYPE_CHECKING:
    from ..safe_view import SafeView

NAME = "companies"
_MOST = 100


def panel(view: SafeView, contact: Contact) -> Panel:
    """The list with its ways to link and archive; only companies that one may see."""
    found = _same_person(contact)
    may_edit = allowed(view, "edit") and contact.archived_at is None
    columns = [_l("Company"), _l("Job title"), _l("State")]
    rows = [_row(view, one, contact, may_edit) for one in found]
    panel = Panel(NAME, _l("Companies"), columns, rows, len(rows))
    if contact.archived_at is None:
        _add_link(view, panel, contact, may_edit)
    return panel


def _add_link(view: SafeView, panel: Panel, contact: Contact, may_edit: bool) -> None:
    panel.how, panel.field_name = "get", "company"
    panel.offers_url = url_for(f"{view.endpoint}.companies")
    panel.hidden = {"list": request.args.get("list")}
    if contact.customer_id is None and may_edit:
        panel.link_url = url_for(f"{view.endpoint}.edit", pk=contact.id)
    elif contact.customer_id is not None and allowed(view, "add"):
        panel.link_url = url_for(f"{view.endpoint}.new")
        panel.hidden["person"] = contact.id
    if panel.link_url is not None:
        panel.offered = offered_customers(contact.customer_id)


def _row(view: SafeView, one: Contact, contact: Contact, may_edit: bool) -> Row:
    state = _("Active") if one.active else _("Inactive")
    if one.is_primary:
        state = _("Primary contact")
    itself = one.id == contact.id
    url = None if itself else url_for(f"{view.endpoint}.show", pk=one.id)
    here: dict[str, Any] = {"person": contact.id, "list": request.args.get("list")}
    leave = url_for(f"{view.endpoint}.archive", pk=one.id, **here) if may_edit else None
    cells: list[Any] = [one.customer, one.position or "", state]
    return Row(cells, url, one.id, str(one.customer), leave)


def _same_person(contact: Contact) -> list[Contact]:
    """The contacts with its login or its address, the oldest first; itself among them."""
    alike = [Contact.id == contact.id]
    if contact.login_id is not None:
        alike.append(Contact.login_id == contact.login_id)
    if contact.email_key is not None:
        alike.append(Contact.email_key == contact.email_key)
    query = (
        select(Contact)
        .where(or_(false(), *alike), Contact.customer_id.is_not(None), visible())
        .where(Contact.archived_at.is_(None))
        .limit(_MOST)
        .options(joinedload(Contact.customer), lazyload(Contact.permissions))
    )
    return sorted(current_contacts.session.scalars(query), key=lambda one: one.id)
