"""What a paper holds, in words that are written already: nothing here is drawn."""

from __future__ import annotations

from dataclasses import dataclass

#: The studio's letterhead; name, street and numbers are invented.
SENDER = "Northwind Studio"
SENDER_ADDRESS = ("21 Quayside", "Galway H91 NW21", "Ireland")
SENDER_CONTACT = ("hello@northwind.example", "+353 91 555 0121", "northwind.example")
SENDER_BANK = "IBAN IE29 AIBK 9311 5212 3456 78 · BIC AIBKIE2D · VAT IE 6388047V"


@dataclass(frozen=True)
class Column:
    """A column of a paper's table; ``share`` is its width in percent of the page's."""

    label: str
    share: int
    numeric: bool = False


@dataclass(frozen=True)
class Contents:
    """One paper.

    ``facts`` are pairs of label and value beside the address, ``totals`` such pairs under
    the table, of which the last is set off. ``text`` comes after them, in paragraphs.
    ``signatures`` names who signs at the end; a paper that nobody signs has none.
    ``agreement`` are the lines about who agreed to it in the portal, in a frame at the end.
    """

    title: str
    subject: str
    recipient: tuple[str, ...]
    facts: tuple[tuple[str, str], ...]
    columns: tuple[Column, ...] = ()
    rows: tuple[tuple[str, ...], ...] = ()
    totals: tuple[tuple[str, str], ...] = ()
    text: str = ""
    signatures: tuple[str, ...] = ()
    agreement: tuple[str, ...] = ()
