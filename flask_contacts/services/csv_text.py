"""Cells and lines of a CSV file (RFC 4180), which no spreadsheet takes for formulas.

What looks like a formula gets an apostrophe before it (OWASP, CSV Injection); a text that has
apostrophes before such a sign gets one more, so that an import can take exactly one away again.
A telephone number stays as it is, ``+351 912 345 678``: of digits, spaces, dots, hyphens and
brackets alone no spreadsheet makes a call, a link or a reference, and the programs that dial
what they read from the file would dial nothing with an apostrophe before it.
"""

from __future__ import annotations

import csv
import re
from collections.abc import Sequence
from datetime import date, datetime, time
from decimal import Decimal
from io import StringIO
from typing import Any

#: Written first, for Excel: the file is in UTF-8.
MARK = "\ufeff"
_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n", "\0", "＝", "＋", "－", "＠")

_TELEPHONE = re.compile(r"\+[0-9](?:[ ().-]*[0-9]){5,}")

# A spreadsheet that separates by semicolons or tabs makes cells of a part of one of ours.
_INSIDE = re.compile(r"([;\t])('*[=+\-@＝＋－＠])")
_MARKED_INSIDE = re.compile(r"([;\t])'('*[=+\-@＝＋－＠])")


def plain(value: Any) -> str | None:
    """Numbers, dates and what is missing, as every program reads them; None for words."""
    if value is None or value == "":
        return ""
    if isinstance(value, bool):
        return "TRUE" if value else "FALSE"
    if isinstance(value, Decimal):
        return format(value, "f")
    if isinstance(value, (int, float)):
        return str(value)
    if isinstance(value, datetime):
        return value.isoformat(" ", "seconds")
    if isinstance(value, (date, time)):
        return value.isoformat()
    return None


def neutral(text: str) -> str:
    """``text`` as no spreadsheet takes for a formula: with an apostrophe before it, unless it
    is a telephone number."""
    if _TELEPHONE.fullmatch(text):
        return text
    marked = f"'{text}" if text.lstrip("'").startswith(_FORMULA) else text
    marked = _INSIDE.sub(r"\1'\2", marked)
    return marked.replace("\0", "")


def bare(text: str) -> str:
    """What :func:`neutral` made of a text, undone."""
    whole = text[1:] if text[:1] == "'" and text.lstrip("'").startswith(_FORMULA) else text
    return _MARKED_INSIDE.sub(r"\1\2", whole)


def csv_line(cells: Sequence[str]) -> str:
    """A line of the file."""
    written = StringIO()
    csv.writer(written, lineterminator="\r\n").writerow(cells)
    return written.getvalue()
