"""Make primary, move, switch off and on, archive and restore: a contact's changes of state."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from ..actors import Actor
from ..i18n import _
from ..services.contacts.archive import archive_contact, restore_contact
from ..services.contacts.moving import move_contact
from ..services.contacts.saved import Saved
from ..services.contacts.states import deactivate_contact, make_primary, reactivate_contact
from ..services.rest.contact_changes import change_contact
from ..state import current_contacts
from .contact_fields import SILENCES
from .contact_saving import SAVED, told
from .endpoints import endpoint
from .problems import refused_fields
from .rest_api import RestApi
from .schemas import CUSTOMER, KEY, or_null, record
from .visible_contacts import customer_of, visible_contact

_SILENCES = record({"silences": SILENCES}, ())
_LEAVING = record({"successor": or_null(KEY), "silences": SILENCES}, ())
_NOTHING = record({})


class ContactStateEndpoints(RestApi):
    """A contact that is hidden from the caller is 404 in all of them (BEHAVIOUR S7)."""

    STATE_PERMISSIONS = {
        "move": "edit",
        "make_primary": "edit",
        "deactivate": "edit",
        "reactivate": "edit",
        "archive": "edit",
        "restore": "edit",
    }

    @endpoint(
        "/<pk>/primary",
        "POST",
        summary="Make a contact its customer's primary one",
        body=_SILENCES,
        answer=SAVED,
    )
    def make_primary(self, pk: int, *, body: Any) -> Any:
        """The former is demoted with it (BEHAVIOUR C4)."""
        contact = visible_contact(pk)
        if contact.customer_id is None:
            text = _("Only a contact of a customer can be primary.")
            raise refused_fields({"is_primary": [text]})
        return _do(make_primary, contact, silences=body.get("silences", ()))

    @endpoint(
        "/<pk>/move",
        "POST",
        summary="Give a contact to another customer; the primary one names a successor",
        body=record(
            {"customer": CUSTOMER, "successor": or_null(KEY), "silences": SILENCES}, ["customer"]
        ),
        answer=SAVED,
    )
    def move(self, pk: int, *, body: Any) -> Any:
        """Login, permissions and activity go with it; one without a customer gets one."""
        contact, to, actor = visible_contact(pk), customer_of(body["customer"]), _actor()
        session, silences = current_contacts.session, body.get("silences", ())
        if contact.customer_id is None:
            joined = change_contact(session, None, pk, {}, actor, silences=silences, joins=to)
            return told(joined)
        return _do(
            move_contact,
            contact,
            to_customer_id=to,
            successor_id=body.get("successor"),
            silences=silences,
        )

    @endpoint(
        "/<pk>/deactivate",
        "POST",
        summary="Switch a contact off; the primary one names a successor",
        body=_LEAVING,
        answer=SAVED,
    )
    def deactivate(self, pk: int, *, body: Any) -> Any:
        """What it could see ends at its next request (BEHAVIOUR C4, P7)."""
        return _leave(deactivate_contact, pk, body)

    @endpoint(
        "/<pk>/reactivate",
        "POST",
        summary="Switch a contact on again",
        body=_NOTHING,
        answer=SAVED,
    )
    def reactivate(self, pk: int, *, body: Any) -> Any:
        """The first active one becomes primary (BEHAVIOUR C3)."""
        return _do(reactivate_contact, visible_contact(pk))

    @endpoint(
        "/<pk>/archive",
        "POST",
        summary="Put a contact away; the primary one names a successor",
        body=_LEAVING,
        answer=SAVED,
    )
    def archive(self, pk: int, *, body: Any) -> Any:
        """Not active, no login, its address free for another."""
        return _leave(archive_contact, pk, body)

    @endpoint(
        "/<pk>/restore",
        "POST",
        summary="Take a contact out of the archive",
        body=_NOTHING,
        answer=SAVED,
    )
    def restore(self, pk: int, *, body: Any) -> Any:
        """It is not active and has no login yet."""
        return _do(restore_contact, visible_contact(pk))


def _leave(work: Callable[..., Saved], pk: int, body: Mapping[str, Any]) -> dict[str, Any]:
    contact = visible_contact(pk)
    if contact.archived_at is not None:
        text = _("This contact is archived. Restore it first.")
        raise refused_fields({"contact": [text]})
    successor, silences = body.get("successor"), body.get("silences", ())
    return _do(work, contact, successor_id=successor, silences=silences)


def _do(work: Callable[..., Saved], contact: Any, **arguments: Any) -> dict[str, Any]:
    session, key = current_contacts.session, contact.customer_id
    return told(work(session, key, contact.id, actor=_actor(), **arguments))


def _actor() -> Actor:
    return current_contacts.staff_sight.actor()
