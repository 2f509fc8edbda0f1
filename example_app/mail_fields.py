"""The merge fields of the studio's own mails."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

from flask_babel import lazy_gettext as _l
from flask_babel.speaklater import LazyString

from flask_contacts import MergeField

from . import formatting
from .merge_values import portal_url
from .words import STATUSES

DAY = LazyString(formatting.day, date(2027, 3, 15))
"""A day to show what a template looks like."""

MONTH = MergeField(
    "month",
    _l("Month of the newsletter"),
    LazyString(formatting.month, date(2027, 3, 15), full=True),
)
NUMBER = MergeField("document_number", _l("Number of the paper"), "2027-0042")
TITLE = MergeField("document_title", _l("What the paper is about"), "Brand identity")
AMOUNT = MergeField("amount", _l("Amount"), LazyString(formatting.money, Decimal("1480.50")))
DUE = MergeField("due_date", _l("Day when it is due"), DAY)
VALID = MergeField("valid_until", _l("Last day of the offer"), DAY)
ENDS = MergeField("ends_on", _l("Last day of the contract"), DAY)
LINK = MergeField("document_url", _l("Link to it in the portal"), LazyString(portal_url, ""))
PROJECT = MergeField("project_name", _l("Name of the project"), "Spring campaign")
STATUS = MergeField("status", _l("Status"), STATUSES["in progress"])
TASKS = MergeField("tasks", _l("The tasks and their status"), "Moodboard ✓")
SIGNER = MergeField("signer", _l("Who answered or signed, as typed"), "Olivia Hart")
COMMENT = MergeField("comment", _l("What was said to it"), _l("Let us begin in May."))
ADMIN_LINK = MergeField("admin_url", _l("Link to it in the admin"), LazyString(portal_url, ""))
AUTHOR = MergeField("author", _l("Who wrote the message"), "Iris Marlowe")
MESSAGE = MergeField("message", _l("Text of the message"), _l("The files are on their way."))
FILES = MergeField("files", _l("Names of the files, if there are any"), "proof.pdf, logo.png")
