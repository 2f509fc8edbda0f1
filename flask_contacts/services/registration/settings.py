"""What staff choose about registering in the portal (BEHAVIOUR P6), and whether it is open."""

from __future__ import annotations

import logging
from collections.abc import Collection
from typing import TYPE_CHECKING

from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Session

from ...errors import InvalidInput
from ...i18n import _l
from ...later import later
from ...models import Setting
from ...models.binding import bound_customer
from ...state import current_contacts

if TYPE_CHECKING:
    from ... import email_address
    from ..contacts.values import Problems
else:
    email_address = later("email_address")

log = logging.getLogger(__name__)
#: The names of the settings: of the rules that are on, and of the addresses to tell.
RULES_NAME, NOTICES_NAME = "registration", "registration_notices"
ALLOWED, APPROVAL = "allowed", "approval"
RULES = {
    ALLOWED: _l("Allow registration"),
    APPROVAL: _l("Registrations need approval"),
}
_UNTIL_CHOSEN = frozenset({APPROVAL})
_MOST_ADDRESSES = 20
NO_FUNCTION = _l(
    "Nobody can register yet: this application has customers of its own, and does not say how "
    "a registration becomes one. A developer passes register_customer= to Contacts."
)


def registration_rules(session: Session) -> frozenset[str]:
    """The names of :data:`RULES` that are on; until staff choose nobody can register."""
    row = session.get(Setting, RULES_NAME)
    return _UNTIL_CHOSEN if row is None else frozenset(row.value).intersection(RULES)


def is_open(session: Session) -> bool:
    """Whether anybody may register now."""
    return can_make_customers() and ALLOWED in registration_rules(session)


def can_make_customers() -> bool:
    """Whether a registration can become a customer: a host's own model needs its function."""
    return bound_customer() is None or current_contacts.registry.register_customer is not None


def notified_addresses(session: Session) -> list[str]:
    """Whom to tell of a registration."""
    row = session.get(Setting, NOTICES_NAME)
    return [] if row is None else list(row.value)


def rule_problems(names: Collection[str]) -> Problems:
    """What keeps these rules from being chosen, by field."""
    if ALLOWED in names and not can_make_customers():
        return {RULES_NAME: [NO_FUNCTION]}
    return {}


def read_addresses(typed: object) -> list[str]:
    """E-mail addresses as a list; commas stand between them.

    Raises :class:`InvalidInput` at ``registration_notices``.
    """
    if not isinstance(typed, str):
        raise InvalidInput({NOTICES_NAME: [_l("This must be text.")]})
    addresses: dict[str, None] = {}
    for part in filter(None, (part.strip() for part in typed.replace(";", ",").split(","))):
        try:
            addresses[email_address.canonical_email(part).key] = None
        except InvalidInput:
            text = _l("%(address)s is no e-mail address.", address=part[:100])
            raise InvalidInput({NOTICES_NAME: [text]}) from None
    if len(addresses) > _MOST_ADDRESSES:
        text = _l("Type at most %(count)s addresses.", count=_MOST_ADDRESSES)
        raise InvalidInput({NOTICES_NAME: [text]})
    return list(addresses)


def warn_where_closed(session: Session) -> None:
    """Log at start that registration stays closed, though staff allowed it (``contacts.C081``)."""
    if can_make_customers():
        return
    try:
        with Session(session.get_bind(Setting)) as own:  # the host's own may be at work
            allowed = ALLOWED in registration_rules(own)
    except SQLAlchemyError:  # there are no tables yet
        return
    if allowed:
        log.warning(
            "contacts.C081: Registration is allowed under Setup → Settings and stays closed, "
            "because Contacts was made without register_customer=."
        )
