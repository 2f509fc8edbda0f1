"""/api/v1/contacts/: contacts, read and changed by the rules of the forms."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

from ..later import later
from ..state import current_contacts
from . import contact_list, contact_saving
from .contact_ends import ContactEndEndpoints
from .contact_fields import (
    CHANGES_OF_ONE,
    CONTACT,
    CONTACT_CHANGES,
    CONTACT_ROW,
    NAME_LIST,
    NEW_CONTACT,
    SILENCES,
)
from .contact_saving import MOST_AT_ONCE, OUTCOMES, SAVED
from .contact_states import ContactStateEndpoints
from .endpoints import endpoint
from .merging import MergeEndpoints
from .recipients import RecipientEndpoints
from .rest_api import ROOT, rights_on
from .schemas import listing, page_of, record

if TYPE_CHECKING:
    from . import openapi_document, tokens, visible_contacts
else:
    openapi_document = later("api.openapi_document")
    tokens = later("api.tokens")
    visible_contacts = later("api.visible_contacts")


#: The name of the pages' permissions.
CONTACTS = "Customer contacts"
_NAMES_HELD = record({"result": NAME_LIST})


class ContactsRestApi(
    ContactStateEndpoints, ContactEndEndpoints, MergeEndpoints, RecipientEndpoints
):
    """Every contact that the caller may see (BEHAVIOUR S7)."""

    route_base = ROOT
    class_permission_name = CONTACTS
    base_permissions = rights_on(CONTACTS)
    method_permission_name = {
        **ContactStateEndpoints.STATE_PERMISSIONS,
        **ContactEndEndpoints.END_PERMISSIONS,
        **MergeEndpoints.MERGE_PERMISSIONS,
        **RecipientEndpoints.RECIPIENT_PERMISSIONS,
        "contacts": "list",
        "description": "list",
        "contact": "show",
        "create": "add",
        "create_many": "add",
        "change": "edit",
        "change_many": "edit",
        "permissions": "show",
        "change_permissions": "edit",
        "topics": "show",
        "change_topics": "edit",
    }

    @endpoint(
        "/",
        summary="List contacts",
        query=contact_list.PARAMETERS,
        answer=page_of(CONTACT_ROW),
    )
    def contacts(self, *, query: Any) -> Any:
        """A page of the contacts, in order, narrowed."""
        return contact_list.page(query)

    @endpoint("/openapi.json", summary="This description", answer={"type": "object"})
    def description(self) -> Any:
        """The description of this API alone, as OpenAPI."""
        return openapi_document.document(current_contacts.appbuilder)

    @endpoint("/<pk>", summary="Read a contact", answer=record({"result": CONTACT}), leads_on=True)
    def contact(self, pk: int) -> Any:
        """All of a contact."""
        return {"result": visible_contacts.read_contact(pk)}

    @endpoint("/", "POST", summary="Create a contact", body=NEW_CONTACT, answer=SAVED, status=201)
    def create(self, *, body: Any) -> Any:
        """A new contact (BEHAVIOUR C1 to C9, S1, S2)."""
        return contact_saving.told(contact_saving.create(body))

    @endpoint(
        "/<pk>", "PUT", summary="Change fields of a contact", body=CONTACT_CHANGES, answer=SAVED
    )
    def change(self, pk: int, *, body: Any) -> Any:
        """Change what is named; the rest stays (BEHAVIOUR C10)."""
        return contact_saving.told(contact_saving.change(pk, body))

    @endpoint(
        "/bulk",
        "POST",
        summary="Create many contacts, each in a transaction of its own",
        body=record({"contacts": listing(NEW_CONTACT, MOST_AT_ONCE, 1)}),
        answer=OUTCOMES,
    )
    def create_many(self, *, body: Any) -> Any:
        """What became of each, in order; 201 for those that were made."""
        tokens.require("can_bulk", CONTACTS)
        works = [partial(contact_saving.create, given) for given in body["contacts"]]
        return contact_saving.each(works, 201)

    @endpoint(
        "/bulk",
        "PUT",
        summary="Change many contacts, each in a transaction of its own",
        body=record({"contacts": listing(CHANGES_OF_ONE, MOST_AT_ONCE, 1)}),
        answer=OUTCOMES,
    )
    def change_many(self, *, body: Any) -> Any:
        """What became of each, in order; 200 for those that were changed."""
        tokens.require("can_bulk", CONTACTS)
        works = [partial(contact_saving.change, one["id"], one) for one in body["contacts"]]
        return contact_saving.each(works, 200)

    @endpoint(
        "/<pk>/permissions",
        summary="Read a contact's permissions",
        answer=_NAMES_HELD,
        leads_on=True,
    )
    def permissions(self, pk: int) -> Any:
        """The modules that it may use."""
        return {"result": visible_contacts.read_contact(pk)["permissions"]}

    @endpoint(
        "/<pk>/permissions",
        "PUT",
        summary="Set a contact's permissions",
        body=record({"permissions": NAME_LIST, "silences": SILENCES}, ["permissions"]),
        answer=_NAMES_HELD,
    )
    def change_permissions(self, pk: int, *, body: Any) -> Any:
        """These and no others; what it does not hold any more ends at its next request (P1)."""
        contact_saving.change(pk, body)
        return {"result": visible_contacts.whole_contact(pk)["permissions"]}

    @endpoint("/<pk>/topics", summary="Read a contact's topics", answer=_NAMES_HELD, leads_on=True)
    def topics(self, pk: int) -> Any:
        """What it is mailed about."""
        return {"result": visible_contacts.read_contact(pk)["topics"]}

    @endpoint(
        "/<pk>/topics",
        "PUT",
        summary="Set a contact's topics",
        body=record({"topics": NAME_LIST, "silences": SILENCES}, ["topics"]),
        answer=_NAMES_HELD,
    )
    def change_topics(self, pk: int, *, body: Any) -> Any:
        """These and no others; 422 at ``silences`` where nobody would get one (N6)."""
        contact_saving.change(pk, body)
        return {"result": visible_contacts.whole_contact(pk)["topics"]}
