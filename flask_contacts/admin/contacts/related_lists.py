"""The lists under a contact's page: its companies, and what the host registered (S6)."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from flask import abort, request, url_for

from ...models.related import RelatedRecords
from ...record_keys import typed_key
from ...services.agent import related_records as records
from ...state import current_contacts
from ..held_permissions import holds_now
from ..safe_view import allowed
from . import person_companies
from .related_cells import in_words
from .related_offers import key_of_record, offered, registered_view, shown
from .related_panel import Panel, Row

if TYPE_CHECKING:
    from ...models import Contact
    from ..safe_view import SafeView


def panels(view: SafeView, contact: Contact) -> list[Panel]:
    """All lists that this staff member may see, each a page of 25."""
    registered = current_contacts.registry.related_lists.values()
    return [
        *(_panel(view, contact, one) for one in registered if may_see(one)),
        person_companies.panel(view, contact),
    ]


def find(name: str) -> RelatedRecords:
    """The registered list of that name; 404 for another, and one that is not theirs to see."""
    related = current_contacts.registry.related_lists.get(name)
    if related is None or not may_see(related):
        abort(404)
    return related


def may_see(related: RelatedRecords) -> bool:
    """Whether this staff member may list the records in the host's own view of them."""
    return related.view is None or _allows(registered_view(related.view), "can_list")


def typed_key_of(related: RelatedRecords, contact: Contact, text: str) -> Any:
    """The key that a form posts, in its column's type, or None."""
    return typed_key(text, records.key_of(records.model_of(related, contact)).type)


def linked_record(related: RelatedRecords, contact: Contact, key: Any) -> Any:
    """The record of that key if it is in the list and theirs to see, or None."""
    return None if key is None else records.linked(related, contact, shown(related, contact), key)


def _panel(view: SafeView, contact: Contact, related: RelatedRecords) -> Panel:
    after = _after(related, contact)
    page = records.related_page(
        current_contacts.session, related, contact, shown(related, contact), after
    )
    here: dict[str, Any] = {
        "pk": contact.id,
        "_anchor": f"list-{related.name}",
        "list": request.args.get("list"),
    }
    page_of = f"{view.endpoint}.show"
    panel = Panel(
        related.name,
        related.label,
        list(related.columns.values()),
        list(_rows(related, page.rows)),
        page.total,
    )
    if page.after is not None:
        panel.next_url = url_for(page_of, **here, **{_argument(related): page.after})
    if after is not None:
        panel.first_url = url_for(page_of, **here)
    if contact.archived_at is None and allowed(view, "link"):
        _add_ways(view, panel, contact, related)
    return panel


def _add_ways(view: SafeView, panel: Panel, contact: Contact, related: RelatedRecords) -> None:
    address: dict[str, Any] = {
        "pk": contact.id,
        "name": related.name,
        "list": request.args.get("list"),
    }
    if related.link is not None:
        # A refusal shows the page again, and the browser keeps the place.
        place = f"list-{related.name}"
        panel.link_url = url_for(f"{view.endpoint}.link", _anchor=place, **address)
        panel.offers_url = url_for(f"{view.endpoint}.linkable", pk=contact.id, name=related.name)
        panel.offered = offered(related, contact, "")
    if related.unlink is not None:
        panel.unlink_url = url_for(f"{view.endpoint}.unlink", **address)


def _rows(related: RelatedRecords, found: list[Any]) -> Iterator[Row]:
    host_view = None if related.view is None else registered_view(related.view)
    formatters = getattr(host_view, "formatters_columns", None) or {}
    page_of = None
    if found and host_view is not None and _allows(host_view, "can_show"):
        page_of = f"{host_view.endpoint}.show"
    for record in found:
        key = key_of_record(record)
        url = None if page_of is None else url_for(page_of, pk=key)
        cells = [in_words(record, name, formatters) for name in related.columns]
        yield Row(cells, url, key, str(record))


def _after(related: RelatedRecords, contact: Contact) -> Any:
    typed = request.args.get(_argument(related))
    if typed is None:
        return None
    key = typed_key_of(related, contact, typed)
    if key is None:
        abort(404)
    return key


def _argument(related: RelatedRecords) -> str:
    return f"{related.name}_after"


def _allows(host_view: Any, permission: str) -> bool:
    name = host_view.class_permission_name
    return holds_now(permission, name)
