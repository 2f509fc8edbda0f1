"""Finding a customer by what was typed, among those that this staff member may see."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Sequence
from typing import Any

from sqlalchemy import inspect

from ...models import Customer
from ...models.binding import bound_customer
from ...models.letter_case import equals
from ...models.search_keys import COMPANY_LENGTH, folded
from ...state import current_contacts
from ..exact_fits import exact_fits, holds, is_called, is_text
from .sight import customer_key, find_visible, key_attribute, visible_customers

#: At most so many customers are offered while typing.
MOST = 50
_LONGEST = 300
_NUMBERED = re.compile(r"(?s)(.*) \(#(.+)\)")


def offered_customers(but: Any, text: str = "") -> list[str]:
    """Names to choose from: those that hold ``text``, else the first.

    Those that are called so come first. The customer with the key ``but`` is not among them.
    """
    if text:
        return labels_of(_called_first(text, but))
    if bound_customer() is not None:  # what a host's own are called, only it knows
        return labels_of(customers_holding("", but))
    rows = _holding("", but).with_entities(Customer.company, key_attribute())
    return _told_apart([(company, key, True) for company, key in rows])


def customers_holding(text: str, but: Any = None) -> list[Any]:
    """The visible customers whose texts hold ``text``, by name and at most :data:`MOST`."""
    return list(_holding(text, but)) if _can_be_searched(text) else []


def _called_first(text: str, but: Any) -> list[Any]:
    """The same, but those that are called so come first."""
    found = customers_holding(text, but)
    firsts = [customer for customer in found if is_called(customer, text)]
    if len(found) == MOST:  # others that are called so may lie behind them
        firsts = [*_called(text, but), *firsts]
    return list({customer_key(one): one for one in (*firsts, *found)}.values())[:MOST]


def _holding(text: str, but: Any) -> Any:
    names, query = _text_columns(), visible_customers().filter(key_attribute() != but)
    if text and names:
        held = holds(names, text)
        if bound_customer() is None and folded(text):
            held |= Customer.company_key.contains(folded(text), autoescape=True)
        query = query.filter(held)
    return query.order_by(*(names or [key_attribute()])[:1]).limit(MOST)


def _called(text: str, but: Any = None) -> list[Any]:
    """The visible customers of that name, in whatever case: the bundled ones by their key."""
    query = visible_customers().filter(key_attribute() != but)
    if bound_customer() is None:
        places = [Customer.company_key == folded(text)[:COMPANY_LENGTH]]
    else:
        names = name_columns()
        keys = [one for one in _text_columns() if one.key == key_attribute().key]
        places = [equals(one, text) for one in (*names, *keys)]
    return exact_fits(query, places, text, key_attribute(), MOST)


def label_of(customer: Any) -> str:
    """A customer as it is offered: its name, and its key where others that the reader sees are
    called so. Asks the database; :func:`labels_of` names several without."""
    key, name = customer_key(customer), str(customer)
    is_found = [customer_key(one) for one in _called(name)] == [key]
    return _told_apart([(name, key, is_found)])[0]


def labels_of(customers: Iterable[Any]) -> list[str]:
    """Customers as they are offered together."""
    return _told_apart([(str(one), customer_key(one), _is_found(one)) for one in customers])


def is_label_of(customer: Any, text: str) -> bool:
    """Whether a text is how this customer was written into a form, with or without its key."""
    return text in {str(customer).strip(), f"{customer} (#{customer_key(customer)})"}


def _told_apart(found: Sequence[tuple[str, Any, bool]]) -> list[str]:
    """Names, with the keys of those that a name alone would not find: two that are called so,
    and what looks like something else. Each has its key, and whether it is found by its name."""
    counts = Counter(folded(name) for name, _key, _is in found)
    return [
        name if is_found and counts[folded(name)] == 1 and _is_plain(name) else f"{name} (#{key})"
        for name, key, is_found in found
    ]


def _is_found(customer: Any) -> bool:
    """Whether a column holds the name: a host may make it of several."""
    name = str(customer)
    texts = (getattr(customer, one.key) for one in _text_columns())
    return bound_customer() is None or any(text == name for text in texts)


def _is_plain(name: str) -> bool:
    is_one_line = name == " ".join(name.split()) and bool(folded(name))
    return is_one_line and not name.startswith("#") and _NUMBERED.fullmatch(name) is None


def typed_customer(text: str) -> Any:
    """The one visible customer that was typed, or None: hidden is the same as unknown.

    ``Acme (#12)``, or a name that only one visible customer has; neither case nor accents
    count in it.
    """
    text = text.strip()
    if not text or not _can_be_searched(text):
        return None
    numbered = _NUMBERED.fullmatch(text)
    if numbered is not None:
        customer = find_visible(numbered[2])
        if customer is not None and str(customer).split() == numbered[1].split():
            return customer
    found = _called(text)
    return found[0] if len(found) == 1 else None


def _can_be_searched(text: str) -> bool:
    return len(text) <= _LONGEST and "\x00" not in text


def name_columns() -> list[Any]:
    """The text columns of the customers' list without the key: the first is the name."""
    return [one for one in _text_columns() if one.key != key_attribute().key]


def _text_columns() -> list[Any]:
    """The text columns of the customers' list: what staff know them by."""
    view = current_contacts.customer_view
    model = view.datamodel.obj
    columns = inspect(model).column_attrs
    return [
        getattr(model, name)
        for name in view.list_columns
        if name in columns and is_text(columns[name])
    ]
