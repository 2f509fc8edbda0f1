"""The forms with which both sides write to each other, in the portal and in the admin."""

from __future__ import annotations

import unicodedata
from typing import Any

from flask_babel import format_decimal, gettext, lazy_gettext as _l
from wtforms import BooleanField, Field, Form, RadioField, StringField, TextAreaField
from wtforms.validators import ValidationError

from flask_contacts.portal import UploadField

from .models.support import PRIORITIES
from .words import STATUSES

LONGEST_MESSAGE = 16_000
"""The longest message, in characters: of four bytes each they fit into MariaDB's TEXT."""
LONGEST_SUBJECT = 150
_LAYOUT = frozenset("\n\t")


class Longest:
    """At most so many characters.

    Not ``wtforms.validators.Length``: that gives the input a ``maxlength``, and a browser
    cuts off the rest of what one pastes without a word.
    """

    def __init__(self, most: int) -> None:
        self.most = most

    def __call__(self, form: Form, field: Field) -> None:
        if len(field.data or "") > self.most:
            raise ValidationError(
                gettext(
                    "This has %(length)s characters; at most %(most)s can be sent.",
                    length=format_decimal(len(field.data)),
                    most=format_decimal(self.most),
                )
            )


class Needed:
    """Something has to be written, and spaces are nothing; ``sentence`` asks for it."""

    field_flags = {"required": True}

    def __init__(self, sentence: Any) -> None:
        self.sentence = sentence

    def __call__(self, form: Form, field: Field) -> None:
        if not field.data:
            raise ValidationError(str(self.sentence))


def plain(text: str | None) -> str:
    """What was typed, without control characters and without space around it."""
    lines = (text or "").replace("\r\n", "\n").replace("\r", "\n")
    kept = (char for char in lines if char in _LAYOUT or unicodedata.category(char) != "Cc")
    return "".join(kept).strip()


def one_line(text: str | None) -> str:
    """The same on one line."""
    return " ".join(plain(text).split())


def message_field(sentence: Any, *, required: bool = True) -> Any:
    """A field for what one has to say."""
    needed = [Needed(_l("Write a message first."))] if required else []
    return TextAreaField(
        sentence,
        filters=[plain],
        validators=[*needed, Longest(LONGEST_MESSAGE)],
        render_kw={"rows": 5},
    )


class AnswerForm(Form):
    """A message with files."""

    message = message_field(_l("Your message"))
    files = UploadField(_l("Files"))


class TicketForm(Form):
    """A new ticket."""

    subject = StringField(
        _l("Subject"),
        filters=[one_line],
        validators=[
            Needed(_l("Say in a few words what it is about.")),
            Longest(LONGEST_SUBJECT),
        ],
    )
    priority = RadioField(
        _l("Priority"),
        choices=lambda: [(value, STATUSES[value]) for value in PRIORITIES],
        default="normal",
    )
    message = message_field(_l("Your message"))
    files = UploadField(_l("Files"))


class CommentForm(Form):
    """Something to say about a project."""

    message = message_field(_l("Your comment"))


class FilesForm(Form):
    """Files for a project."""

    files = UploadField(_l("Files"))

    def validate_files(self, field: Field) -> None:
        """One file at least."""
        if not field.data:
            raise ValidationError(gettext("Choose a file first."))


class StaffAnswerForm(Form):
    """What staff write to a ticket: an answer, or a note that the customer never sees."""

    message = message_field(_l("Answer"))
    files = UploadField(_l("Files"))
    is_internal = BooleanField(_l("Internal note: the customer does not see it"))
    closes = BooleanField(_l("Close the ticket with it"))


class StaffCommentForm(Form):
    """What staff write about a project: words, files, or both."""

    message = message_field(_l("Comment"), required=False)
    files = UploadField(_l("Files"))

    def validate_message(self, field: Field) -> None:
        """Something at least."""
        if not field.data and not self.files.data and not self.files.errors:
            raise ValidationError(gettext("Write a message first."))
