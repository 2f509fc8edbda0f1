"""What the editor of an e-mail template does with words that may not be saved yet."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from wtforms import StringField, TextAreaField

from ...errors import InvalidInput
from ...i18n import _, _l
from ...services.mailing import template_preview
from ...services.mailing.template_preview import Preview
from ...state import current_contacts
from ..fields import CarryingForm
from . import template_contacts

if TYPE_CHECKING:
    from ...models import Contact

Errors = Mapping[str, Sequence[Any]]
_BASE = '<base target="_blank">'


class TemplateFields(CarryingForm):
    """The words of one template in one language, whom to show them with, what to do."""

    subject = StringField(_l("Subject"))
    body = TextAreaField(_l("Body (HTML)"))
    contact = StringField(_l("Show it with"))
    do = StringField()


@dataclass
class Shown:
    """The mail beside its words, or why it cannot be shown; ``said`` tells of a test mail."""

    preview: Preview | None = None
    errors: dict[str, Sequence[Any]] = field(default_factory=dict)
    said: str = ""

    @property
    def frame(self) -> str:
        """The HTML for a sandboxed frame, in which links lead nowhere: they may open nothing."""
        return self.preview.html.replace("<head>", f"<head>{_BASE}", 1) if self.preview else ""

    def problems(self, form: TemplateFields) -> list[str]:
        """The messages, each with the label of its field."""
        return [
            f"{form[name].label.text}: {text}" if name in form else str(text)
            for name, texts in self.errors.items()
            for text in texts
        ]

    def as_json(self, form: TemplateFields) -> dict[str, Any]:
        """What the page's script puts into the page."""
        answer: dict[str, Any] = {"problems": self.problems(form), "said": self.said}
        if self.preview is not None:
            answer |= {"subject": self.preview.subject, "text": self.preview.text}
            answer["html"] = self.frame
        return answer


@dataclass(frozen=True)
class Words:
    """A template's words in a language, as they stand in the form, and the contact beside."""

    name: str
    language: str
    subject: str
    body: str
    contact: Contact | None

    def show(self) -> Shown:
        """The mail as it would be sent; an unknown merge field is named."""
        try:
            return Shown(template_preview.preview(current_contacts.session, *self._arguments))
        except InvalidInput as error:
            return Shown(errors=dict(error.errors))

    def send_test(self) -> Shown:
        """Mail it to the signed-in staff user, and say where it went."""
        shown = self.show()
        if shown.preview is None:
            return shown
        address = current_contacts.appbuilder.sm.current_user.email or ""
        try:
            to = template_preview.send_test(current_contacts.session, *self._arguments, to=address)
        except InvalidInput:
            shown.errors = {"test": [_no_address(address)]}
        else:
            shown.said = _("A test is on its way to %(address)s.", address=to)
        return shown

    @property
    def _arguments(self) -> tuple[str, str, str, str, Contact | None]:
        return self.name, self.language, self.subject, self.body, self.contact


def choose_contact(typed: str) -> tuple[Contact | None, dict[str, Sequence[Any]]]:
    """The contact that was typed, and what is to be said where there is none."""
    if not typed.strip():
        return None, {}
    contact = template_contacts.typed_contact(typed)
    if contact is not None:
        return contact, {}
    return None, {"contact": [_("No contact, or more than one, is called that. Choose one.")]}


def _no_address(address: str) -> Any:
    if not address:
        return _("Your own account has no e-mail address, so there is nowhere to send a test to.")
    text = _("Mail cannot be sent to the address of your own account, %(address)s.")
    return text % {"address": address}
