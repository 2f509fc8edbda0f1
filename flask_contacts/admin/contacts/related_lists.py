"""The lists under a contact's page: its companies, and what the host registered (S6)."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from flask import abort, request, url_for
from sqlalchemy import Text, inspect

from ...errors import ConfigError
from ...models.related import RelatedRecords
from ...record_keys import typed_key
from ...services.agent import related_records as records
from ...state import current_contacts
from .. import fab
from ..exact_fits import equals, exact_fits, holds, is_called, is_text
from ..held_permissions import holds_now
from ..safe_view import allowed
from . import person_companies
from .related_cells import in_words
from .related_panel import Panel, Row

if TYPE_CHECKING:
    from ...models import Contact
    from ..safe_view import SafeView

#: At most so many records are offered while typing.
MOST = 20
_LONGEST = 300
_MOST_WORDS = 6


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
    return related.view is None or _allows(_registered(related.view), "can_list")


def offered(related: RelatedRecords, contact: Contact, text: str) -> list[str]:
    """Labels of what can be linked and holds ``text``, at most :data:`MOST`."""
    if len(text) > _LONGEST or "\x00" in text:
        return []
    return [label_of(one) for one in _linkable(related, contact, text.strip()).limit(MOST)]


def typed_records(related: RelatedRecords, contact: Contact, text: str) -> list[Any]:
    """The records that may be meant: the one as it was offered, those of that name, or else
    those that hold all words of the text; at most :data:`MOST`."""
    text = text.strip()
    if not text or len(text) > _LONGEST or "\x00" in text:
        return []
    name, mark, number = text.rpartition(" (#")
    key = records.key_of(records.model_of(related, contact))
    if mark and number.endswith(")"):
        value = typed_key(number[:-1], key.type)
        found = None
        if value is not None:
            found = _linkable(related, contact, "").filter(key == value).first()
        return [found] if found is not None and str(found) == name else []
    query = _linkable(related, contact, text)
    some = list(query.limit(MOST))
    fits = [one for one in some if is_called(one, text)]
    if len(some) < MOST or len(fits) > 1:
        return fits or some
    places = [equals(one, text) for one in _names_of(related, contact)]
    sure = exact_fits(query, places, text, key.desc(), MOST)
    found = [*sure, *fits] if sure else [*fits, *some]
    return list({key_of_record(one): one for one in found}.values())[:MOST]


def typed_key_of(related: RelatedRecords, contact: Contact, text: str) -> Any:
    """The key that a form posts, in its column's type, or None."""
    return typed_key(text, records.key_of(records.model_of(related, contact)).type)


def linked_record(related: RelatedRecords, contact: Contact, key: Any) -> Any:
    """The record of that key if it is in the list and theirs to see, or None."""
    return None if key is None else records.linked(related, contact, shown(related, contact), key)


def key_of_record(record: Any) -> Any:
    """The primary key of a record."""
    return inspect(record).identity[0]


def label_of(record: Any) -> str:
    """A record as it is offered: its text, and the key that tells it from others."""
    return f"{record} (#{key_of_record(record)})"


def shown(related: RelatedRecords, contact: Contact) -> Any:
    """A query of the model's rows that this staff member may see."""
    query = current_contacts.session.query(records.model_of(related, contact))
    if related.view is None:
        return query
    return fab.base_filters(_registered(related.view)).apply_all(query)


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
    host_view = None if related.view is None else _registered(related.view)
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


def _linkable(related: RelatedRecords, contact: Contact, text: str) -> Any:
    """What may be linked and holds ``text``: as the host searches, or each word in some text
    column that the view lists or searches."""
    query = shown(related, contact)
    model = records.model_of(related, contact)
    key = records.key_of(model)
    if related.search is not None:
        some = related.search(contact, text).order_by(None).with_only_columns(key)
        return query.filter(key.in_(some)).order_by(key.desc())
    names = _names_of(related, contact)
    for word in text.split()[:_MOST_WORDS] if names else ():
        query = query.filter(holds(names, word))
    return query.order_by(None).order_by(key.desc())


def _names_of(related: RelatedRecords, contact: Contact) -> list[Any]:
    """The text columns that the view lists or searches; without a view the model's short ones."""
    model = records.model_of(related, contact)
    columns = inspect(model).column_attrs
    if related.view is None:
        names = [one.key for one in columns if not isinstance(one.columns[0].type, Text)]
    else:
        view = _registered(related.view)
        names = [*view.list_columns, *(view.search_columns or ())]
    return [
        getattr(model, name)
        for name in dict.fromkeys(names)
        if name in columns and is_text(columns[name])
    ]


def _registered(view: Any) -> Any:
    """The instance that the host added to its admin; the class itself has no filters."""
    found = [one for one in current_contacts.appbuilder.baseviews if type(one) is view]
    if not found:
        raise ConfigError(
            "contacts.C113",
            f"{view.__name__} is not registered.",
            "Call appbuilder.add_view(...) for the view of a related list.",
        )
    return found[0]


def _allows(host_view: Any, permission: str) -> bool:
    name = host_view.class_permission_name
    return holds_now(permission, name)
