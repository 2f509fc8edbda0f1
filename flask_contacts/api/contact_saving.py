"""Body → service → answer, for one contact or for many."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from sqlalchemy import select

from ..errors import ContactsError, DatabaseBusy
from ..i18n import _
from ..later import later
from ..models import Contact
from ..state import current_contacts
from .contact_fields import CONTACT, without
from .problems import Refused, of_service, problem, refused_fields
from .schemas import BOOLEAN, ERRORS, INTEGER, KEY, STRING, listing, or_null, record

if TYPE_CHECKING:
    from ..services.contacts.saved import Saved
    from ..services.rest import contact_changes
    from . import visible_contacts
else:
    visible_contacts = later("api.visible_contacts")
    contact_changes = later("services.rest.contact_changes")


#: More than these are not taken in one call.
MOST_AT_ONCE = 100
#: What a contact is after a change, and what the change did. ``mails`` and
#: ``password_ignored`` are null for callers who may not know whether there was a login.
SAVED = record(
    {
        "result": CONTACT,
        "promoted": or_null(KEY),
        "demoted": or_null(KEY),
        "mails": or_null({"type": "array", "items": STRING}),
        "password_ignored": or_null(BOOLEAN),
    }
)
OUTCOMES = record(
    {
        "result": listing(
            record(
                {"status": INTEGER, "id": or_null(KEY), "message": STRING, "errors": ERRORS},
                ["status", "id"],
            ),
            MOST_AT_ONCE,
        )
    }
)


def create(given: Mapping[str, Any]) -> Saved:
    """Create a contact as the caller, or raise why not."""
    sight, session = current_contacts.staff_sight, current_contacts.session
    key = visible_contacts.customer_of(given.get("customer"))
    _check(given)
    fields = without(given, {"customer", "silences"})
    return contact_changes.add_contact(
        session, key, fields, sight.actor(), silences=given.get("silences", ())
    )


def change(pk: int, given: Mapping[str, Any]) -> Saved:
    """Change some fields of a contact as the caller, or raise why not."""
    sight, session = current_contacts.staff_sight, current_contacts.session
    contact = visible_contacts.unarchived_contact(pk)
    key = contact.customer_id
    _check(given, contact.manager_id)
    if given.get("send_password_mail") and not sight.holds("can_send", "Contacts invitations"):
        text = _("Your role does not allow this. Ask an administrator if you need it.")
        raise refused_fields({"send_password_mail": [text]})
    fields, silences = without(given, {"id", "silences"}), given.get("silences", ())
    return contact_changes.change_contact(
        session, key, pk, fields, sight.actor(), silences=silences
    )


def told(saved: Saved) -> dict[str, Any]:
    """What the caller may know of what was done (BEHAVIOUR C6, C11)."""
    sight = current_contacts.staff_sight
    joined = saved.joined_login and sight.sees_other_contact(saved.contact)
    precise = sight.sees_every_customer() or joined
    return {
        "result": visible_contacts.whole_contact(saved.contact.id),
        "promoted": None if saved.promoted is None else saved.promoted.id,
        "demoted": None if saved.demoted is None else saved.demoted.id,
        "mails": sorted(saved.mails) if precise else None,
        "password_ignored": saved.password_ignored if precise else None,
    }


def each(works: Sequence[Callable[[], Saved]], done: int) -> dict[str, Any]:
    """Do one after the other, each in a transaction of its own; what became of each.

    Where the database is busy the rest is left: it would have to wait as long for each.
    """
    results: list[dict[str, Any]] = []
    for work in works:
        result = _outcome(work, done)
        results.append(result)
        if result["status"] == 503:
            break
    rest = len(works) - len(results)
    return {"result": [*results, *(_busy() for _number in range(rest))]}


def _outcome(work: Callable[[], Saved], done: int) -> dict[str, Any]:
    try:
        return {"status": done, "id": work().contact.id}
    except Refused as error:
        body = problem(error.status, error.message, error.errors)
        return {"status": error.status, "id": None, **body}
    except ContactsError as error:
        status, body = of_service(error)
        body.pop("silences", None)
        return {"status": status, "id": None, **body}


def _busy() -> dict[str, Any]:
    status, body = of_service(DatabaseBusy())
    return {"status": status, "id": None, **body}


def _check(given: Mapping[str, Any], present_manager: int | None = None) -> None:
    """What only the caller's rights tell: passwords, and managers out of sight.

    The present manager may be given as it was read, in sight or not.
    """
    sight = current_contacts.staff_sight
    if given.get("password") and not sight.may_know_of_logins():
        text = _("You may not type passwords: send a link to set one.")
        raise refused_fields({"password": [text]})
    manager = given.get("manager")
    if manager is not None and manager != present_manager:
        query = select(Contact.id).where(Contact.id == manager, sight.contacts())
        if current_contacts.session.scalar(query) is None:
            text = _("There is no such contact at this company. Choose another.")
            raise refused_fields({"manager": [text]})
