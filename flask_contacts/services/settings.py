"""What staff choose under Setup → Settings."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from typing import Any

from sqlalchemy import ScalarSelect, select
from sqlalchemy.orm import Session

from ..errors import InvalidInput
from ..i18n import _l
from ..mail.recipients import FALLBACK_TOPICS, fallback_topics
from ..models import Setting
from ..state import current_contacts
from .registration import settings as registration_settings
from .transaction import in_transaction
from .two_factor import state as two_factor_state

_DEFAULT_PERMISSIONS = "default_permissions"
_PRIMARY_MAY = "primary_may"
COLLEAGUES = "colleagues"
#: What staff may leave to the customers' primary contacts (BEHAVIOUR P5).
PRIMARY_RIGHTS = {COLLEAGUES: _l("Primary contacts may manage colleagues")}
#: What staff may ask of every contact's sign-in.
TWO_FACTOR_RULES = {two_factor_state.REQUIRED: _l("Require two-factor authentication")}


def default_permissions(session: Session) -> frozenset[str]:
    """The permissions that a new contact's form has ticked; all until staff choose (C5)."""
    row = session.get(Setting, _DEFAULT_PERMISSIONS)
    return permissions_chosen(None if row is None else row.value)


def default_permissions_column() -> ScalarSelect[Any]:
    """What staff chose of them, or NULL, as a column of another query."""
    return select(Setting.value).where(Setting.name == _DEFAULT_PERMISSIONS).scalar_subquery()


def permissions_chosen(chosen: Collection[str] | None) -> frozenset[str]:
    """Those of that column that are registered."""
    known = current_contacts.registry.permissions
    return frozenset(known if chosen is None else (name for name in chosen if name in known))


def primary_may(session: Session, right: str) -> bool:
    """Whether primary contacts have a right of :data:`PRIMARY_RIGHTS`; none until staff choose."""
    row = session.get(Setting, _PRIMARY_MAY)
    return row is not None and right in row.value


def primary_rights_column() -> ScalarSelect[Any]:
    """Those rights, or NULL, as a column of another query."""
    return select(Setting.value).where(Setting.name == _PRIMARY_MAY).scalar_subquery()


def current_settings(session: Session) -> dict[str, Any]:
    """What is chosen now, by the fields of the form."""
    return {
        "permissions": sorted(default_permissions(session)),
        "fallback_topics": sorted(fallback_topics(session)),
        "primary_may": [name for name in PRIMARY_RIGHTS if primary_may(session, name)],
        "two_factor": list(TWO_FACTOR_RULES) if two_factor_state.is_required(session) else [],
        "registration": sorted(registration_settings.registration_rules(session)),
        "registration_notices": ", ".join(registration_settings.notified_addresses(session)),
    }


def set_default_permissions(session: Session, names: Iterable[str]) -> None:
    """Choose the permissions that new contacts start with.

    Raises :class:`InvalidInput` at ``permissions`` for a name that does not exist.
    """
    save_settings(session, {"permissions": names})


def save_settings(session: Session, chosen: Mapping[str, Any]) -> None:
    """Save choices: ``permissions`` that new contacts start with (BEHAVIOUR C5),
    ``fallback_topics``, which go to the primary contact where nobody gets them (N2),
    ``primary_may``, what primary contacts may do in the portal (P5), ``two_factor``,
    ``registration`` and ``registration_notices`` (P6), the addresses to tell, as one text.

    One that is left out stays as it is. Raises :class:`InvalidInput` at the fields that
    name what does not exist or cannot be; then nothing is saved.
    """
    registry = current_contacts.registry
    kept: dict[str, tuple[str, Collection[str]]] = {
        "permissions": (_DEFAULT_PERMISSIONS, registry.permissions),
        "fallback_topics": (FALLBACK_TOPICS, registry.topics),
        "primary_may": (_PRIMARY_MAY, PRIMARY_RIGHTS),
        "two_factor": (two_factor_state.RULES, TWO_FACTOR_RULES),
        "registration": (registration_settings.RULES_NAME, registration_settings.RULES),
    }
    values, wrong = _notices(chosen)
    names = {field: sorted(set(chosen[field])) for field in chosen if field in kept}
    text = _l("This holds a choice that does not exist. Choose again.")
    wrong.update(registration_settings.rule_problems(names.get("registration", ())))
    wrong.update({field: [text] for field in names if not set(names[field]) <= set(kept[field][1])})
    if wrong:
        raise InvalidInput(wrong)
    values.update({kept[field][0]: chosen_names for field, chosen_names in names.items()})

    def work() -> None:
        for name, value in values.items():
            session.merge(Setting(name=name, value=value))

    in_transaction(session, work)


def _notices(chosen: Mapping[str, Any]) -> tuple[dict[str, list[str]], dict[str, list[Any]]]:
    """The addresses to tell of a registration, by their setting, and what is wrong with them."""
    name = registration_settings.NOTICES_NAME
    if name not in chosen:
        return {}, {}
    try:
        return {name: registration_settings.read_addresses(chosen[name])}, {}
    except InvalidInput as error:
        return {}, error.errors
