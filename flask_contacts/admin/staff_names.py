"""Staff users as pages name them: a few at once, in one statement, never all."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from sqlalchemy import Select, case, or_, select

from ..i18n import _
from ..models.letter_case import equals
from ..state import current_contacts
from .exact_fits import holds

#: More than these are not offered while typing; any other can be typed.
MOST = 50
_LONGEST = 100
_MOST_WORDS = 4


@dataclass(frozen=True)
class StaffName:
    """A staff user by name; ``username`` is empty and ``active`` False for one who is gone."""

    id: int
    name: str
    username: str = ""
    active: bool = False


def staff_by_id(ids: Iterable[int]) -> dict[int, StaffName]:
    """The staff users of these ids, also those who are gone, in the order of ``ids``."""
    wanted = list(dict.fromkeys(ids))
    if not wanted:
        return {}
    user = _model()
    rows = current_contacts.session.scalars(select(user).where(user.id.in_(wanted)))
    found = {row.id: _name(row) for row in rows}
    return {one: found.get(one) or StaffName(one, _("Former staff user")) for one in wanted}


def offered_staff() -> list[StaffName]:
    """The active staff users to choose from while typing: at most 50, by user name."""
    return [_name(row) for row in current_contacts.session.scalars(_offered(_model()))]


@lru_cache(maxsize=8)
def _offered(user: Any) -> Select[Any]:
    """Made once for a model of staff: to make it takes longer than to ask."""
    return select(user).where(user.active).order_by(user.username).limit(MOST)


def staff_holding(text: str, most: int = MOST) -> list[StaffName]:
    """The active staff users whose names hold each word of a text: first those who are called
    so, then by user name."""
    user = _model()
    if len(text) > _LONGEST or "\x00" in text:
        return []
    names = (user.username, user.first_name, user.last_name)
    words = text.split()
    query = select(user).where(user.active, *(holds(names, one) for one in words[:_MOST_WORDS]))
    if words:
        full_name = user.first_name + " " + user.last_name
        exact = or_(*(equals(one, " ".join(words)) for one in (user.username, full_name)))
        query = query.order_by(case((exact, 0), else_=1))
    query = query.order_by(user.username).limit(most)
    return [_name(row) for row in current_contacts.session.scalars(query)]


def staff_candidates(text: str, most: int) -> list[tuple[str, str]]:
    """Who may be meant by a text: user names, and the words that are shown; nobody for none."""
    found = staff_holding(text, most) if text.strip() else []
    return [(one.username, f"{one.name} ({one.username})") for one in found]


def _model() -> Any:
    return current_contacts.appbuilder.sm.user_model


def _name(user: Any) -> StaffName:
    return StaffName(user.id, user.get_full_name(), user.username, bool(user.active))
