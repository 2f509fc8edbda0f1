"""Staff approve or refuse a registration (BEHAVIOUR P6)."""

from __future__ import annotations

from typing import Any

from sqlalchemy import update
from sqlalchemy.orm import Session

from ... import signals
from ...actors import Actor
from ...clock import utc_now
from ...errors import ContactsError, InvalidInput, NotFound
from ...i18n import _l
from ...links import rows_changed
from ...mail import registration_mail
from ...models import Registration
from ...models.registration import APPROVED, REFUSED, WAITING
from ..announce import announce
from ..contacts.saved import Saved, finish
from ..field_checks import FieldChecks
from ..transaction import in_transaction
from .opening import open_portal
from .settings import can_make_customers

LONGEST_REASON = 1000


class AlreadyDecided(ContactsError):
    """The registration does not wait (any more); ``state`` says what it is."""

    def __init__(self, state: str) -> None:
        super().__init__(f"the registration is {state}")
        self.state = state


def approve_registration(
    session: Session,
    registration_id: int,
    staff: Actor,
    *,
    customer_id: Any = None,
    admin_id: int | None = None,
) -> Saved:
    """Make a waiting registration a contact: of a new customer its primary one, or with
    ``customer_id`` one of that customer.

    The person signs in with the password that was typed, unless the address has got a login
    with another contact meanwhile: then that is joined (C6, C7). ``admin_id`` as in
    ``create_customer``. Raises :class:`NotFound`, :class:`AlreadyDecided`, and
    :class:`InvalidInput` at ``customer`` or from the host's ``register_customer``.
    """
    if customer_id is None and not can_make_customers():
        text = _l("This application does not say how a registration becomes a customer.")
        raise InvalidInput({"": [text]})

    def work() -> Saved:
        found = _claim(session, registration_id, APPROVED, staff)
        return open_portal(session, found, staff, customer_id=customer_id, admin_id=admin_id)

    done = finish(session, work, signals.contact_created)
    announce(
        session,
        signals.registration_approved,
        registration_id=registration_id,
        contact_id=done.contact.id,
    )
    return done


def refuse_registration(
    session: Session, registration_id: int, staff: Actor, reason: str = ""
) -> bool:
    """Refuse a waiting registration; whether the person is mailed (the template may be off).

    Raises :class:`InvalidInput` at ``reason``, :class:`NotFound` and
    :class:`AlreadyDecided`.
    """
    checks = FieldChecks({"reason": reason})
    text = checks.text("reason", LONGEST_REASON, multiline=True)
    if checks.errors:
        raise InvalidInput(checks.errors)

    def work() -> bool:
        found = _claim(session, registration_id, REFUSED, staff)
        found.reason, found.password_hash = text, None
        return registration_mail.add_refusal(session, found, text)

    mailed = in_transaction(session, work)
    announce(session, signals.registration_refused, registration_id=registration_id)
    return mailed


def _claim(session: Session, registration_id: int, state: str, staff: Actor) -> Registration:
    """Decide, if nobody has meanwhile: of two at once one finds it waiting."""
    statement = (
        update(Registration)
        .where(Registration.id == registration_id, Registration.state == WAITING)
        .values(state=state, open_as=None, decided_at=utc_now(), decided_by=staff.name[:210])
        .execution_options(synchronize_session=False)
    )
    won = rows_changed(session, statement) == 1
    found = session.get(Registration, registration_id, populate_existing=True)
    if found is None:
        raise NotFound("no such registration")
    if not won:
        raise AlreadyDecided(found.state)
    return found
