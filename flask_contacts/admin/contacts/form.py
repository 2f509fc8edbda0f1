"""The form of a contact: what is typed, and how it is shown again. The service judges it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from flask import current_app
from wtforms import (
    BooleanField,
    PasswordField,
    StringField,
    TextAreaField,
)

from ...i18n import _l, _lp
from ...registry import EMAIL_NOTIFICATIONS
from ...services.contacts.values import PREFERENCES
from ...services.mailing.silent_topics import in_order
from ...state import current_contacts
from ..customers.sight import may_type_passwords
from ..fields import AnyOf, OneOf
from ..invitations.send_page import may_send
from ..look_up import ZoneField
from ..opened_form import OpenedForm

if TYPE_CHECKING:
    from werkzeug.datastructures import MultiDict

    from ...models import Contact
    from ...registry import Topic

#: The fields below the fold "More", in their order (BEHAVIOUR C2, S2).
MORE = (
    "middle_name",
    "birthday",
    "do_not_send_emails",
    "do_not_call",
    "is_user",
    "contact_preference",
    "notes",
    "manager",
    "account_manager",
    "certificate",
    "timezone",
    "language",
    "mobile_phone",
    "mobile_phone2",
    "email2",
    "other_contacts",
)


class ContactFields(OpenedForm):
    """The fields of C2 in their order, with their labels."""

    not_carried = frozenset(
        {"password", "is_primary", "no_welcome_mail", "send_password_mail", "silences"}
    )

    firstname = StringField(_l("Firstname"))
    lastname = StringField(_l("Lastname"))
    position = StringField(_l("Position"))
    email = StringField(_lp("address", "Email"))
    phone = StringField(_l("Phone"))
    password = PasswordField(_l("Password"))
    is_primary = BooleanField(_l("Primary contact"))
    no_welcome_mail = BooleanField(_l("Do not send a welcome email"))
    send_password_mail = BooleanField(_l("Send set new password email"))
    permissions = AnyOf(_l("Permissions"))
    topics = AnyOf(_l("Email Notifications"))
    middle_name = StringField(_l("Middle name"))
    birthday = StringField(_l("Birthday"))
    do_not_send_emails = BooleanField(_l("Do not send emails"))
    do_not_call = BooleanField(_l("Do not call"))
    is_user = BooleanField(_l("Is user"))
    contact_preference = OneOf(_l("Contact preferences"))
    notes = TextAreaField(_l("Notes"))
    manager = StringField(_l("Manager"))
    account_manager = StringField(_l("Account manager"))
    certificate = StringField(_l("Certificate"))
    timezone = ZoneField(_l("Timezone"))
    language = OneOf(_l("Language"))
    mobile_phone = StringField(_l("Mobile phone"))
    mobile_phone2 = StringField(_l("Mobile phone 2"))
    email2 = StringField(_l("Email 2"))
    other_contacts = TextAreaField(_l("Other contacts"))
    silences = AnyOf()

    def __init__(
        self,
        typed: MultiDict[str, str] | None = None,
        values: Mapping[str, Any] | None = None,
        editing: bool = False,
    ) -> None:
        super().__init__(typed, data=values if typed is None else None)
        self._typed = typed
        #: What the form had when it was opened: it is compared with what was typed.
        self.opened_with: Mapping[str, Any] = values or {}
        self.silenced: list[Topic] = []
        registry = current_contacts.registry
        self.permissions.choices = list(registry.permissions.items())
        self.topics.choices = [(topic.name, topic.label) for topic in registry.topics.values()]
        self.contact_preference.choices = list(PREFERENCES.items())
        self.language.choices = [("", _l("As the portal")), *languages()]
        if editing:
            del self.no_welcome_mail  # it is about creation
            if not may_send():  # a new contact's first link is part of creating it
                del self.send_password_mail
        if not may_type_passwords():
            del self.password

    def warn(self, silenced: Iterable[str]) -> None:
        """Ask again, because nobody would get mail about these topics (BEHAVIOUR N6)."""
        self.silenced = in_order(silenced)
        self.show_errors({})

    def show_errors(self, errors: Mapping[str, Sequence[Any]]) -> None:
        """Put the messages at their fields; a typed password has to be typed again."""
        if "password" in self._fields and self["password"].data and "password" not in errors:
            text = _l("Type it again: a password is not kept in a page.")
            errors = {**errors, "password": [text]}
        super().show_errors(errors)

    @property
    def more_is_open(self) -> bool:
        """Whether the fold must be open: a field in it has an error, or was changed."""
        return any(self[name].errors or self._was_changed(name) for name in MORE)

    def _was_changed(self, name: str) -> bool:
        """Whether the form shown again holds something else than when it was opened."""
        field = self[name]
        if self._typed is None or (name not in self._typed and field.type != "BooleanField"):
            return False
        return bool((self.opened_with.get(name) or "") != (field.data or ""))


def password_help(contact: Contact | None) -> Any:
    """What an empty password means for this contact, or for a new one."""
    if contact is None:
        return _l("Not needed when a link to set it is sent by email.")
    if contact.login is None:
        return _l("For a contact who gets a login now. Not needed when a link to set it is sent.")
    if contact.login.password_hash is None:
        return _l("None is set yet. Leave it empty and let the contact set it by the link.")
    return _l("Leave it empty to keep the present password.")


def permission_hints() -> dict[str, Any]:
    """What the label of a permission does not say, by name."""
    hints: dict[str, Any] = {
        module.name: _l("Has no page in the portal yet.")
        for module in current_contacts.registry.modules.values()
        if module.view is None
    }
    hints[EMAIL_NOTIFICATIONS] = _l("Lets the contact choose own topics in the portal.")
    return hints


def proposals() -> dict[str, Sequence[str]]:
    """The topics that each permission proposes when it is ticked (BEHAVIOUR C5)."""
    registry = current_contacts.registry
    return {name: sorted(registry.topics_of([name])) for name in registry.permissions}


def languages() -> Iterable[tuple[str, str]]:
    """The languages that the host offers, code and name."""
    offered = current_app.config.get("LANGUAGES") or {"en": {}}
    for code, facts in offered.items():
        yield code, facts.get("name", code)
