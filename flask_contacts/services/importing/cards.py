"""vCard files as a table: a row for each card, a column for each field of a contact."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import BinaryIO, TextIO

from ...i18n import _l
from ..vcard import Card, Property, read_cards
from .encodings import name_of, text_of
from .file_refused import FileRefused
from .table import Row, Table

#: The columns of the table, by the names under which ``columns`` knows them.
HEADERS = (
    "First name", "Last name", "Middle name", "Full name", "Job title", "Company", "Email",
    "Email 2", "Phone", "Mobile phone", "Mobile phone 2", "Birthday", "Language", "Timezone",
    "Notes", "Other contacts",
)  # fmt: skip
_WANTED = {"N", "FN", "EMAIL", "TEL", "ORG", "TITLE", "ROLE", "BDAY", "LANG", "TZ", "NOTE",
           "NICKNAME", "URL"}  # fmt: skip
_DAY = re.compile(r"(\d{4})(-?)(\d\d)\2(\d\d)(?:T.*)?")
_URI = re.compile(r"(?:tel|mailto):", re.IGNORECASE)


def read_vcards(stream: BinaryIO, encoding: str) -> Table:
    """The table of a vCard file; rows are numbered from 1.

    Raises :class:`FileRefused` where it holds no card, here or while the rows are read.
    """
    text = text_of(stream, encoding)
    return Table("vcard", list(HEADERS), _rows(text, encoding), encoding)


def _rows(text: TextIO, encoding: str) -> Iterator[Row]:
    number = 0
    try:
        for number, card in enumerate(read_cards(text, _WANTED), 1):
            if not card.is_whole:
                raise FileRefused(
                    _l("Card %(number)s is broken off: its END is missing.", number=number)
                )
            yield number, _cells(card)
    except UnicodeError:
        raise FileRefused(
            _l("After card %(number)s the file is not written in %(encoding)s.",
               number=number, encoding=name_of(encoding))
        ) from None  # fmt: skip
    if not number:
        raise FileRefused(_l("The file is empty."))


def _cells(card: Card) -> list[str]:
    name = [*card.first("N").parts, "", "", ""]
    if " " in card.first("FN").text.strip() and not (name[0].strip() and name[1].strip()):
        name[0] = name[1] = ""  # the whole name is divided, where its parts are not given
    mails = [_URI.sub("", one.text).strip() for one in card.all("EMAIL") if one.text.strip()]
    mobiles, phones, others = _numbers(card.all("TEL"))
    others += mails[2:] + [one.text for one in card.all("URL")]
    title = card.first("TITLE").text or card.first("ROLE").text
    zone = card.first("TZ").text
    birthday = card.first("BDAY").value.strip()
    day = _DAY.fullmatch(birthday)
    notes = "\n".join(one.text for one in card.all("NOTE"))
    values = (
        name[1], name[0], name[2], card.first("FN").text, title, card.first("ORG").parts[0],
        mails[0] if mails else "", mails[1] if len(mails) > 1 else "",
        phones[0] if phones else "", *[*mobiles, "", ""][:2],
        f"{day[1]}-{day[3]}-{day[4]}" if day else birthday,
        card.first("LANG").text, zone if "/" in zone else "", notes, "\n".join(others),
    )  # fmt: skip
    return [value.strip() for value in values]


def _numbers(found: list[Property]) -> tuple[list[str], list[str], list[str]]:
    """Mobile numbers, at most two; a number to call; and the others, each with its kind."""
    mobiles: list[str] = []
    phones: list[str] = []
    others: list[str] = []
    for one in found:
        number = _URI.sub("", one.text).strip()
        if not number:
            continue
        if one.types & {"cell", "mobile"} and len(mobiles) < 2:
            mobiles.append(number)
        elif not one.types & {"fax", "pager", "cell", "mobile"} and not phones:
            phones.append(number)
        else:
            kind = ", ".join(sorted(one.types - {"pref", "voice"}))
            others.append(f"{kind}: {number}" if kind else number)
    return mobiles, phones, others
