"""/api/v1/contacts/marketing-lists/: the lists, and who is on them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ..later import later
from ..models import MarketingList, MarketingMember
from ..models.marketing import LONGEST_NAME
from ..services import chunks
from ..services.marketing import lists, members
from ..state import current_contacts
from .endpoints import endpoint
from .queries import CURSOR, LIMIT, unknown_cursor, yes_no
from .rest_api import ROOT, RestApi, rights_on
from .schemas import (
    BOOLEAN,
    INTEGER,
    KEY,
    MOMENT,
    STRING,
    choice,
    listing,
    or_null,
    page_of,
    record,
    text,
)

if TYPE_CHECKING:
    from ..services.agent import listing as agent_listing
    from ..services.marketing import member_lists
    from . import cursors, tokens
else:
    cursors = later("api.cursors")
    tokens = later("api.tokens")
    agent_listing = later("services.agent.listing")
    member_lists = later("services.marketing.member_lists")


_NAME = "Marketing lists"
_MEMBERS = "marketing_members"
_MOST_AT_ONCE = 500
_WORDS = {
    "name": text(LONGEST_NAME, empty=False),
    "description": or_null(text(lists.LONGEST_DESCRIPTION)),
}
_LIST = record(
    {
        "id": KEY,
        "name": STRING,
        "description": or_null(STRING),
        "active": BOOLEAN,
        "created_by": STRING,
        "created_at": MOMENT,
        "members": INTEGER,
    }
)
_ONE = record({"result": _LIST})
_MEMBER = record(
    {
        "contact": KEY,
        "name": STRING,
        "email": or_null(STRING),
        "source": STRING,
        "added_by": STRING,
        "added_at": MOMENT,
        "unsubscribed_at": or_null(MOMENT),
    }
)
_OUTCOME = record({"contact": KEY, "refusal": or_null(choice(members.REFUSALS)), "message": STRING})


class ContactsMarketingListsRestApi(RestApi):
    """The lists are everybody's; who is on them is seen as far as one sees contacts (S7)."""

    route_base = f"{ROOT}/marketing-lists"
    class_permission_name = _NAME
    base_permissions = rights_on(_NAME)
    method_permission_name = {
        "marketing_lists": "list",
        "marketing_list": "show",
        "create": "add",
        "change": "edit",
        "archive": "edit",
        "restore": "edit",
        "members": "show",
        "add_members": "show",
        "remove_member": "remove_member",
    }

    @endpoint(
        "/",
        summary="List marketing lists by name",
        query=(
            yes_no("archived", "Those that are archived, in place of the others."),
            CURSOR,
            LIMIT,
        ),
        answer=page_of(_LIST),
    )
    def marketing_lists(self, *, query: Any) -> Any:
        """A page; ``members`` is counted up to 10,001."""
        try:
            found = lists.list_page(
                current_contacts.session,
                current_contacts.staff_sight.contacts(),
                active=not query["archived"],
                after=query["cursor"] or None,
                size=query["limit"],
            )
        except agent_listing.CursorUnknown:
            raise unknown_cursor() from None
        rows = [_answer(row.list, row.members) for row in found.rows]
        return {"result": rows, "next": found.after}

    @endpoint("/<pk>", summary="Read a marketing list", answer=_ONE)
    def marketing_list(self, pk: int) -> Any:
        """One list."""
        return _one(lists.find_list(current_contacts.session, pk))

    @endpoint(
        "/",
        "POST",
        summary="Make a marketing list",
        body=record(_WORDS, ["name"]),
        answer=_ONE,
        status=201,
    )
    def create(self, *, body: Any) -> Any:
        """No other list may have its name, archived ones included."""
        sight = current_contacts.staff_sight
        return _one(lists.create_list(current_contacts.session, body, sight.actor()))

    @endpoint(
        "/<pk>",
        "PUT",
        summary="Change a marketing list",
        body=record(_WORDS, (), at_least=1),
        answer=_ONE,
    )
    def change(self, pk: int, *, body: Any) -> Any:
        """What is not named stays."""
        return _one(lists.edit_list(current_contacts.session, pk, body))

    @endpoint(
        "/<pk>/archive", "POST", summary="Put a marketing list away", body=record({}), answer=_ONE
    )
    def archive(self, pk: int, *, body: Any) -> Any:
        """Nobody is added to it nor mailed because of it."""
        return _one(lists.archive_list(current_contacts.session, pk))

    @endpoint(
        "/<pk>/restore",
        "POST",
        summary="Take a marketing list out of the archive",
        body=record({}),
        answer=_ONE,
    )
    def restore(self, pk: int, *, body: Any) -> Any:
        """With everybody who is on it."""
        return _one(lists.restore_list(current_contacts.session, pk))

    @endpoint(
        "/<pk>/members",
        summary="List who is on a marketing list, the last added first",
        query=(yes_no("left", "Those who have left, in place of the others."), CURSOR, LIMIT),
        answer=page_of(_MEMBER),
    )
    def members(self, pk: int, *, query: Any) -> Any:
        """A page of those whom the caller may see."""
        session = current_contacts.session
        lists.find_list(session, pk)
        found = member_lists.member_page(
            session,
            pk,
            current_contacts.staff_sight.contacts(),
            left=bool(query["left"]),
            after=cursors.read(_MEMBERS, query["cursor"]),
            size=query["limit"],
        )
        rows = [_member(one) for one in found.members]
        return {"result": rows, "next": cursors.sign(_MEMBERS, found.after)}

    @endpoint(
        "/<pk>/members",
        "POST",
        summary="Add contacts to a marketing list",
        body=record({"contacts": listing(KEY, _MOST_AT_ONCE, 1), "rejoin": BOOLEAN}, ["contacts"]),
        answer=record({"result": {"type": "array", "items": _OUTCOME}}),
    )
    def add_members(self, pk: int, *, body: Any) -> Any:
        """What became of each; ``rejoin``: those who have left too, for they asked (S3)."""
        tokens.require("can_add_to_marketing_list", "Customer contacts")
        sight = current_contacts.staff_sight
        found = members.add_members(
            current_contacts.session,
            pk,
            body["contacts"],
            sight.actor(),
            rejoin=body.get("rejoin", False),
            visible=sight.contacts(),
        )
        return {"result": [_outcome(one) for one in found]}

    @endpoint(
        "/<pk>/members/<contact>",
        "DELETE",
        summary="Take a contact off a marketing list",
        answer=record({}),
    )
    def remove_member(self, pk: int, contact: int) -> Any:
        """Who has left stays known as such: 422."""
        sight = current_contacts.staff_sight
        members.remove_member(
            current_contacts.session, pk, contact, sight.actor(), visible=sight.contacts()
        )
        return {}


def _one(found: MarketingList) -> dict[str, Any]:
    visible = current_contacts.staff_sight.contacts()
    count = lists.count_members(current_contacts.session, [found.id], visible)[found.id]
    return {"result": _answer(found, count)}


def _answer(found: MarketingList, count: int) -> dict[str, Any]:
    names = ("id", "name", "description", "active", "created_by", "created_at")
    return {**{name: getattr(found, name) for name in names}, "members": count}


def _member(one: MarketingMember) -> dict[str, Any]:
    names = ("source", "added_by", "added_at", "unsubscribed_at")
    return {
        "contact": one.contact_id,
        "name": one.contact.name,
        "email": one.contact.email,
        **{name: getattr(one, name) for name in names},
    }


def _outcome(one: chunks.Outcome) -> dict[str, Any]:
    message = "" if one.refusal is None else str(members.REFUSALS[one.refusal])
    return {"contact": one.contact_id, "refusal": one.refusal, "message": message}
