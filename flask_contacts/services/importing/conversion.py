"""A row's texts as the raw values of a contact's form: flags, dates, languages, names."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from ...i18n import _l
from ..contacts.values import PREFERENCES
from ..csv_text import bare
from .columns import SEVERAL
from .dates import has_no_year, is_no_day, iso_date

_YES = frozenset(
    {
        "1",
        "true",
        "yes",
        "y",
        "x",
        "on",
        "sim",
        "s",
        "verdadeiro",
        "✓",
        "✔",
        "ja",
        "oui",
        "si",
        "sí",
    }
)
_NO = frozenset({"0", "false", "no", "n", "-", "off", "não", "nao", "falso", "nein", "non"})

#: Google's, between several values in one cell; the others go to Other contacts.
_BETWEEN = ":::"
_FIRST_COUNTS = frozenset({"email", "email2", "phone", "mobile_phone", "mobile_phone2"})


@dataclass
class Draft:
    """A row on its way to a contact: raw values by field, what is wrong with them, and what
    is left out of them."""

    number: int
    raw: dict[str, Any] = field(default_factory=dict)
    customer: str = ""
    problems: dict[str, list[object]] = field(default_factory=dict)
    remarks: dict[str, list[object]] = field(default_factory=dict)


class Converter:
    """Turns the cells of a file's rows into drafts.

    ``columns`` has a field or nothing for each column, ``languages`` maps codes and names to
    codes, ``date_order`` is a key of ``dates.ORDERS`` or None. In a CSV every row must have a
    cell for each column; other formats leave the last ones out. A vCard's texts are as they
    are: only in a spreadsheet is there an apostrophe before what looks like a formula.
    """

    def __init__(
        self,
        headers: Sequence[str],
        columns: Sequence[str],
        languages: Mapping[str, str],
        date_order: str | None,
        *,
        kind: str,
    ) -> None:
        self.width = len(headers)
        self.is_csv = kind == "csv"
        self.bare = str if kind == "vcard" else bare
        self.names_customers = bool({"customer", "customer_key"} & set(columns))
        self.places = [(n, name) for n, name in enumerate(columns) if name and name not in SEVERAL]
        self.several = [
            (n, name, "" if columns.count(name) == 1 else f"{headers[n]}: ")
            for n, name in enumerate(columns)
            if name in SEVERAL
        ]
        self.conversions: dict[str, Callable[[str], Any]] = {
            "birthday": lambda text: iso_date(text, date_order),
            "language": lambda text: languages.get(_plain_code(text), text),
            "contact_preference": _preferences(),
            **dict.fromkeys(("do_not_send_emails", "do_not_call", "is_primary"), flag),
        }
        self.converted = [place for place in self.places if place[1] in self.conversions]

    def draft(self, number: int, cells: Sequence[str]) -> Draft:
        """The draft of a row; blank cells say nothing, and never what stands above them."""
        draft = Draft(number)
        if len(cells) > self.width or (self.is_csv and len(cells) < self.width):
            draft.problems["row"] = [self._ragged(len(cells))]
        if len(cells) < self.width:
            cells = [*cells, *[""] * (self.width - len(cells))]
        raw = draft.raw
        for place, name in self.places:
            text = cells[place].strip()
            if text:
                if _BETWEEN in text and name in _FIRST_COUNTS:
                    text = _first_of(raw, text)
                raw[name] = text if "'" not in text else self.bare(text)
        if self.several:
            self._add_lines(raw, cells)
        for _place, name in self.converted:
            if name in raw:
                self._convert(draft, name)
        draft.customer = _customer(raw.pop("customer", ""), raw.pop("customer_key", ""))
        if "fullname" in raw:
            _divide_name(raw)
        return draft

    def _add_lines(self, raw: dict[str, Any], cells: Sequence[str]) -> None:
        for place, name, label in self.several:
            text = cells[place].strip()
            if text:
                line = label + self.bare(text)
                raw[name] = f"{raw[name]}\n{line}" if name in raw else line

    def _ragged(self, count: int) -> object:
        return _l(
            "This row has %(cells)s cells instead of %(columns)s.", cells=count, columns=self.width
        )

    def _convert(self, draft: Draft, name: str) -> None:
        text = draft.raw[name]
        value = self.conversions[name](text)
        if value is None:
            why = _UNREADABLE.get(name, _l("This must be yes or no."))
            if name == "birthday" and is_no_day(text):
                why = _l("This day does not exist.")
            draft.problems[name] = [why]
            del draft.raw[name]
        elif value == "":
            del draft.raw[name]
            if name == "birthday" and has_no_year(text):
                draft.remarks[name] = [_l("Left out: it has no year.")]
        else:
            draft.raw[name] = value


_UNREADABLE = {
    "birthday": _l("This is no date with day, month and a year of four digits."),
    "contact_preference": _l("This holds a choice that does not exist. Choose again."),
}


def flag(text: str) -> bool | None:
    """Yes or no, or None where it is neither."""
    word = text.casefold()
    return True if word in _YES else False if word in _NO else None


def _preferences() -> Callable[[str], str | None]:
    names = {str(label).casefold(): name for name, label in PREFERENCES.items()}
    return lambda text: text if text in PREFERENCES else names.get(text.casefold())


def language_codes(languages: Mapping[str, Mapping[str, Any]]) -> dict[str, str]:
    """What a file may call the host's languages: ``pt-br``, ``pt`` where one begins so, names."""
    found: dict[str, str] = {}
    for code, facts in languages.items():
        found.setdefault(_plain_code(str(facts.get("name", code))), code)
        found.setdefault(_plain_code(code).partition("-")[0], code)
    return {**found, **{_plain_code(code): code for code in languages}}


def _plain_code(text: str) -> str:
    return text.casefold().replace("_", "-")


def _first_of(raw: dict[str, Any], text: str) -> str:
    """The first of several values; each of the others becomes a line."""
    first, *others = [one for one in map(str.strip, text.split(_BETWEEN)) if one] or [text]
    if others:
        raw["other_contacts"] = "\n".join([*filter(None, [raw.get("other_contacts")]), *others])
    return first


def _customer(name: str, key: str) -> str:
    """A customer as it is looked up; a key that a spreadsheet has mangled does no harm."""
    if key:
        return f"{name} (#{key})" if name else f"#{key}"
    return name


def _divide_name(raw: dict[str, Any]) -> None:
    """The last word is the last name; what other columns say of the names counts more."""
    first, _space, last = raw.pop("fullname").rpartition(" ")
    if "firstname" not in raw and "lastname" not in raw:
        raw.update({"firstname": first.strip(), "lastname": last} if first else {"firstname": last})
