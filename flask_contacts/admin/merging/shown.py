"""A comparison of contacts in words: what the page of a merge shows of it."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from typing import Any

from sqlalchemy import func, select

from ...i18n import _, _l, _n
from ...models import Activity, Contact, Mail
from ...services.mailing.outgoing_mail import ABOUT_LOGINS
from ...services.merging import host_rows
from ...services.merging.comparison import Comparison
from ...services.merging.proposals import ALL, BAN, WITH_LOGIN, FieldChoice, NameChoice
from ...state import current_contacts
from ..contact_visibility import visible
from ..contacts import activity_words, erasure
from ..contacts.activity_words import ABOUT_THE_LOGIN, EMPTY
from ..customers.sight import may_know_of_logins
from ..staff_names import staff_by_id

_COUNT_LIMIT = 1_000
#: Why what is chosen already is not what the one that stays has.
_REASONS = {WITH_LOGIN: _l("goes with the login"), BAN: _l("a ban stays")}


@dataclass(frozen=True)
class Cell:
    """A value that can be chosen; ``text`` is empty for none. ``note`` says where it is from."""

    choice: str
    text: str
    is_chosen: bool
    note: Any = ""


@dataclass(frozen=True)
class Row:
    """A field with a cell for each contact, and others besides; ``is_fixed``: no choice.
    ``reason`` says why another's value is chosen already, or is empty."""

    name: str
    label: Any
    cells: list[Cell]
    others: list[Cell]
    is_fixed: bool
    is_same: bool
    reason: Any = ""


@dataclass(frozen=True)
class Tick:
    """A permission or a topic to tick; ``missing`` are the names of those who do not have it."""

    name: str
    label: Any
    is_on: bool
    holders: list[bool]


@dataclass(frozen=True)
class Along:
    """What comes along, and the host's tables that forbid the merge, in words."""

    comes: list[str]
    in_the_way: list[str]


class _Words:
    """The names behind the ids in the fields of some contacts."""

    def __init__(self, shown: Comparison) -> None:
        self.staff = staff_by_id(_ids(shown, "account_manager_id"))
        ids = _ids(shown, "manager_id")
        query = select(Contact.id, Contact.firstname, Contact.lastname)
        rows = current_contacts.session.execute(query.where(Contact.id.in_(ids), visible()))
        self.managers = {pk: f"{first} {last}" for pk, first, last in rows} if ids else {}

    def of(self, field: str, value: Any) -> str:
        """One value; nothing for none."""
        if value in EMPTY:
            return ""
        if field == "manager_id":
            return self.managers.get(value) or str(_("Former contact"))
        if field == "account_manager_id":
            return self.staff[value].name
        if field == "birthday":
            value = value.isoformat()
        return activity_words.value_in_words(field, value)


def _ids(shown: Comparison, name: str) -> list[int]:
    return [
        one.value
        for field in shown.fields
        if field.name == name
        for one in field.options
        if one.value is not None
    ]


def rows(shown: Comparison, typed: dict[str, str]) -> list[Row]:
    """Every field; ``typed`` are the choices of a form that is shown again."""
    words = _Words(shown)
    return [_row(one, words, typed.get(one.name)) for one in shown.fields]


def _row(field: FieldChoice, words: _Words, typed: str | None) -> Row:
    known = {one.choice for one in field.options}
    chosen = typed if typed in known and not field.is_fixed else field.chosen
    cells = [
        Cell(
            one.choice,
            words.of(field.name, one.value),
            one.choice == chosen,
            "" if one.of else _note(one.choice),
        )
        for one in field.options
    ]
    count = len([one for one in field.options if one.of])
    label = activity_words.AGENT_FIELDS[field.name]
    is_same = field.is_same and len(cells) == count
    reason = _REASONS.get(field.because or "", "")
    return Row(field.name, label, cells[:count], cells[count:], field.is_fixed, is_same, reason)


def _note(choice: str) -> Any:
    if choice == ALL:
        return _("All, one below the other")
    return _("The other address")


def ticks(
    shown: Comparison,
    names: list[NameChoice],
    labels: dict[str, Any],
    typed: Collection[str] | None,
) -> list[Tick]:
    """The permissions, or the topics, that any of the contacts has, in the order in which they
    are registered; last what is registered no more."""
    place = {name: number for number, name in enumerate(labels)}
    return [
        Tick(
            one.name,
            labels.get(one.name, one.name),
            one.proposed if typed is None else one.name in typed,
            [contact.id in one.holders for contact in shown.contacts],
        )
        for one in sorted(names, key=lambda one: place.get(one.name, len(place)))
    ]


def login_sentences(shown: Comparison) -> list[str]:
    """What becomes of the logins (C7), so that nobody is surprised."""
    found = []
    fate = shown.login
    if fate.kept is not None and fate.kept.login is not None:
        found.append(
            _(
                "%(email)s stays the address and the login. To change it, merge first, then Edit.",
                email=fate.kept.login.email,
            )
        )
    goes_on = _l(
        "The login %(email)s goes on if this address is chosen as Email. If another is chosen, "
        "the merged contact has no login."
    )
    ends = _l(
        "The login %(email)s does not open this contact any more: its sessions for it end with "
        "the merge."
    )
    found += [str(goes_on) % {"email": _login(one)} for one in fate.may_move]
    found += [str(ends) % {"email": _login(one)} for one in fate.lost]
    if fate.kept is None and fate.lost and not fate.may_move:
        found.append(_("The merged contact has no login. Generate login gives it one afterwards."))
    return [str(one) for one in found]


def _login(contact: Contact) -> str:
    return contact.login.email if contact.login is not None else ""


def along(shown: Comparison) -> Along:
    """Counted, so that staff see how much there is."""
    session = current_contacts.session
    ids = [one.id for one in shown.contacts if one is not shown.survivor]
    activities = select(Activity.id).where(Activity.contact_id.in_(ids))
    mails = select(Mail.id).where(Mail.contact_id.in_(ids))
    if not may_know_of_logins():
        activities = activities.where(Activity.verb.not_in(ABOUT_THE_LOGIN))
        mails = mails.where(Mail.template.not_in(ABOUT_LOGINS))
    number, letters = _count(activities), _count(mails)
    comes = [
        _n("%(num)d entry of the activity", "%(num)d entries of the activity", number),
        _n("%(num)d email in the records", "%(num)d emails in the records", letters),
    ]
    in_the_way: list[str] = []
    for one in host_rows.preview(session, ids, shown.survivor.id):
        (in_the_way if one.in_the_way else comes).append(erasure.rows_of(one.table, one.rows))
    return Along([text for text in comes if not text.startswith("0 ")], in_the_way)


def _count(query: Any) -> int:
    few = query.limit(_COUNT_LIMIT).subquery()
    return current_contacts.session.scalar(select(func.count()).select_from(few)) or 0
