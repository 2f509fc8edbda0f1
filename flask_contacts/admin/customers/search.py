"""Finding a customer by what was typed, among those that this staff member may see."""

from __future__ import annotations

import re
from typing import Any

from sqlalchemy import inspect

from ...models import Customer
from ...models.binding import bound_customer
from ...models.search_keys import COMPANY_LENGTH, folded
from ...state import current_contacts
from ..exact_fits import equals, exact_fits, holds, is_called, is_text
from .sight import customer_key, find_visible, key_attribute, visible_customers

#: At most so many customers are offered while typing.
MOST = 50
_LONGEST = 300
_NUMBERED = re.compile(r"(?s)(.*) \(#(.+)\)")


def offered_customers(but: Any, text: str = "") -> list[str]:
    """Names to choose from, each with its key: those that hold ``text``, else the first.

    Those that are called so come first. The customer with the key ``but`` is not among them.
    """
    if text:
        return [label_of(customer) for customer in _called_first(text, but)]
    if bound_customer() is not None:  # what a host's own are called, only it knows
        return [label_of(customer) for customer in customers_holding("", but)]
    rows = _holding("", but).with_entities(Customer.company, key_attribute())
    return [f"{company} (#{key})" for company, key in rows]


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
    """A customer as it is offered: its name, and the key that tells it from others."""
    return f"{customer} (#{customer_key(customer)})"


def typed_customer(text: str) -> Any:
    """The one visible customer that was typed, or None: hidden is the same as unknown.

    ``Acme (#12)`` as it was offered, or a name that only one visible customer has; neither
    case nor accents count in it.
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
