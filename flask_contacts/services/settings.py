"""What staff choose under Setup → Settings."""

from __future__ import annotations

from collections.abc import Iterable

from sqlalchemy.orm import Session

from ..errors import InvalidInput
from ..i18n import _l
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


def set_default_permissions(session: Session, names: Iterable[str]) -> None:
    """Choose the permissions that new contacts start with.

    Raises :class:`InvalidInput` at ``permissions`` for a name that does not exist.
    """
    chosen = sorted(set(names))
    if any(name not in current_contacts.registry.permissions for name in chosen):
        raise InvalidInput(
            {"permissions": [_l("This holds a choice that does not exist. Choose again.")]}
        )
    in_transaction(session, lambda: session.merge(Setting(name=_DEFAULT_PERMISSIONS, value=chosen)))
