"""Which column of a file is which field of a contact: guessed by its name, corrected by staff.

The names are those of our own export in every language of the host, and those that
:mod:`.header_names` knows.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from functools import cache

from flask import current_app, has_app_context

from ...errors import InvalidInput
from ...i18n import _l, _lp, available_languages, in_language
from ...models.search_keys import folded
from .header_names import ALIASES, PRODUCTS

#: The fields that a column can go to, in the order of the form, as exports call them.
FIELDS = {
    "customer": _l("Company"),
    "customer_key": _l("Company ID"),
    "firstname": _l("Firstname"),
    "lastname": _l("Lastname"),
    "fullname": _l("First and last name in one"),
    "middle_name": _l("Middle name"),
    "position": _l("Job title"),
    "email": _lp("address", "Email"),
    "email2": _l("Email 2"),
    "phone": _l("Phone"),
    "mobile_phone": _l("Mobile phone"),
    "mobile_phone2": _l("Mobile phone 2"),
    "other_contacts": _l("Other contacts"),
    "birthday": _l("Birthday"),
    "language": _l("Language"),
    "timezone": _l("Timezone"),
    "contact_preference": _l("Contact preferences"),
    "do_not_send_emails": _l("Do not send emails"),
    "do_not_call": _l("Do not call"),
    "is_primary": _l("Primary contact"),
    "certificate": _l("Certificate"),
    "notes": _l("Notes"),
}
#: The same as pages and reports of an import call them: as the form of a contact (BEHAVIOUR S2).
LABELS = {
    **FIELDS,
    "firstname": _l("First name"),
    "lastname": _l("Last name"),
    "phone": _l("Work phone"),
}
#: The fields that several columns may go to: each becomes a line.
SEVERAL = ("other_contacts", "notes")
_RANKS = {
    name: (field, rank) for field, names in ALIASES.items() for rank, name in enumerate(names)
}
_SEPARATORS = re.compile(r"[\W_]+")


def guess_columns(headers: Sequence[str]) -> list[str]:
    """A field's name, or nothing, for each column; no field twice but those of several lines."""
    found: dict[int, tuple[str, int]] = {}
    for place, header in enumerate(headers):
        field, rank = _field_of(header)
        if field:
            found[place] = (field, rank)
    best: dict[str, tuple[int, int]] = {}
    for place, (field, rank) in found.items():
        best[field] = min(best.get(field, (rank, place)), (rank, place))
    _give_name_to_the_last(headers, found, best)
    if {"firstname", "lastname", "fullname"} <= best.keys():
        place = best["fullname"][1]
        if plain_header(headers[place]) != "full name":  # it may be the company's
            del best["fullname"]
    return [
        found[place][0]
        if place in found
        and found[place][0] in best
        and (found[place][0] in SEVERAL or best[found[place][0]][1] == place)
        else ""
        for place in range(len(headers))
    ]


def _give_name_to_the_last(
    headers: Sequence[str], found: dict[int, tuple[str, int]], best: dict[str, tuple[int, int]]
) -> None:
    """Beside a first name and no last one, *Name* is the last name (German: Name, Vorname)."""
    if "firstname" not in best or "lastname" in best or "fullname" not in best:
        return
    place = best["fullname"][1]
    if plain_header(headers[place]) == "name":
        best["lastname"] = best.pop("fullname")
        found[place] = ("lastname", found[place][1])


def product_of(headers: Sequence[str]) -> str | None:
    """The product whose export has these columns, or None."""
    names = {plain_header(header) for header in headers}
    for product, signatures in PRODUCTS.items():
        if any(signature <= names for signature in signatures):
            return product
    return None


def check_columns(headers: Sequence[str], columns: Sequence[str]) -> None:
    """Refuse (:class:`InvalidInput`) what cannot be: at ``columns``, or at ``column_3``."""
    errors: dict[str, list[object]] = {}
    if len(columns) != len(headers) or any(one and one not in FIELDS for one in columns):
        raise InvalidInput(
            {"columns": [_l("This holds a choice that does not exist. Choose again.")]}
        )
    for field, count in Counter(columns).items():
        if field and count > 1 and field not in SEVERAL:
            text = _l("Two columns go to %(field)s. Choose one of them.", field=LABELS[field])
            errors.update({f"column_{n}": [text] for n, one in enumerate(columns) if one == field})
    if "fullname" not in columns and not {"firstname", "lastname"} <= set(columns):
        text = _l("Say which columns have the first and the last name.")
        errors["columns"] = [text]
    if errors:
        raise InvalidInput(errors)


def plain_header(header: str) -> str:
    """A column's name in lower case, without accents and punctuation."""
    return _SEPARATORS.sub(" ", folded(header)).strip()


def _field_of(header: str) -> tuple[str, int]:
    name = plain_header(header)
    if name in _RANKS:
        return _RANKS[name]
    languages = available_languages(current_app) if has_app_context() else ()
    return _own_labels(languages).get(name, ""), 0


@cache
def _own_labels(languages: Sequence[str]) -> dict[str, str]:
    """The field of each label that an export has in one of the languages."""
    labels: dict[str, str] = {}
    for language in languages:
        with in_language(language):
            labels |= {plain_header(str(label)): field for field, label in FIELDS.items()}
    return labels
