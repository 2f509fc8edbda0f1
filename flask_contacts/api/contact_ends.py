"""Anonymise and delete: what cannot be taken back."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ..later import later
from ..state import current_contacts
from .contact_saving import SAVED, told
from .endpoints import endpoint
from .queries import key, words
from .rest_api import RestApi
from .schemas import KEY, or_null, record

if TYPE_CHECKING:
    from ..services.contacts import archive, states
    from . import visible_contacts
else:
    visible_contacts = later("api.visible_contacts")
    archive = later("services.contacts.archive")
    states = later("services.contacts.states")


class ContactEndEndpoints(RestApi):
    """A contact that is hidden from the caller is 404 in all of them (BEHAVIOUR S7)."""

    END_PERMISSIONS = {"anonymise": "delete", "delete": "delete"}

    @endpoint(
        "/<pk>/anonymise",
        "POST",
        summary="Remove the person from an archived contact, for good",
        body=record({}),
        answer=SAVED,
    )
    def anonymise(self, pk: int, *, body: Any) -> Any:
        """Its row stays, so that counts and the host's records do."""
        contact, actor = visible_contacts.visible_contact(pk), current_contacts.staff_sight.actor()
        session = current_contacts.session
        return told(archive.anonymise_contact(session, contact.customer_id, pk, actor))

    @endpoint(
        "/<pk>",
        "DELETE",
        summary="Delete a contact for good; the primary one names a successor",
        query=(
            key("successor", "The contact that becomes the primary one."),
            words("silences", "The topics that nobody gets mail about any more."),
        ),
        answer=record({"promoted": or_null(KEY)}),
    )
    def delete(self, pk: int, *, query: Any) -> Any:
        """422 where the host's records do not let go of it: archive it then."""
        contact, actor = visible_contacts.visible_contact(pk), current_contacts.staff_sight.actor()
        done = states.delete_contact(
            current_contacts.session,
            contact.customer_id,
            pk,
            query["successor"],
            actor,
            silences=query["silences"],
        )
        return {"promoted": None if done.promoted is None else done.promoted.id}
