"""Make primary, move, switch off and on, archive and restore: a contact's changes of state."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

from ..i18n import _
from ..later import later
from ..state import current_contacts
from .contact_fields import SILENCES
from .contact_saving import SAVED, told
from .endpoints import endpoint
from .problems import refused_fields
from .rest_api import RestApi
from .schemas import CUSTOMER, KEY, or_null, record

if TYPE_CHECKING:
    from ..actors import Actor
    from ..services.contacts import archive as contacts_archive, moving, states
    from ..services.contacts.saved import Saved
    from ..services.rest import contact_changes
    from . import visible_contacts
else:
    visible_contacts = later("api.visible_contacts")
    contacts_archive = later("services.contacts.archive")
    moving = later("services.contacts.moving")
    states = later("services.contacts.states")
    contact_changes = later("services.rest.contact_changes")


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
        contact = visible_contacts.visible_contact(pk)
        if contact.customer_id is None:
            text = _("Only a contact of a customer can be primary.")
            raise refused_fields({"is_primary": [text]})
        return _do(states.make_primary, contact, silences=body.get("silences", ()))

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
        """Login, permissions and activity go with it; one without a customer gets one.

        A password that staff typed for a login whose address is not proven yet does not: it is
        erased, and a contact that is active is mailed a link to set another (BEHAVIOUR C7).
        """
        contact, to, actor = (
            visible_contacts.visible_contact(pk),
            visible_contacts.customer_of(body["customer"]),
            _actor(),
        )
        session, silences = current_contacts.session, body.get("silences", ())
        if contact.customer_id is None:
            joined = contact_changes.change_contact(
                session, None, pk, {}, actor, silences=silences, joins=to
            )
            return told(joined)
        return _do(
            moving.move_contact,
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
        return _leave(states.deactivate_contact, pk, body)

    @endpoint(
        "/<pk>/reactivate",
        "POST",
        summary="Switch a contact on again",
        body=_NOTHING,
        answer=SAVED,
    )
    def reactivate(self, pk: int, *, body: Any) -> Any:
        """The first active one becomes primary (BEHAVIOUR C3)."""
        return _do(states.reactivate_contact, visible_contacts.visible_contact(pk))

    @endpoint(
        "/<pk>/archive",
        "POST",
        summary="Put a contact away; the primary one names a successor",
        body=_LEAVING,
        answer=SAVED,
    )
    def archive(self, pk: int, *, body: Any) -> Any:
        """Not active, no login, its address free for another."""
        return _leave(contacts_archive.archive_contact, pk, body)

    @endpoint(
        "/<pk>/restore",
        "POST",
        summary="Take a contact out of the archive",
        body=_NOTHING,
        answer=SAVED,
    )
    def restore(self, pk: int, *, body: Any) -> Any:
        """It is not active and has no login yet."""
        return _do(contacts_archive.restore_contact, visible_contacts.visible_contact(pk))


def _leave(work: Callable[..., Saved], pk: int, body: Mapping[str, Any]) -> dict[str, Any]:
    contact = visible_contacts.unarchived_contact(pk)
    successor, silences = body.get("successor"), body.get("silences", ())
    return _do(work, contact, successor_id=successor, silences=silences)


def _do(work: Callable[..., Saved], contact: Any, **arguments: Any) -> dict[str, Any]:
    session, key = current_contacts.session, contact.customer_id
    return told(work(session, key, contact.id, actor=_actor(), **arguments))


def _actor() -> Actor:
    return current_contacts.staff_sight.actor()
