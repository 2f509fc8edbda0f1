"""Who gets the mail about a topic, and why or why not (BEHAVIOUR N1)."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from ..later import later
from ..mail.recipients import REASONS, explain
from ..state import current_contacts
from .contact_list import CUSTOMER_PARAMETER
from .endpoints import endpoint
from .known_names import topic_names
from .queries import known, whole
from .rest_api import RestApi
from .schemas import BOOLEAN, KEY, STRING, choice, or_null, record

if TYPE_CHECKING:
    from . import visible_contacts
else:
    visible_contacts = later("api.visible_contacts")


_MOST = 500
_RECIPIENT = record(
    {
        "contact": KEY,
        "name": STRING,
        "email": or_null(STRING),
        "gets": BOOLEAN,
        "is_on": BOOLEAN,
        "reason": choice(REASONS),
        "sentence": STRING,
    }
)


class RecipientEndpoints(RestApi):
    """A customer that is hidden from the caller is 404 (BEHAVIOUR S7)."""

    RECIPIENT_PERMISSIONS = {"recipients": "show"}

    @endpoint(
        "/recipients",
        summary="Who of a customer gets the mail about a topic, and why or why not",
        query=(
            replace(CUSTOMER_PARAMETER, required=True),
            replace(known("topic", topic_names, "The name of the topic."), required=True),
            whole("limit", 1, _MOST, 50, "So many contacts at most; those who get it come first."),
        ),
        answer=record({"result": {"type": "array", "items": _RECIPIENT}, "more": BOOLEAN}),
        may_miss=True,
    )
    def recipients(self, *, query: Any) -> Any:
        """``more``: there are contacts beyond the limit."""
        if current_contacts.staff_sight.customer(str(query["customer"])) is None:
            raise visible_contacts.missing()
        limit = query["limit"]
        session = current_contacts.session
        found = explain(session, query["customer"], query["topic"], limit + 1)
        return {"result": [_answer(one) for one in found[:limit]], "more": len(found) > limit}


def _answer(one: Any) -> dict[str, Any]:
    contact = one.contact
    return {
        "contact": contact.id,
        "name": contact.name,
        "email": contact.email,
        "gets": one.gets,
        "is_on": one.is_on,
        "reason": one.reason,
        "sentence": one.sentence,
    }
