"""A row's texts as the raw values of a contact's form: flags, dates, languages, names."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from ...i18n import _l
from ..contacts.values import PREFERENCES
from ..csv_text import bare
from .cell_errors import ERRORS
from .columns import SEVERAL
from .dates import has_no_day, has_no_year, is_no_day, iso_date

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

#: Left blank, these would say something else: no name, no company, and that mail is wanted.
_NEVER_LEFT_OUT = frozenset(
    ("customer", "customer_key", "firstname", "lastname", "do_not_send_emails", "do_not_call",
     "is_primary")
)  # fmt: skip


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
    are: only in a spreadsheet is there an apostrophe before what looks like a formula, or an
    error in place of a value.
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
        self.errors = frozenset() if kind == "vcard" else ERRORS
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
        errors = self._read(raw, cells)
        for _place, name in self.converted:
            if name in raw:
                self._convert(draft, name)
        if errors:
            _tell_errors(draft, errors)
        draft.customer = _customer(raw.pop("customer", ""), raw.pop("customer_key", ""))
        if "fullname" in raw:
            self._divide_name(draft)
        return draft

    def _divide_name(self, draft: Draft) -> None:
        """The last word is the last name; what other columns say of the names counts more."""
        raw = draft.raw
        first, _space, last = raw.pop("fullname").rpartition(" ")
        if "firstname" not in raw and "lastname" not in raw:
            raw.update(
                {"firstname": first.strip(), "lastname": last} if first else {"firstname": last}
            )
        given = {name: raw[name] for name in ("firstname", "lastname") if name in raw}
        if not first and list(given.values()) == [last]:
            (missing,) = {"firstname", "lastname"} - given.keys()
            draft.problems[missing] = [_ONE_NAME]

    def _read(self, raw: dict[str, Any], cells: Sequence[str]) -> list[tuple[str, str]]:
        """Put the cells' texts into ``raw``; gives the fields that have an error, with it."""
        errors = []
        for place, name in self.places:
            text = cells[place].strip()
            if text in self.errors:
                errors.append((name, text))
            elif text:
                if _BETWEEN in text and name in _FIRST_COUNTS:
                    text = _first_of(raw, text)
                raw[name] = text if "'" not in text else self.bare(text)
        for place, name, label in self.several:
            text = cells[place].strip()
            if text in self.errors:
                errors.append((name, text))
            elif text:
                line = label + self.bare(text)
                raw[name] = f"{raw[name]}\n{line}" if name in raw else line
        return errors

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
            elif name == "birthday" and has_no_day(text):
                draft.remarks[name] = [_l("Left out: it has no day.")]
        else:
            draft.raw[name] = value


_ONE_NAME = _l("There is one name only. A contact has a first and a last name.")
_UNREADABLE = {
    "birthday": _l("This is no date with day, month and a year of four digits."),
    "contact_preference": _l("This holds a choice that does not exist. Choose again."),
}


def _tell_errors(draft: Draft, errors: Sequence[tuple[str, str]]) -> None:
    """Refuse the row for a spreadsheet's errors, or leave them out with a remark, by field."""
    for name, error in errors:
        names = [name]
        if name == "fullname" and not {"firstname", "lastname"} & draft.raw.keys():
            names = ["firstname", "lastname"]
        for one in names:
            if one in _NEVER_LEFT_OUT:
                text = _l("The spreadsheet has an error here (%(error)s).", error=error)
                draft.problems[one] = [text]
            else:
                text = _l("Left out: the spreadsheet has an error there (%(error)s).", error=error)
                draft.remarks.setdefault(one, []).append(text)


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
