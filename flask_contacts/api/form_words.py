"""What services say in the words of a form, in those of the API: its fields and their values."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from typing import Any

from ..i18n import _l
from ..services import field_checks
from ..services.contacts import values
from .known_names import permission_names, topic_names
from .problems import none_of

_NAMES: Mapping[str, Callable[[], Collection[str]]] = {
    "permissions": permission_names,
    "topics": topic_names,
}
_SAID: Sequence[tuple[object, Any]] = (
    (values.NO_WAY_IN, _l("A login needs a password, or send_password_mail as true.")),
    (values.NO_LOGIN, _l("Send is_user as true too: without a login no link is sent.")),
)


def of_api(name: str, text: object) -> object:
    """A service's reason at a field, as callers of the API can follow it."""
    if text is field_checks.UNKNOWN_CHOICE and name in _NAMES:
        return none_of(_NAMES[name]())
    return next((ours for theirs, ours in _SAID if text is theirs), text)
