"""A contact as the API takes and gives it: every field by name, and no other."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any

from ..services.contacts.values import LONG_TEXTS, PREFERENCES, TEXTS
from ..services.rest.contact_columns import NAMES
from .schemas import (
    BOOLEAN,
    CUSTOMER,
    DAY,
    DAY_PATTERN,
    KEY,
    MOMENT,
    STRING,
    Schema,
    choice,
    listing,
    or_null,
    record,
    text,
)

_MOST_NAMES = 100
_LONGEST_PASSWORD = 1024

NAME_LIST: Schema = listing(text(50), _MOST_NAMES)
#: Topics of which the caller knows that nobody will get their mail any more (N6).
SILENCES: Schema = NAME_LIST

_WRITTEN: dict[str, Schema] = {
    **{name: or_null(text(longest)) for name, longest in {**TEXTS, **LONG_TEXTS}.items()},
    "firstname": text(TEXTS["firstname"], empty=False),
    "lastname": text(TEXTS["lastname"], empty=False),
    "email": or_null(text(254)),
    "email2": or_null(text(254)),
    "birthday": {"type": ["string", "null"], "pattern": DAY_PATTERN},
    "contact_preference": choice(PREFERENCES),
    "do_not_send_emails": BOOLEAN,
    "do_not_call": BOOLEAN,
    "manager": or_null(KEY),
    "account_manager": or_null(text(64)),
    "permissions": NAME_LIST,
    "topics": NAME_LIST,
    "is_user": BOOLEAN,
    "password": text(_LONGEST_PASSWORD),
    "send_password_mail": BOOLEAN,
    "silences": SILENCES,
}
#: A new contact; ``customer`` null is one without a customer.
NEW_CONTACT = record(
    {
        "customer": or_null(CUSTOMER),
        **_WRITTEN,
        "is_primary": BOOLEAN,
        "no_welcome_mail": BOOLEAN,
    },
    ["firstname", "lastname"],
)
#: What is to be changed; what is not named stays.
CONTACT_CHANGES = record(_WRITTEN, (), at_least=1)
CHANGES_OF_ONE = record({"id": KEY, **_WRITTEN}, ["id"], at_least=2)

_FLAGS = ("do_not_send_emails", "do_not_call", "is_primary", "active", "is_user")
_MOMENTS = (
    "invited_at", "accepted_at", "last_signed_in_at", "archived_at", "anonymised_at",
)  # fmt: skip
_GIVEN: dict[str, Schema] = {
    **{name: or_null(STRING) for name in NAMES},
    **dict.fromkeys(("firstname", "lastname", "contact_preference"), STRING),
    **dict.fromkeys(_FLAGS, BOOLEAN),
    **dict.fromkeys(_MOMENTS, or_null(MOMENT)),
    **dict.fromkeys(("created_at", "updated_at"), MOMENT),
    "permissions": {"type": "array", "items": STRING},
    "topics": {"type": "array", "items": STRING},
    "id": KEY,
    "customer": or_null({"type": CUSTOMER["type"]}),
    "manager": or_null(KEY),
    "birthday": or_null(DAY),
}
#: A row of a list: the columns that were asked for.
CONTACT_ROW = record(_GIVEN, ())
#: All of one contact.
CONTACT = record({**_GIVEN, "account_manager": or_null(STRING)})


def without(given: Mapping[str, Any], names: Collection[str]) -> dict[str, Any]:
    """The fields but some."""
    return {name: value for name, value in given.items() if name not in names}
