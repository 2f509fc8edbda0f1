"""``@name`` in a comment: which staff users it means, and staff to choose from while typing."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Sequence
from typing import Any

from sqlalchemy import func, or_, select
from sqlalchemy.orm import Session

from ...errors import InvalidInput
from ...i18n import _l
from ...models.letter_case import begins, spellings
from ...state import current_contacts

#: More people than these are not named in one comment.
MOST = 20
#: So many are offered while typing.
OFFERED = 8
_MOST_CANDIDATES = 200
_LONGEST = 64
_WORD = re.compile(r"(?<![\w@./-])@([^\s@,;:!?()<>\[\]{}\"'/]{1,64}(?:@[\w.-]{1,64})?)")
_END = ".-_"


def staff_named_in(session: Session, text: str) -> list[Any]:
    """The active staff users (Flask-AppBuilder's) that a text names, by user name.

    ``@ada`` and ``@ada.`` both mean ``ada``; what names nobody is only text. Raises
    :class:`InvalidInput` at ``body`` for more than 20.
    """
    names = dict.fromkeys(name for word in _WORD.findall(text) for name in _readings(word))
    if not names:
        return []
    if len(names) > _MOST_CANDIDATES:
        raise InvalidInput({"body": [_too_many()]})
    user = current_contacts.appbuilder.sm.user_model
    query = (
        select(user)
        .where(func.lower(user.username).in_(_ways(names)), user.active)
        .order_by(user.username)
        .limit(MOST + 1)
    )
    found = list(session.scalars(query))
    if len(found) > MOST:
        raise InvalidInput({"body": [_too_many()]})
    return found


def unknown_names(text: str, found: Collection[str]) -> tuple[str, ...]:
    """What stands in a text after an ``@`` and is none of the user names that were ``found``."""
    known = {name.lower() for name in found}
    words = (word for word in _WORD.findall(text) if known.isdisjoint(_readings(word)))
    return tuple(dict.fromkeys(name for word in words if (name := word.rstrip(_END))))


def staff_beginning(session: Session, text: str) -> Sequence[Any]:
    """Active staff users whose user name, first or last name begins like this, at most 8."""
    text = text.strip().removeprefix("@")
    if not text or len(text) > _LONGEST or "\x00" in text:
        return []
    user = current_contacts.appbuilder.sm.user_model
    columns = (user.username, user.first_name, user.last_name)
    alike = [begins(one, text) for one in columns]
    query = select(user).where(user.active, or_(*alike)).order_by(user.username).limit(OFFERED)
    return session.scalars(query).all()


def _readings(word: str) -> list[str]:
    """What a word after the sign may mean: as it stands, and without what ends a sentence."""
    readings = [word.lower()]
    while word and word[-1] in _END:
        word = word[:-1]
        readings.append(word.lower())
    return [one for one in readings if one]


def _ways(names: Iterable[str]) -> list[str]:
    """The names as a database may lower them that does not know the case of every letter."""
    return list(dict.fromkeys(way for name in names for way in (name, *spellings(name))))


def _too_many() -> object:
    return _l("Mention at most %(count)s people.", count=MOST)
