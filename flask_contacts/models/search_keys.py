"""How a name is written to be found and put in order: the same on every database.

Lower case, without accents, so that ``Muller`` finds ``Müller``: PostgreSQL minds both, SQLite
knows the case of ASCII alone, MariaDB goes by its collation. So the text is folded once, when
a row is written, into columns that compare byte by byte; what is searched for is folded too.

The columns have a default, which also a bulk insert gets. An object that is changed is folded
when it is flushed; who writes names by an UPDATE of his own adds the columns by
:func:`contact_keys`.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Collection, Mapping
from typing import Any

from sqlalchemy import event, inspect

from .search_tokens import beginnings

#: Characters of a folded name, of an address, and of all that can be searched for.
NAME_LENGTH = 100
EMAIL_LENGTH = 254
COMPANY_LENGTH = 191
TEXT_LENGTH = 1000
_SPACES = re.compile(r"\s+")
_NO_DIGITS = re.compile(r"[^0-9]+")
#: Letters with a stroke, which Unicode does not take apart.
_STROKES = str.maketrans("øđłħıŧ", "odlhit")
#: What is found by words, and as much of each as its own key has; those that can begin with a
#: word come first, and are never cut in :data:`TEXT_LENGTH`.
_WORDS = {
    "lastname": NAME_LENGTH,
    "firstname": NAME_LENGTH,
    "middle_name": NAME_LENGTH,
    "email": EMAIL_LENGTH,
    "email2": EMAIL_LENGTH,
}
_PHONES = ("phone", "mobile_phone", "mobile_phone2")
_NUMBERS = ("phone_e164", "mobile_phone_e164", "mobile_phone2_e164")
#: The columns that a contact's keys are made of.
SOURCES = (*_WORDS, *_PHONES, *_NUMBERS)


def folded(text: str | None) -> str:
    """``text`` in lower case and without accents, with single spaces."""
    if not text or text.isascii():
        return " ".join((text or "").replace("\x00", "").lower().split())
    decomposed = unicodedata.normalize("NFKD", text)
    plain = "".join(char for char in decomposed if not unicodedata.combining(char))
    lower = unicodedata.normalize("NFKC", plain.casefold()).translate(_STROKES)
    return _SPACES.sub(" ", lower.replace("\x00", "")).strip()


def digits_of(text: str | None) -> str:
    """The digits of a phone number, without the zeros that it begins with."""
    return _NO_DIGITS.sub("", text).lstrip("0") if text else ""


def contact_keys(values: Mapping[str, Any]) -> dict[str, str]:
    """The key columns of a contact with these columns."""
    return {name: make(values) for name, make in _MAKERS.items()}


def _search_text(values: Mapping[str, Any]) -> str:
    words = [folded(values.get(name))[:most] for name, most in _WORDS.items()]
    numbers = [digits_of(values.get(name)) for name in (*_PHONES, *_NUMBERS)]
    *first, last = words
    every = (*first, *beginnings(first), last, *beginnings([last]), *numbers)
    return " ".join(dict.fromkeys(one for one in every if one))[:TEXT_LENGTH]


_MAKERS: dict[str, Callable[[Mapping[str, Any]], str]] = {
    "lastname_key": lambda values: folded(values.get("lastname"))[:NAME_LENGTH],
    "firstname_key": lambda values: folded(values.get("firstname"))[:NAME_LENGTH],
    "email_search": lambda values: folded(values.get("email"))[:EMAIL_LENGTH],
    "email2_search": lambda values: folded(values.get("email2"))[:EMAIL_LENGTH],
    "search_text": _search_text,
}


#: The columns that hold a contact's keys.
CONTACT_KEYS = frozenset(_MAKERS)


def default_of(name: str) -> Callable[[Any], str]:
    """The default of a key column of a contact: made of what is inserted beside it."""
    make = _MAKERS[name]
    return lambda context: make(context.get_current_parameters()) if context else ""


def company_default(context: Any) -> str:
    """The default of a bundled customer's key."""
    return (
        folded(context.get_current_parameters().get("company"))[:COMPANY_LENGTH] if context else ""
    )


def keep_contact_keys(contact: type) -> None:
    """Fold a contact anew whenever it is flushed with another name, address or number."""

    @event.listens_for(contact, "before_update")
    def fold(_mapper: Any, _connection: Any, row: Any) -> None:
        if _is_changed(row, SOURCES):
            for name, key in contact_keys({one: getattr(row, one) for one in SOURCES}).items():
                setattr(row, name, key)


def keep_company_key(customer: type) -> None:
    """The same for a bundled customer."""

    @event.listens_for(customer, "before_update")
    def fold(_mapper: Any, _connection: Any, row: Any) -> None:
        if _is_changed(row, ("company",)):
            row.company_key = folded(row.company)[:COMPANY_LENGTH]


def _is_changed(row: Any, names: Collection[str]) -> bool:
    state = inspect(row)
    return any(state.attrs[name].history.has_changes() for name in names)
