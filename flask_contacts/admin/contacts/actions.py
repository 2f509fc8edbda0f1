"""What staff may do with a contact, as the buttons of its page."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from flask import request, url_for

from ...i18n import _
from ...state import current_contacts
from ..customers.contacts_tab import ContactsTab
from ..safe_view import allowed
from .addresses import from_tab

if TYPE_CHECKING:
    from ...models import Contact
    from ..safe_view import SafeView


@dataclass(frozen=True)
class Action:
    """A button; ``is_post``: it does it at once, else a page asks or shows."""

    label: Any
    icon: str
    url: str
    is_post: bool = False


def first_actions(view: SafeView, contact: Contact) -> list[Action]:
    """The buttons that are always in sight."""
    return list(_first(view, contact))


def more_actions(view: SafeView, contact: Contact) -> list[Action]:
    """The entries of the menu beside them."""
    if contact.archived_at is not None:
        return list(_of_archived(view, contact))
    return [*_portal(view, contact), *_states(view, contact)]


def rights_url(view: SafeView, contact: Contact, kind: str) -> str | None:
    """Where its ``permissions`` or ``notifications`` are changed, for who may: in the form of a
    customer's contact, and without a company as for many contacts."""
    key, what = contact.customer_id, "permissions" if kind == "permissions" else "topics"
    if contact.archived_at is not None:
        return None
    if key is not None and allowed(view, "edit"):
        return url_for(
            "ContactsTab.edit", customer_pk=key, pk=contact.id, _anchor=what, **from_tab(kind)
        )
    if key is None and allowed(view, "bulk"):
        return url_for(f"{view.endpoint}.ask_bulk", what=what, contact=contact.id)
    return None


def tab() -> ContactsTab:
    """The registered tab, whose pages are those of a customer's contact."""
    for view in current_contacts.appbuilder.baseviews:
        if isinstance(view, ContactsTab):
            return view
    raise LookupError("the tab is registered by init_app")


def _first(view: SafeView, contact: Contact) -> Iterator[Action]:
    if contact.archived_at is None and allowed(view, "edit"):
        yield _own(view, contact, "edit", _("Edit"), "fa-pencil")
    if contact.active and contact.login_id is None and allowed(view, "generate_login"):
        yield _own(view, contact, "generate_login", _("Generate login"), "fa-key")
    if contact.active and allowed(view, "add_to_marketing_list"):
        yield _own(view, contact, "marketing_list", _("Add to marketing list"), "fa-bullhorn")


def _portal(view: SafeView, contact: Contact) -> Iterator[Action]:
    if contact.customer_id is None:
        return
    key, here = contact.customer_id, from_tab()
    if allowed(view, "show"):
        url = url_for("ContactsTab.access", customer_pk=key, pk=contact.id, **here)
        yield Action(_("Check access"), "fa-stethoscope", url)
    if allowed(view, "view_as") and contact.active:
        url = url_for("ContactsTab.view_as", customer_pk=key, pk=contact.id, **here)
        yield Action(_("See the portal as this contact"), "fa-eye", url)
    if allowed(view, "show"):
        url = url_for("ContactsTab.who_gets_what", customer_pk=key, contact=contact.id, **here)
        yield Action(_("Who gets what"), "fa-envelope-o", url)


def _states(view: SafeView, contact: Contact) -> Iterator[Action]:
    if allowed(view, "edit"):
        has_customer = contact.customer_id is not None
        if contact.active and has_customer and not contact.is_primary:
            yield _own(view, contact, "make_primary", _("Make primary"), "fa-star-o", post=True)
        if has_customer:
            yield _own(view, contact, "move", _("Move to another customer"), "fa-exchange")
        if contact.active:
            yield _own(view, contact, "deactivate", _("Deactivate"), "fa-ban")
        else:
            yield _own(view, contact, "reactivate", _("Reactivate"), "fa-check", post=True)
        yield _own(view, contact, "archive", _("Archive"), "fa-archive")
    if allowed(view, "merge"):
        yield _own(view, contact, "duplicates", _("Find duplicates"), "fa-clone")
    if allowed(view, "delete"):
        yield _own(view, contact, "delete", _("Delete"), "fa-trash-o")


def _of_archived(view: SafeView, contact: Contact) -> Iterator[Action]:
    if contact.anonymised_at is None:
        if allowed(view, "edit"):
            yield _own(view, contact, "restore", _("Restore"), "fa-undo", post=True)
        if allowed(view, "delete"):
            yield _own(view, contact, "anonymise", _("Anonymise"), "fa-user-secret")
    if allowed(view, "delete"):
        yield _own(view, contact, "delete", _("Delete"), "fa-trash-o")


def _own(
    view: SafeView, contact: Contact, method: str, label: Any, icon: str, *, post: bool = False
) -> Action:
    url = url_for(f"{view.endpoint}.{method}", pk=contact.id, list=request.args.get("list"))
    return Action(label, icon, url, post)
