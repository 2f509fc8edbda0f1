"""An export as a file: CSV and vCard as they are sent, a workbook once it is whole."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache
from importlib.util import find_spec
from typing import TYPE_CHECKING, BinaryIO

from sqlalchemy.orm import Session

from ...errors import ContactsError
from ...later import later
from ...models import Contact

if TYPE_CHECKING:
    from .. import csv_text, vcard
    from ..agent.listing import ListQuery, Scope
    from . import records
else:
    csv_text = later("services.csv_text")
    vcard = later("services.vcard")
    records = later("services.exporting.records")


#: The formats with their extensions and media types.
FORMATS = {
    "csv": ("csv", "text/csv; charset=utf-8"),
    "xlsx": ("xlsx", "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"),
    "vcard": ("vcf", "text/vcard; charset=utf-8"),
    "vcard4": ("vcf", "text/vcard; charset=utf-8"),
}
#: What people call them.
LABELS = {"csv": "CSV", "xlsx": "Excel", "vcard": "vCard 3", "vcard4": "vCard 4"}
#: Excel's sheets have no more rows.
MOST_IN_SHEET = 1_048_575
_ILLEGAL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]")


class TooManyContacts(ContactsError):
    """A workbook cannot hold them, or would take too long; CSV can."""

    def __init__(self, most: int) -> None:
        super().__init__(f"a workbook of more than {most} contacts")
        self.most = most


@cache
def can_write_workbooks() -> bool:
    """Whether openpyxl is installed (``flask-contacts[import]``); looked for once a process."""
    return find_spec("openpyxl") is not None


def formats_here() -> dict[str, str]:
    """The labels of the formats that this installation can write, by their names."""
    return {
        kind: label for kind, label in LABELS.items() if kind != "xlsx" or can_write_workbooks()
    }


def text_file(session: Session, scope: Scope, query: ListQuery, kind: str) -> Iterator[str]:
    """A CSV or vCard file (``kind`` of :data:`FORMATS`), some contacts at a time."""
    if kind == "csv":
        yield csv_text.MARK + csv_text.csv_line(records.headings())
    for contacts in records.batches(session, scope, query):
        if kind == "csv":
            yield "".join(csv_text.csv_line(records.cells(one)) for one in contacts)
        else:
            yield "".join(_card(one, "4.0" if kind == "vcard4" else "3.0") for one in contacts)


def write_workbook(
    session: Session, scope: Scope, query: ListQuery, file: BinaryIO, most: int = MOST_IN_SHEET
) -> int:
    """Write an XLSX workbook and give how many contacts it holds.

    Rows go to a file on the disk as they come. Raises :class:`TooManyContacts`.
    """
    import openpyxl  # type: ignore[import-untyped]  # noqa: PLC0415  an optional dependency
    from openpyxl.cell import WriteOnlyCell  # type: ignore[import-untyped]  # noqa: PLC0415

    if records.are_more_than(session, scope, query, most):
        raise TooManyContacts(most)
    book = openpyxl.Workbook(write_only=True)
    sheet = book.create_sheet("Contacts")
    sheet.freeze_panes = "A2"
    sheet.append(records.headings())
    count = 0

    def text_cell(text: str) -> object:
        cell = WriteOnlyCell(sheet, value=_ILLEGAL.sub("", text))
        cell.data_type = "s"  # a text, whatever it begins with
        return cell

    for contacts in records.batches(session, scope, query):
        count += len(contacts)
        for one in contacts:
            sheet.append([text_cell(text) if text else None for text in records.cells(one)])
    book.save(file)
    return count


def _card(contact: Contact, version: str) -> str:
    name = (contact.lastname, contact.firstname, contact.middle_name, None, None)
    found: list[tuple[str, str | None]] = [
        ("N", ";".join(vcard.escape(part or "") for part in name)),
        ("FN", vcard.escape(contact.name)),
        ("ORG", _escaped(None if contact.customer is None else str(contact.customer))),
        ("TITLE", _escaped(contact.position)),
        ("EMAIL;TYPE=PREF" if version == "3.0" else "EMAIL;PREF=1", _escaped(contact.email)),
        ("EMAIL", _escaped(contact.email2)),
        ("TEL;TYPE=WORK", _escaped(contact.phone)),
        ("TEL;TYPE=CELL", _escaped(contact.mobile_phone)),
        ("TEL;TYPE=CELL", _escaped(contact.mobile_phone2)),
        ("BDAY", _day(contact, version)),
        ("TZ", _escaped(contact.timezone)),
        ("LANG", _escaped(contact.language and contact.language.replace("_", "-"))),
        ("NOTE", _escaped(contact.notes)),
        ("UID", f"urn:uuid:{contact.uuid}"),
    ]
    return vcard.card_text(version, [(label, value) for label, value in found if value])


def _day(contact: Contact, version: str) -> str | None:
    day = contact.birthday
    if day is None:
        return None
    return day.isoformat() if version == "3.0" else day.isoformat().replace("-", "")


def _escaped(text: str | None) -> str | None:
    return vcard.escape(text) if text else None
