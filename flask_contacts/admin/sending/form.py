"""The form of the send dialog: what was typed, and what it means for the words."""

from __future__ import annotations

import re
import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from flask import current_app
from wtforms import BooleanField, StringField, TextAreaField

from ...errors import InvalidInput
from ...i18n import _, _l, available_languages
from ...mail.messages import Words
from ...services.mailing import document_letters
from ...services.mailing.document_recipients import Candidate
from ...services.mailing.send_document import Wish
from ...state import current_contacts
from ..fields import AnyOf, CarryingForm, OneOf

if TYPE_CHECKING:
    from ...documents import Document

#: The choice of the field Language that writes to each in the own one.
OWN = "own"
_NUMBER = re.compile(r"[0-9]{1,10}", re.ASCII)
_TOKEN = re.compile(r"[0-9a-f]{32}", re.ASCII)
_NOBODY = -1
_ALL_FILES = 50


class SendFields(CarryingForm):
    """What the dialog posts; ``action`` is the button, ``shown`` the text's language."""

    to = AnyOf(_l("Recipients"))
    find = StringField(_l("Find a contact"))
    cc = StringField(_l("Cc"))
    language = OneOf(_l("Language"))
    subject = StringField(_l("Subject"))
    body = TextAreaField(_l("Message (HTML)"))
    attachments = AnyOf(_l("Attachments"))
    confirmed = BooleanField(_l("Write to them all the same"))
    preview_for = OneOf(_l("Preview for"))
    token = StringField()
    shown = StringField()
    action = StringField()

    def open(self, ids: Sequence[int]) -> None:
        """Fill in what the dialog opens with."""
        self["to"].data = [str(one) for one in ids]
        self["language"].data = OWN
        self["attachments"].data = [str(position) for position in range(_ALL_FILES)]
        self.renew_token()

    @property
    def ids(self) -> list[int]:
        """The selected ids; what is no number is nobody's."""
        typed = dict.fromkeys(self["to"].data or ())
        return [int(one) if _NUMBER.fullmatch(one) else _NOBODY for one in typed]

    @property
    def positions(self) -> set[int]:
        """The positions of the attachments that stay."""
        return {int(one) for one in self["attachments"].data or () if _NUMBER.fullmatch(one)}

    def text(self, name: str) -> str:
        """What a text field holds."""
        typed: str = self[name].data or ""
        return typed

    def renew_token(self) -> bool:
        """Give the form a token where it has no valid one; False when it had one."""
        if _TOKEN.fullmatch(self.text("token")):
            return False
        self["token"].data = secrets.token_hex(16)
        return True


@dataclass(frozen=True)
class Wording:
    """The words that the dialog shows, and the language that they are in.

    ``edited``: they are not the template's any more. ``editable``: all who are selected
    would get these very words. ``conflict``: they are edited, and somebody is written to
    in another language.
    """

    language: str
    words: Words
    edited: bool
    editable: bool
    conflict: bool


def wording(
    document: Document, form: SendFields, selected: Sequence[Candidate], reader: Candidate | None
) -> Wording:
    """What stands in subject and message: typed words stay, others follow the language.

    ``reader`` is whose language is shown where the selected ones have several.
    """
    session, offered = current_contacts.session, available_languages(current_app)
    spoken = {one.language for one in selected} or {str(current_app.config["BABEL_DEFAULT_LOCALE"])}
    chosen, shown = form.text("language"), form.text("shown")
    shared = chosen if chosen in offered else min(spoken) if len(spoken) == 1 else None
    if shown in offered and form.text("action") != "template":
        typed = Words(form.text("subject").strip(), form.text("body").replace("\r\n", "\n").strip())
        template = document_letters.words(session, document, shown)
        if (typed.subject, typed.body) != (template.subject, template.body):
            return Wording(shared or shown, typed, True, True, conflict=shared != shown)
    language = shared or (reader.language if reader is not None else min(spoken))
    words = document_letters.words(session, document, language)
    return Wording(language, words, False, shared is not None, conflict=False)


def wish(form: SendFields, text: Wording) -> Wish:
    """What the service is asked for.

    Raises :class:`InvalidInput` at ``language`` where typed words would go to somebody
    whose language they are not in.
    """
    if text.conflict:
        sentence = _(
            "You changed the text in %(language)s, and not everybody is written to in it. "
            "Choose one language for all, or take the template's text.",
            language=language_name(form.text("shown")),
        )
        raise InvalidInput({"language": [sentence]})
    chosen = form.text("language")
    return Wish(
        to=form.ids,
        cc=form.text("cc"),
        language=None if chosen == OWN else chosen,
        words=text.words if text.edited else None,
        files=form.positions,
        confirmed=bool(form["confirmed"].data),
        token=form.text("token"),
    )


def languages(selected: Sequence[Candidate]) -> list[tuple[str, str]]:
    """The choices of the field Language; the first says which languages it means now."""
    spoken = sorted({language_name(one.language) for one in selected})
    own = _("Each recipient's own language")
    label = f"{own} ({', '.join(spoken)})" if spoken else own
    return [(OWN, label), *((one, language_name(one)) for one in available_languages(current_app))]


def language_name(code: str) -> str:
    """The name of a language that the host offers."""
    offered = current_app.config.get("LANGUAGES") or {}
    return str(offered.get(code, {}).get("name", code))
