"""What the address of CRM → Customer contacts asks for.

Everything that narrows the list stands in the address, so that it can be kept as a bookmark
and sent to a colleague. What it asks for and cannot be is left out, and the page says so.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from functools import cached_property
from typing import Any, NoReturn
from urllib.parse import quote, urlencode

from flask import current_app, request

from ...i18n import _, available_languages
from ...services.agent.filters import STATES, Filters
from ...services.agent.orders import ORDERS
from ...services.agent.question import SIZES, ListQuery
from ...services.agent.search_words import LONGEST
from ...services.invitations.states import STATES as INVITATIONS
from ...services.quality.problems import PROBLEMS
from ...services.staff.users import staff_id
from ...state import current_contacts
from ..current_staff import current_staff_id
from ..customers.search import offered_customers, typed_customer
from ..customers.sight import customer_key, find_visible
from ..look_up import MOST, Candidate, labels, offered
from ..staff_names import staff_candidates

#: The account manager who reads the page.
ME = "me"
#: The inputs of the filters' form, in its order.
FILTERS = (
    "state", "company", "primary", "login", "permission", "topic", "manager", "language",
    "created_from", "created_until", "signed_in_from", "signed_in_until", "mails", "address",
    "quality",
)  # fmt: skip
_REST = ("q", "order", "direction", "size", "after", "before")
_CONTROL = re.compile(r"[\x00-\x1f\x7f]+")
_BY_KEY = re.compile(r"#(\S+)")
_YES_NO = {"yes": True, "no": False}


Read = Callable[["_Reader", str], Mapping[str, Any]]


@dataclass(frozen=True)
class ListArguments:
    """``values`` is what was understood, by argument and as it was typed; ``problems`` maps
    the others to what is wrong with them, ``candidates`` to what they may mean. ``company`` is
    the customer that was meant."""

    query: ListQuery
    values: Mapping[str, str]
    problems: Mapping[str, str] = field(default_factory=dict)
    company: Any = None
    candidates: Mapping[str, Sequence[Candidate]] = field(default_factory=dict)

    def url(self, path: str | None = None, **changes: str | None) -> str:
        """The list's address, or another that takes the same, from its first page.

        An argument that is changed to None is left out.
        """
        wanted = {**self.values, "after": None, "before": None, **changes}
        query = urlencode({name: value for name, value in wanted.items() if value})
        path = self._here if path is None else path
        return f"{path}?{query}" if query else path

    @cached_property
    def _here(self) -> str:
        return quote(request.script_root + request.path)

    def order_url(self, order: str) -> str:
        """The address ordered by something, the other way round if it is already."""
        is_same = self.query.order == order and not self.query.descending
        return self.url(order=order, direction="desc" if is_same else None)


def read_arguments(default_size: int) -> ListArguments:
    """The arguments of this request."""
    return _Reader(default_size).read()


class _Reader:
    """Reads one request; what is not understood goes to ``problems``."""

    def __init__(self, default_size: int) -> None:
        self.size = default_size
        self.values: dict[str, str] = {}
        self.problems: dict[str, str] = {}
        self.found: dict[str, Any] = {}
        self.company: Any = None
        self.candidates: dict[str, Sequence[Candidate]] = {}

    def read(self) -> ListArguments:
        given = request.values
        typed = {
            name: _CONTROL.sub(" ", given[name]).strip() if name in given else ""
            for name in (*FILTERS, *_REST)
        }
        for name in FILTERS:
            if typed[name]:
                self._keep(name, typed[name][:LONGEST], _READERS[name])
        for name in ("created", "signed_in"):
            self._end_after_beginning(name)
        query = self._query(typed)
        return ListArguments(query, self.values, self.problems, self.company, self.candidates)

    def _keep(self, name: str, text: str, read: Read) -> None:
        try:
            self.found.update(read(self, text))
        except (ValueError, KeyError) as error:
            is_told = isinstance(error, _Wrong)
            self.problems[name] = str(error) if is_told else _("This is not one of the choices.")
        else:
            self.values[name] = text

    def _end_after_beginning(self, name: str) -> None:
        first, last = self.found.get(f"{name}_from"), self.found.get(f"{name}_until")
        if first is not None and last is not None and last < first:
            del self.found[f"{name}_until"], self.values[f"{name}_until"]
            self.problems[f"{name}_until"] = _("This is before the first day. Choose a later one.")

    def _refuse(self, name: str, found: Sequence[Candidate], unknown: Any) -> NoReturn:
        """Offer what may be meant, with a message that fits."""
        self.candidates[name], message = offered(found, unknown)
        raise _Wrong(str(message))

    def _query(self, typed: Mapping[str, str]) -> ListQuery:
        search = typed["q"][:LONGEST]
        size = int(typed["size"]) if typed["size"] in map(str, SIZES) else self.size
        order = typed["order"] if typed["order"] in ORDERS else None
        falls = order is not None and typed["direction"] == "desc"
        cursor = typed["after"] or typed["before"] or None
        self.values |= {
            "q": search,
            "order": order or "",
            "direction": "desc" if falls else "",
            "size": typed["size"] if typed["size"] == str(size) else "",
        }
        return ListQuery(
            search, Filters(**self.found), order, falls, cursor,
            backwards=bool(typed["before"] and not typed["after"]), size=size,
        )  # fmt: skip

    def state(self, text: str) -> Mapping[str, Any]:
        if text not in STATES:
            raise ValueError(text)
        return {"state": text}

    def named_company(self, text: str) -> Mapping[str, Any]:
        by_key = _BY_KEY.fullmatch(text)
        found = find_visible(by_key[1]) if by_key else typed_customer(text)
        if found is None:
            self._refuse(
                "company",
                labels(offered_customers(None, text)),
                _("There is no such company. Choose one that is offered while you type."),
            )
        self.company = found
        return {"company": customer_key(found)}

    def invitation(self, text: str) -> Mapping[str, Any]:
        if text != "any" and text not in INVITATIONS:
            raise ValueError(text)
        return {"invitation": text}

    def permission(self, text: str) -> Mapping[str, Any]:
        current_contacts.registry.permissions[text]
        return {"permission": text}

    def topic(self, text: str) -> Mapping[str, Any]:
        current_contacts.registry.topics[text]
        return {"topic": text}

    def manager(self, text: str) -> Mapping[str, Any]:
        found = current_staff_id() if text == ME else staff_id(text)
        if found is None:
            unknown = _("There is no staff user of this name.")
            self._refuse("manager", staff_candidates(text, MOST), unknown)
        return {"manager": found}

    def quality(self, text: str) -> Mapping[str, Any]:
        if text not in PROBLEMS:
            raise ValueError(text)
        return {"problem": text}

    def language(self, text: str) -> Mapping[str, Any]:
        if text not in available_languages(current_app):
            raise ValueError(text)
        return {"language": text}


class _Wrong(ValueError):
    """Something that was typed, with words for who typed it."""


def _day(name: str) -> Read:
    def read(_reader: _Reader, text: str) -> Mapping[str, Any]:
        try:
            return {name: date.fromisoformat(text)}
        except ValueError:
            example = "2026-12-31"
            raise _Wrong(_("Enter a date such as %(example)s.", example=example)) from None

    return read


_READERS: dict[str, Read] = {
    "state": _Reader.state,
    "company": _Reader.named_company,
    "primary": lambda _reader, text: {"primary": _YES_NO[text]},
    "login": _Reader.invitation,
    "permission": _Reader.permission,
    "topic": _Reader.topic,
    "manager": _Reader.manager,
    "language": _Reader.language,
    "created_from": _day("created_from"),
    "created_until": _day("created_until"),
    "signed_in_from": _day("signed_in_from"),
    "signed_in_until": _day("signed_in_until"),
    "mails": lambda _reader, text: {"wants_no_mail": not _YES_NO[text]},
    "address": lambda _reader, text: {"has_email": _YES_NO[text]},
    "quality": _Reader.quality,
}
