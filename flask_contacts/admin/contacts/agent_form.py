"""The form of a contact in the agent interface (BEHAVIOUR S2): three tabs, no more fields."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from wtforms import BooleanField, StringField, TextAreaField

from ...i18n import _l, _lp
from ...services.contacts.values import PREFERENCES
from ...services.mailing.silent_topics import in_order
from ..fields import AnyOf, CarryingForm, OneOf
from ..look_up import LookUp
from .form import languages

if TYPE_CHECKING:
    from werkzeug.datastructures import MultiDict

    from ...registry import Topic

#: What the buttons Save and Save and Exit send under the name ``then``.
STAY, EXIT = "stay", "exit"
#: Where a service's message stands whose field has another name here.
_PLACES = {"customer": "company", "manager_id": "manager", "send_password_mail": "is_user"}


class AgentFields(CarryingForm):
    """The fields of the seed's form in its order, with its labels."""

    firstname = StringField(_l("First name"))
    lastname = StringField(_l("Last name"))
    middle_name = StringField(_l("Middle name"))
    birthday = StringField(_l("Birthday"))
    do_not_send_emails = BooleanField(_l("Do not send emails"))
    do_not_call = BooleanField(_l("Do not call"))
    is_user = BooleanField(_l("Is user"))
    contact_preference = OneOf(_l("Contact preferences"))
    notes = TextAreaField(_l("Notes"))
    company = LookUp(_l("Company"))
    manager = LookUp(_l("Manager"))
    position = StringField(_l("Job title"))
    certificate = StringField(_l("Certificate"))
    timezone = StringField(_l("Timezone"))
    language = OneOf(_l("Language"))
    mobile_phone = StringField(_l("Mobile phone"))
    mobile_phone2 = StringField(_l("Mobile phone 2"))
    phone = StringField(_l("Work phone"))
    email = StringField(_lp("address", "Email"))
    email2 = StringField(_l("Email 2"))
    other_contacts = TextAreaField(_l("Other contacts"))
    silences = AnyOf()
    then = OneOf()

    def __init__(
        self,
        typed: MultiDict[str, str] | None = None,
        values: Mapping[str, Any] | None = None,
    ) -> None:
        super().__init__(typed, data=values if typed is None else None)
        self.silenced: list[Topic] = []
        self.contact_preference.choices = list(PREFERENCES.items())
        self.language.choices = [("", _l("As the portal")), *languages()]

    def warn(self, silenced: Iterable[str]) -> None:
        """Ask again, because nobody would get mail about these topics (BEHAVIOUR N6)."""
        self.silenced = in_order(silenced)

    def show_errors(self, errors: Mapping[str, Sequence[Any]]) -> None:
        """Put the messages at their fields; a field's own say it better than one from elsewhere."""
        placed = {_PLACES[name]: texts for name, texts in errors.items() if name in _PLACES}
        own = {name: texts for name, texts in errors.items() if name not in _PLACES}
        super().show_errors({**placed, **own})
