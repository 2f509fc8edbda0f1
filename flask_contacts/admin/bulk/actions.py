"""What staff can do to many contacts at once: the words, the fields and the change behind."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

from flask_babel import format_decimal
from wtforms import BooleanField, HiddenField

from ...i18n import _, _l, _n
from ...later import later
from ...services.staff.users import staff_id, staff_user
from ...state import current_contacts
from ..fields import AnyOf, CarryingForm
from ..look_up import LookUp

if TYPE_CHECKING:
    from ...services.bulk import changes
    from ...services.bulk.changes import Change
else:
    changes = later("services.bulk.changes")

Values = Mapping[str, Any]


class ChosenForm(CarryingForm):
    """To whom (``choose``): the ids ``contacts``, or all that match after the id ``rest``.

    ``silences`` is sent by who was told that topics lose their last recipient (N6).
    """

    choose = HiddenField()
    contacts = HiddenField()
    rest = HiddenField()
    silences = HiddenField()


class NamesForm(ChosenForm):
    """What is given, and what is taken."""

    give = AnyOf(_l("Give"))
    take = AnyOf(_l("Take away"))


class PermissionsForm(NamesForm):
    """Which permissions."""

    def __init__(self, typed: Any = None, **options: Any) -> None:
        super().__init__(typed, **options)
        choices = list(current_contacts.registry.permissions.items())
        self["give"].choices = self["take"].choices = choices


class TopicsForm(NamesForm):
    """Which topics."""

    give = AnyOf(_l("Turn on"))
    take = AnyOf(_l("Turn off"))

    def __init__(self, typed: Any = None, **options: Any) -> None:
        super().__init__(typed, **options)
        topics = current_contacts.registry.topics.values()
        self["give"].choices = self["take"].choices = [(one.name, one.label) for one in topics]


class ManagerForm(ChosenForm):
    """Which staff user looks after them, or that nobody does: an empty field is a mistake."""

    account_manager = LookUp(_l("Account manager"))
    nobody = BooleanField(_l("Nobody looks after them any more"))


class Action(NamedTuple):
    """``title``, ``button`` and ``done`` are words for a number of contacts, ``effects`` what
    staff should know before. Where ``form`` has fields of its own, they are
    asked for first; ``build`` makes the change of what was typed, and ``said`` its summary."""

    label: Any
    icon: str
    title: Callable[[int], Any]
    button: Callable[[int], Any]
    done: Callable[[int], Any]
    effects: Sequence[Any]
    build: Callable[[Values], Change]
    said: Callable[[Values], list[tuple[Any, Any]]] = lambda _values: []
    form: type[ChosenForm] = ChosenForm
    is_danger: bool = False

    @property
    def asks_for(self) -> list[str]:
        """The names of the fields that are asked for first."""
        return [one for one in self.form.field_names() if one not in ChosenForm.field_names()]


def _registered(names: Sequence[str], choices: Mapping[str, Any]) -> str:
    return ", ".join(str(choices[one]) for one in names if one in choices)


def _named(give: Any, take: Any, values: Values, choices: Mapping[str, Any]) -> list[Any]:
    said = ((give, values["give"]), (take, values["take"]))
    return [(label, _registered(names, choices)) for label, names in said if names]


def _permissions_said(values: Values) -> list[tuple[Any, Any]]:
    choices = current_contacts.registry.permissions
    return _named(_("Give"), _("Take away"), values, choices)


def _topics_said(values: Values) -> list[tuple[Any, Any]]:
    choices = {one.name: one.label for one in current_contacts.registry.topics.values()}
    return _named(_("Turn on"), _("Turn off"), values, choices)


def _manager_said(values: Values) -> list[tuple[Any, Any]]:
    found = staff_user(staff_id(values["account_manager"].strip()))
    return [(_("Account manager"), found.get_full_name() if found is not None else _("Nobody"))]


def _change_title(number: int) -> Any:
    return _n(
        "Change %(count)s contact?", "Change %(count)s contacts?", number,
        count=format_decimal(number),
    )  # fmt: skip


def _change_button(number: int) -> Any:
    return _n(
        "Change %(count)s contact", "Change %(count)s contacts", number,
        count=format_decimal(number),
    )  # fmt: skip


def _changed(number: int) -> Any:
    return _n(
        "%(count)s contact is changed.", "%(count)s contacts are changed.", number,
        count=format_decimal(number),
    )  # fmt: skip


_NO_MAIL = _l("No mail is sent.")

ACTIONS: Mapping[str, Action] = {
    "deactivate": Action(
        _l("Deactivate"),
        "fa-ban",
        lambda number: _n(
            "Deactivate %(count)s contact?", "Deactivate %(count)s contacts?", number,
            count=format_decimal(number),
        ),
        lambda number: _n(
            "Deactivate %(count)s contact", "Deactivate %(count)s contacts", number,
            count=format_decimal(number),
        ),
        lambda number: _n(
            "%(count)s contact is deactivated.", "%(count)s contacts are deactivated.", number,
            count=format_decimal(number),
        ),
        (
            _l("They are signed out of the portal; who is active at another company keeps that."),
            _l("Links that were sent to them do not work any more, and mail that waits for them "
               "is cancelled."),
            _NO_MAIL,
        ),
        lambda _values: changes.Deactivation(),
        is_danger=True,
    ),
    "reactivate": Action(
        _l("Reactivate"),
        "fa-check",
        lambda number: _n(
            "Reactivate %(count)s contact?", "Reactivate %(count)s contacts?", number,
            count=format_decimal(number),
        ),
        lambda number: _n(
            "Reactivate %(count)s contact", "Reactivate %(count)s contacts", number,
            count=format_decimal(number),
        ),
        lambda number: _n(
            "%(count)s contact is reactivated.", "%(count)s contacts are reactivated.", number,
            count=format_decimal(number),
        ),
        (
            _l("Who has a login can sign in again, and gets mail about the topics that are on."),
            _l("Where a customer has no active contact, the oldest of them becomes primary."),
            _NO_MAIL,
        ),
        lambda _values: changes.Reactivation(),
    ),
    "permissions": Action(
        _l("Permissions"),
        "fa-unlock-alt",
        _change_title,
        _change_button,
        _changed,
        (
            _l("It counts from their next request on. Their topics stay as they are."),
            _NO_MAIL,
        ),
        lambda values: changes.permissions_change(values["give"], values["take"]),
        _permissions_said,
        PermissionsForm,
    ),
    "topics": Action(
        _l("Topics"),
        "fa-bell-o",
        _change_title,
        _change_button,
        _changed,
        (_l("It counts for mail from now on. Their permissions stay as they are."), _NO_MAIL),
        lambda values: changes.topics_change(values["give"], values["take"]),
        _topics_said,
        TopicsForm,
    ),
    "account-manager": Action(
        _l("Account manager"),
        "fa-user-o",
        _change_title,
        _change_button,
        _changed,
        (_l("It changes nobody's rights to see these contacts."), _NO_MAIL),
        lambda values: changes.manager_change(
            values["account_manager"], nobody=bool(values["nobody"])
        ),
        _manager_said,
        ManagerForm,
    ),
}  # fmt: skip
