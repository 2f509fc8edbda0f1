"""Finding a customer by what was typed, among those that this staff member may see."""

from __future__ import annotations

import re
from typing import Any

from sqlalchemy import String, func, inspect, or_

from ...models import Customer
from ...models.binding import bound_customer
from ...state import current_contacts
from .sight import customer_key, find_visible, key_attribute, visible_customers

#: At most so many customers are offered while typing.
MOST = 50
_LONGEST = 300
_NUMBERED = re.compile(r"(?s)(.*) \(#(.+)\)")


def offered_customers(but: Any, text: str = "") -> list[str]:
    """Names to choose from, each with its key: those that hold ``text``, else the first.

    The customer with the key ``but`` is not among them.
    """
    if bound_customer() is not None:  # what the name of a host's own is made of, only it knows
        return [label_of(customer) for customer in customers_holding(text, but)]
    found = _holding(text, but)
    rows = [] if found is None else found.with_entities(Customer.company, key_attribute())
    return [f"{company} (#{key})" for company, key in rows]


def customers_holding(text: str, but: Any = None) -> list[Any]:
    """The visible customers whose texts hold ``text``, by name and at most :data:`MOST`."""
    found = _holding(text, but)
    return [] if found is None else list(found)


def _holding(text: str, but: Any) -> Any:
    """A query of them; None where nothing can be found."""
    if not _can_be_searched(text):
        return None
    names, query = _text_columns(), visible_customers().filter(key_attribute() != but)
    if text and names:
        query = query.filter(or_(*(one.icontains(text, autoescape=True) for one in names)))
    return query.order_by(*(names or [key_attribute()])[:1]).limit(MOST)


def label_of(customer: Any) -> str:
    """A customer as it is offered: its name, and the key that tells it from others."""
    return f"{customer} (#{customer_key(customer)})"


def typed_customer(text: str) -> Any:
    """The one visible customer that was typed, or None: hidden is the same as unknown.

    ``Acme (#12)`` as it was offered, or a name that only one visible customer has.
    """
    text = text.strip()
    if not text or not _can_be_searched(text):
        return None
    numbered = _NUMBERED.fullmatch(text)
    if numbered is not None:
        customer = find_visible(numbered[2])
        if customer is not None and str(customer) == numbered[1]:
            return customer
    alike = [func.lower(one) == func.lower(text) for one in _text_columns()]
    if not alike:
        return None
    found = [
        customer
        for customer in visible_customers().filter(or_(*alike)).limit(MOST)
        if str(customer).casefold() == text.casefold()
    ]
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
        if name in columns and isinstance(columns[name].columns[0].type, String)
    ]
