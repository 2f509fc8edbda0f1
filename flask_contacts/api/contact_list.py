"""What can be asked of the list of contacts, and a page of it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from ..later import later
from ..models.customer import customer_key
from ..record_keys import typed_key
from ..services.agent.filters import STATES, Filters
from ..services.agent.orders import ORDERS
from ..services.invitations.lists import LISTED_STATES
from ..services.rest.contact_columns import NAMES, USUAL
from ..state import current_contacts
from .known_names import language_names, permission_names, topic_names
from .queries import (
    CURSOR,
    LIMIT,
    Parameter,
    columns,
    day,
    known,
    one_of,
    unknown_cursor,
    word,
    yes_no,
)
from .schemas import CUSTOMER

if TYPE_CHECKING:
    from ..services.agent import listing
    from ..services.rest import contact_rows as rest_contact_rows
    from . import json_text
else:
    json_text = later("api.json_text")
    listing = later("services.agent.listing")
    rest_contact_rows = later("services.rest.contact_rows")


_SAME_NAME = (
    "permission", "topic", "language", "primary", "invitation", "has_email", "wants_no_mail",
    "created_from", "created_until",
)  # fmt: skip


def _customer(given: str) -> Any:
    key = typed_key(given, customer_key.type)
    if key is None:
        raise ValueError(given)
    return key


CUSTOMER_PARAMETER = Parameter("customer", CUSTOMER, _customer, "Of this customer.")

PARAMETERS = (
    columns(NAMES, USUAL),
    word("search", "Words that stand in names, addresses, numbers or the company."),
    one_of("state", STATES, "In this state.", "active"),
    CUSTOMER_PARAMETER,
    yes_no("primary", "Primary contacts only, or all others."),
    known("permission", permission_names, "Who hold this permission."),
    known("topic", topic_names, "Who have this topic on."),
    one_of("invitation", ("any", *LISTED_STATES), "With a login, in this state of the way in."),
    known("language", language_names, "Of this language."),
    yes_no("has_email", "With an e-mail address, or without."),
    yes_no("wants_no_mail", "With Do not send emails, or without."),
    day("created_from", "Created on this day or later, in UTC."),
    day("created_until", "Created on this day or earlier, in UTC."),
    one_of("order", ORDERS, "By what they are put in order; else by name, or by what fits best."),
    one_of("direction", ("asc", "desc"), "From the first to the last, or the other way.", "asc"),
    CURSOR,
    LIMIT,
)


def page(asked: Mapping[str, Any]) -> json_text.Written:
    """A page of the contacts that the caller may see."""
    given = {name: asked[name] for name in _SAME_NAME if asked[name] not in {None, ""}}
    query = listing.ListQuery(
        search=asked["search"],
        filters=Filters(state=asked["state"], company=asked["customer"], **given),
        order=asked["order"],
        descending=asked["direction"] == "desc",
        cursor=asked["cursor"] or None,
        size=asked["limit"],
    )
    scope = current_contacts.staff_sight.scope()
    try:
        found = rest_contact_rows.contact_rows(
            current_contacts.session, scope, query, asked["columns"]
        )
    except listing.CursorUnknown:
        raise unknown_cursor() from None
    return json_text.page(*found)
