"""What staff choose under Setup → Settings."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping

from sqlalchemy.orm import Session

from ..errors import InvalidInput
from ..i18n import _l
from ..mail.recipients import FALLBACK_TOPICS, fallback_topics
from ..models import Setting
from ..state import current_contacts
from .transaction import in_transaction

_DEFAULT_PERMISSIONS = "default_permissions"


def default_permissions(session: Session) -> frozenset[str]:
    """The permissions that a new contact's form has ticked; all until staff choose (C5)."""
    known = current_contacts.registry.permissions
    row = session.get(Setting, _DEFAULT_PERMISSIONS)
    if row is None:
        return frozenset(known)
    return frozenset(name for name in row.value if name in known)


def current_settings(session: Session) -> dict[str, list[str]]:
    """What is chosen now, by the fields of the form."""
    return {
        "permissions": sorted(default_permissions(session)),
        "fallback_topics": sorted(fallback_topics(session)),
    }


def set_default_permissions(session: Session, names: Iterable[str]) -> None:
    """Choose the permissions that new contacts start with.

    Raises :class:`InvalidInput` at ``permissions`` for a name that does not exist.
    """
    save_settings(session, {"permissions": names})


def save_settings(session: Session, chosen: Mapping[str, Iterable[str]]) -> None:
    """Save choices: ``permissions`` that new contacts start with (BEHAVIOUR C5), and
    ``fallback_topics``, which go to the primary contact where nobody gets them (N2).

    One that is left out stays as it is. Raises :class:`InvalidInput` at the fields that
    name what does not exist; then nothing is saved.
    """
    registry = current_contacts.registry
    kept: dict[str, tuple[str, Collection[str]]] = {
        "permissions": (_DEFAULT_PERMISSIONS, registry.permissions),
        "fallback_topics": (FALLBACK_TOPICS, registry.topics),
    }
    names = {field: sorted(set(values)) for field, values in chosen.items()}
    text = _l("This holds a choice that does not exist. Choose again.")
    wrong = {field: [text] for field in names if not set(names[field]) <= set(kept[field][1])}
    if wrong:
        raise InvalidInput(wrong)

    def work() -> None:
        for field, values in names.items():
            session.merge(Setting(name=kept[field][0], value=values))

    in_transaction(session, work)
