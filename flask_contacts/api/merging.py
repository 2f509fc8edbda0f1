"""Several contacts become one, as the page that compares them proposes or as it is said."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from ..errors import NotFound
from ..later import later
from ..services.merging.comparison import MOST
from ..services.merging.proposals import FIELDS
from ..state import current_contacts
from .contact_fields import NAME_LIST, SILENCES
from .contact_saving import SAVED, told
from .endpoints import endpoint
from .problems import OURS, not_found, refused_fields
from .rest_api import RestApi
from .schemas import KEY, listing, record

if TYPE_CHECKING:
    from ..services.merging import merge as merging_merge, values
    from ..services.merging.values import Choices
    from . import visible_contacts
else:
    visible_contacts = later("api.visible_contacts")
    merging_merge = later("services.merging.merge")
    values = later("services.merging.values")


#: The key of the contact whose value is kept; its second address from the first of that one;
#: all texts, one below the other.
_CHOICE = {"type": "string", "pattern": r"^([1-9][0-9]{0,9}(\.email)?|all)$"}


class MergeEndpoints(RestApi):
    """A contact that is hidden from the caller is 404, and unknown among the others (S7)."""

    MERGE_PERMISSIONS = {"merge": "merge"}

    @endpoint(
        "/<pk>/merge",
        "POST",
        summary="Make other contacts one with this one, for good",
        body=record(
            {
                "contacts": listing(KEY, MOST - 1, 1),
                "choices": record({OURS.get(name, name): _CHOICE for name in FIELDS}, ()),
                "permissions": NAME_LIST,
                "topics": NAME_LIST,
                "silences": SILENCES,
            },
            ["contacts"],
        ),
        answer=SAVED,
    )
    def merge(self, pk: int, *, body: Any) -> Any:
        """What is not chosen is as the page proposes."""
        visible_contacts.visible_contact(pk)
        sight = current_contacts.staff_sight
        try:
            saved = merging_merge.merge_contacts(
                current_contacts.session,
                [pk, *body["contacts"]],
                pk,
                _choices(body),
                sight.actor(),
                visible=sight.contacts(),
                silences=body.get("silences", ()),
            )
        except NotFound:  # one of the others: that of the address is there
            raise refused_fields({"contacts": [not_found()["message"]]}) from None
        return told(saved)


def _choices(body: Mapping[str, Any]) -> Choices:
    theirs = {ours: name for name, ours in OURS.items()}
    fields = {theirs.get(name, name): value for name, value in body.get("choices", {}).items()}
    permissions, topics = body.get("permissions"), body.get("topics")
    return values.Choices(
        fields,
        None if permissions is None else frozenset(permissions),
        None if topics is None else frozenset(topics),
    )
