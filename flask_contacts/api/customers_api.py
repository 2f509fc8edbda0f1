"""/api/v1/contacts/customers/: the bundled customers. A host's own have the host's API."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ..later import later
from ..models import Customer
from ..services.customers import bundled as service
from ..services.rest.customer_rows import NAMES, customer_rows
from ..state import current_contacts
from .endpoints import endpoint
from .queries import CURSOR, LIMIT, columns, unknown_cursor, word
from .rest_api import ROOT, RestApi, rights_on
from .schemas import KEY, MOMENT, STRING, Schema, or_null, page_of, record, text

if TYPE_CHECKING:
    from ..services.agent import listing
    from . import json_text, visible_contacts
else:
    json_text = later("api.json_text")
    visible_contacts = later("api.visible_contacts")
    listing = later("services.agent.listing")


_NAME = "Contacts customers"


def _longest(name: str) -> int:
    return int(getattr(Customer, name).type.length)


_WRITTEN: dict[str, Schema] = {
    **{name: or_null(text(_longest(name))) for name in service.COLUMNS},
    "company": text(_longest("company"), empty=False),
}
_GIVEN: dict[str, Schema] = {
    **{name: or_null(STRING) for name in NAMES},
    "company": STRING,
    "id": KEY,
    "created_at": MOMENT,
}
_ONE = record({"result": record(_GIVEN)})


class ContactsCustomersRestApi(RestApi):
    """Every customer that the caller may see (BEHAVIOUR S7)."""

    route_base = f"{ROOT}/customers"
    class_permission_name = _NAME
    base_permissions = rights_on(_NAME)
    method_permission_name = {
        "customers": "list",
        "customer": "show",
        "create": "add",
        "change": "edit",
    }

    @endpoint(
        "/",
        summary="List customers by company",
        query=(
            columns(NAMES, NAMES),
            word("search", "How the company begins."),
            CURSOR,
            LIMIT,
        ),
        answer=page_of(record(_GIVEN, ())),
    )
    def customers(self, *, query: Any) -> Any:
        """A page."""
        try:
            found = customer_rows(
                current_contacts.session,
                current_contacts.staff_sight.customers().statement,
                query["columns"],
                search=query["search"],
                cursor=query["cursor"] or None,
                size=query["limit"],
            )
        except listing.CursorUnknown:
            raise unknown_cursor() from None
        return json_text.page(*found)

    @endpoint("/<pk>", summary="Read a customer", answer=_ONE)
    def customer(self, pk: int) -> Any:
        """All of a customer."""
        return _one(_visible(pk))

    @endpoint(
        "/",
        "POST",
        summary="Create a customer",
        body=record(_WRITTEN, ["company"]),
        answer=_ONE,
        status=201,
    )
    def create(self, *, body: Any) -> Any:
        """Who sees only own customers becomes the customer admin of it (BEHAVIOUR S7)."""
        sight = current_contacts.staff_sight
        admin_id = None if sight.may_view_all() else sight.staff_id()
        values = service.checked(body)
        return _one(service.create_customer(current_contacts.session, values, admin_id))

    @endpoint(
        "/<pk>",
        "PUT",
        summary="Change fields of a customer",
        body=record(_WRITTEN, (), at_least=1),
        answer=_ONE,
    )
    def change(self, pk: int, *, body: Any) -> Any:
        """Change what is named; the rest stays."""
        key, values = _visible(pk).id, service.checked(body)
        return _one(service.edit_customer(current_contacts.session, key, values))


def _visible(pk: int) -> Any:
    found = current_contacts.staff_sight.customer(str(pk))
    if found is None:
        raise visible_contacts.missing()
    return found


def _one(customer: Any) -> dict[str, Any]:
    return {"result": {name: getattr(customer, name) for name in NAMES}}
