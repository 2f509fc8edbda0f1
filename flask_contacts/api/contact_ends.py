"""Anonymise and delete: what cannot be taken back."""

from __future__ import annotations

from typing import Any

from ..services.contacts.archive import anonymise_contact
from ..services.contacts.states import delete_contact
from ..state import current_contacts
from .contact_saving import SAVED, told
from .endpoints import endpoint
from .queries import key, words
from .rest_api import RestApi
from .schemas import KEY, or_null, record
from .visible_contacts import visible_contact


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
        contact, actor = visible_contact(pk), current_contacts.staff_sight.actor()
        session = current_contacts.session
        return told(anonymise_contact(session, contact.customer_id, pk, actor))

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
        contact, actor = visible_contact(pk), current_contacts.staff_sight.actor()
        done = delete_contact(
            current_contacts.session,
            contact.customer_id,
            pk,
            query["successor"],
            actor,
            silences=query["silences"],
        )
        return {"promoted": None if done.promoted is None else done.promoted.id}
