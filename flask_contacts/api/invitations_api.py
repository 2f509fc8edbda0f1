"""/api/v1/contacts/invitations/: how far contacts have come, and links to set a password."""

from __future__ import annotations

from itertools import chain
from typing import TYPE_CHECKING, Any

from ..errors import InvalidInput
from ..later import later
from ..services.invitations import lists, sending
from ..services.invitations.refusals import REFUSALS, refusal_of
from ..services.invitations.states import STATES, Invitation, invitations_of
from ..state import current_contacts
from .endpoints import endpoint
from .problems import refused_fields
from .queries import CURSOR, LIMIT, one_of, word
from .rest_api import ROOT, RestApi, rights_on
from .schemas import KEY, MOMENT, STRING, choice, listing, or_null, page_of, record

if TYPE_CHECKING:
    from . import cursors, visible_contacts
else:
    cursors = later("api.cursors")
    visible_contacts = later("api.visible_contacts")


_NAME = "Contacts invitations"
_CURSOR = "invitations"
_MOMENTS = (
    "asked_at", "sent_at", "valid_until", "accepted_at", "last_signed_in_at",
)  # fmt: skip
_INVITATION = record(
    {
        "contact": KEY,
        "name": STRING,
        "email": or_null(STRING),
        "state": choice(STATES),
        **{name: or_null(MOMENT) for name in _MOMENTS},
    }
)
_OUTCOME = record({"contact": KEY, "refusal": or_null(choice(REFUSALS)), "message": STRING})


class ContactsInvitationsRestApi(RestApi):
    """Told from what happened to the contact itself, never from its login (BEHAVIOUR C6)."""

    route_base = f"{ROOT}/invitations"
    class_permission_name = _NAME
    base_permissions = rights_on(_NAME)
    method_permission_name = {
        "invitations": "show",
        "invitation": "show",
        "send": "send",
        "send_many": "send",
    }

    @endpoint(
        "/",
        summary="List contacts with a login by their state, the newest first",
        query=(
            one_of("state", lists.LISTED_STATES, "In this state."),
            word("search", "How the e-mail address or the last name begins."),
            CURSOR,
            LIMIT,
        ),
        answer=page_of(_INVITATION),
    )
    def invitations(self, *, query: Any) -> Any:
        """A page."""
        found = lists.invitation_rows(
            current_contacts.session,
            current_contacts.staff_sight.contacts(),
            query["state"],
            query["search"],
            cursors.read(_CURSOR, query["cursor"]),
            query["limit"],
        )
        rows = [_answer(row.contact, row.invitation) for row in found.rows]
        return {"result": rows, "next": cursors.sign(_CURSOR, found.after)}

    @endpoint("/<pk>", summary="How far a contact has come", answer=record({"result": _INVITATION}))
    def invitation(self, pk: int) -> Any:
        """The state, ``no_login`` too."""
        return _one(pk)

    @endpoint(
        "/<pk>",
        "POST",
        summary="Send a contact a fresh link to set a password",
        body=record({}),
        answer=record({"result": _INVITATION}),
    )
    def send(self, pk: int, *, body: Any) -> Any:
        """The link before becomes void; 422 within five minutes of it (BEHAVIOUR C9, C10)."""
        sight, session = current_contacts.staff_sight, current_contacts.session
        contact, actor = _visible(pk), sight.actor()
        refusal = refusal_of(contact, unless_recent=True)
        if refusal is not None:
            raise refused_fields({"contact": [REFUSALS[refusal]]})
        try:
            sending.send_invitation(session, contact.customer_id, pk, actor, unless_recent=True)
        except InvalidInput as error:  # meanwhile
            texts = chain.from_iterable(error.errors.values())
            raise refused_fields({"contact": list(texts)}) from None
        return _one(pk)

    @endpoint(
        "/",
        "POST",
        summary="Send many contacts a fresh link to set a password",
        body=record({"contacts": listing(KEY, sending.MOST_AT_ONCE, 1)}),
        answer=record({"result": {"type": "array", "items": _OUTCOME}}),
    )
    def send_many(self, *, body: Any) -> Any:
        """What became of each; sending the same twice sends once."""
        sight = current_contacts.staff_sight
        found = sending.resend(
            current_contacts.session, body["contacts"], sight.actor(), visible=sight.contacts()
        )
        return {
            "result": [
                {
                    "contact": one.contact_id,
                    "refusal": one.refusal,
                    "message": "" if one.refusal is None else str(REFUSALS[one.refusal]),
                }
                for one in found
            ]
        }


def _visible(pk: int) -> Any:
    sight = current_contacts.staff_sight
    found = lists.visible_contacts(current_contacts.session, sight.contacts(), [pk])
    if not found:
        raise visible_contacts.missing()
    return found[0]


def _one(pk: int) -> dict[str, Any]:
    contact = _visible(pk)
    invitation = invitations_of(current_contacts.session, [contact])[pk]
    return {"result": _answer(contact, invitation)}


def _answer(contact: Any, invitation: Invitation) -> dict[str, Any]:
    return {
        "contact": contact.id,
        "name": contact.name,
        "email": contact.email,
        "state": invitation.state,
        **{name: getattr(invitation, name) for name in _MOMENTS},
    }
