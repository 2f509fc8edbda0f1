"""The columns of CRM → Customer contacts: which there are, and which a staff user has chosen."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from ...i18n import _l, _lp
from ...services.agent.question import SIZES
from ...services.staff.settings import save_staff_setting, staff_setting
from ...state import current_contacts
from .. import read_with_user
from ..current_staff import current_staff_id
from ..kept_parts import kept_part

_SETTING = "contact_list"
_INVITATION = ("login_id", "last_signed_in_at", "accepted_at", "invited_at")
#: What every row shows: the name, and whether the contact is primary, away or gone.
ALWAYS = ("firstname", "lastname", "active", "archived_at", "primary_of")


@dataclass(frozen=True)
class Column:
    """``needs`` are the columns of the contact that it is made of, ``order`` the name of the
    order by it."""

    name: str
    label: Any
    needs: tuple[str, ...] = ()
    order: str | None = None


COLUMNS = {
    one.name: one
    for one in (
        Column("company", _l("Company"), order="company"),
        Column("position", _l("Job title"), ("position",)),
        Column("email", _lp("address", "Email"), ("email",)),
        Column("phone", _l("Phone"), ("phone", "mobile_phone")),
        Column("state", _l("Invitation"), _INVITATION),
        Column("signed_in", _l("Last signed in"), ("last_signed_in_at",), "signed_in"),
        Column("created", _l("Created"), ("created_at",), "created"),
        Column("manager", _l("Account manager"), ("account_manager_id",)),
        Column("language", _l("Language"), ("language",)),
        Column("timezone", _l("Timezone"), ("timezone",)),
        Column("primary", _l("Primary contact"), ("primary_of",)),
        Column("reports_to", _l("Manager"), ("manager_id",)),
        Column("certificate", _l("Certificate"), ("certificate",)),
        Column("birthday", _l("Birthday"), ("birthday",)),
        Column("mobile_phone", _l("Mobile phone"), ("mobile_phone",)),
        Column("email2", _l("Email 2"), ("email2",)),
        Column("preference", _l("Contact preferences"), ("contact_preference",)),
        Column("no_mail", _l("Do not send emails"), ("do_not_send_emails",)),
        Column("no_call", _l("Do not call"), ("do_not_call",)),
        Column("created_by", _l("Created by"), ("created_by_id",)),
        Column("changed", _l("Last change"), ("updated_at",)),
    )
}
DEFAULTS = ("company", "position", "email", "phone", "state", "signed_in")


@dataclass(frozen=True)
class Choice:
    """What a staff user sees of the list."""

    columns: tuple[Column, ...]
    size: int

    @property
    def names(self) -> list[str]:
        """The names of the columns."""
        return [one.name for one in self.columns]

    @property
    def needs(self) -> list[str]:
        """The columns of the contact to load."""
        return [*ALWAYS, *(name for one in self.columns for name in one.needs)]


def labels() -> dict[str, str]:
    """The labels of all columns by their names, in the reader's words."""
    return kept_part(
        "column_labels", lambda: {name: str(one.label) for name, one in COLUMNS.items()}
    )


def current_choice() -> Choice:
    """The choice of this request's staff user, else the defaults; what is gone is left out."""
    staff = current_staff_id()
    stored = None
    if staff is not None:
        is_read, stored = read_with_user.setting(staff, _SETTING)
        if not is_read:
            stored = staff_setting(current_contacts.session, staff, _SETTING)
    stored = stored if isinstance(stored, dict) else {}
    names, size = stored.get("columns", DEFAULTS), stored.get("size", SIZES[0])
    columns = tuple(COLUMNS[name] for name in names if name in COLUMNS)
    return Choice(columns, size if size in SIZES else SIZES[0])


def choose(names: Sequence[str], size: int) -> None:
    """Remember a choice of this request's staff user, with the columns in their own order."""
    staff = current_staff_id()
    if staff is None:
        return
    wanted = [name for name in COLUMNS if name in names]
    is_default = tuple(wanted) == DEFAULTS and size == SIZES[0]
    value = None if is_default else {"columns": wanted, "size": size}
    save_staff_setting(current_contacts.session, staff, _SETTING, value)
