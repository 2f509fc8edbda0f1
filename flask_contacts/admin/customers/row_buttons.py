"""The buttons of a row of the tab Contacts: written once for all rows that are alike, and filled
in for each.

What differs from row to row and from page to page (who it is, which customer, the token) is not
in what is kept: a mark stands in its place.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, NamedTuple
from urllib.parse import quote

from flask import url_for
from markupsafe import Markup, escape

from ..kept_parts import kept_part, makes_plain_addresses
from ..page_words import render
from ..safe_view import csrf_input

#: What an address may hold as it is, as Werkzeug writes the keys in it.
_SAFE = "!$&'()*+,/:;=@"
#: Marks: of a contact's key and a customer's in addresses, of the contact's name, of the token.
_KEY, _CUSTOMER, _NAME, _TOKEN = "2147483647", "customer-of-this-page", "\ue000", "\ue001"
_MARKS = re.compile(f"({_KEY}|{_CUSTOMER}|{_NAME}|{_TOKEN})")


class Alike(NamedTuple):
    """What the buttons of a row depend on, beside what the reader may do."""

    archived: bool
    active: bool
    is_primary: bool
    anonymised: bool
    has_login: bool
    was_asked: bool


class RowButtons:
    """Writes the buttons of a page's rows; ``can`` is what the reader may do."""

    def __init__(self, endpoint: str, customer_pk: Any, can: Mapping[str, bool]) -> None:
        self._endpoint, self._can = endpoint, dict(can)
        key = escape(quote(str(customer_pk), safe=_SAFE))
        self._shared = {_CUSTOMER: key, _TOKEN: csrf_input()}
        self._known: dict[Alike, list[str]] = {}

    def __call__(self, contact: Any, alike: Alike) -> Markup:
        """The buttons of one contact."""
        pieces = self._known.get(alike)
        if pieces is None:
            pieces = self._known[alike] = self._pieces(alike)
        values = {**self._shared, _KEY: str(contact.id), _NAME: escape(contact.name)}
        filled = list(pieces)
        filled[1::2] = [values[mark] for mark in pieces[1::2]]
        return Markup("".join(filled))  # noqa: S704  written by a template, values escaped

    def _pieces(self, alike: Alike) -> list[str]:
        """What stands between the marks, and each mark."""
        if not makes_plain_addresses():
            return self._written(alike)
        made_of = ("row buttons", self._endpoint, tuple(sorted(self._can.items())), alike)
        return kept_part(made_of, lambda: self._written(alike))

    def _written(self, alike: Alike) -> list[str]:
        html = render(
            "flask_contacts/admin/contacts_tab_buttons.html",
            alike=alike,
            can=self._can,
            address=self._address,
            name=_NAME,
            csrf_input=_TOKEN,
        )
        return _MARKS.split(html)

    def _address(self, action: str) -> str:
        return url_for(f"{self._endpoint}.{action}", customer_pk=_CUSTOMER, pk=int(_KEY))
