"""The form of a contact in the agent interface (BEHAVIOUR S2): three tabs, no more fields."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from wtforms import BooleanField, StringField, TextAreaField

from ...errors import Overtaken
from ...i18n import _l, _lp
from ...services.contacts.values import PREFERENCES
from ...services.mailing.silent_topics import in_order
from ...services.meanwhile import changed_to, mark
from ..fields import AnyOf, OneOf
from ..look_up import LookUp, ZoneField
from ..opened_form import OpenedForm
from .form import languages
from .team_words import name_of_manager

if TYPE_CHECKING:
    from werkzeug.datastructures import MultiDict

    from ...models import Contact
    from ...registry import Topic

#: What the buttons Save and Save and Exit send under the name ``then``.
STAY, EXIT = "stay", "exit"
#: Where a service's message stands whose field has another name here.
_PLACES = {"customer": "company", "manager_id": "manager", "send_password_mail": "is_user"}


class AgentFields(OpenedForm):
    """The fields of the seed's form in its order, with its labels."""

    not_carried = frozenset({"silences", "then"})

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
    timezone = ZoneField(_l("Timezone"))
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
        #: Whose form it is; None for a new contact's.
        self.contact: Contact | None = None
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

    def place_of(self, name: str) -> Any:
        """As above; a service knows some fields by other names."""
        return super().place_of(_PLACES.get(name, name))

    def look_again(self, error: Overtaken) -> None:
        """As ever; a manager is carried by id, and by the name that stands in the field: who is
        out of sight is not named there (S7)."""
        if "manager_id" not in error.now or self.contact is None:
            super().look_again(error)
            return
        name = name_of_manager(self.contact)
        error.sentences["manager_id"] = changed_to(name)
        super().look_again(error)
        self.opened = {**(self.opened or {}), "manager": mark(name)}
