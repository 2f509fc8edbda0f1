"""Changing a host's record on a contact's word: locked, decided anew, in one transaction."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, TypeVar

from flask import current_app
from sqlalchemy import select
from sqlalchemy.exc import DataError, IntegrityError
from werkzeug.exceptions import Forbidden

from ...errors import ContactsError
from ...i18n import _
from ...later import later
from ...models import Contact, ContactPermission
from ...services.transaction import in_transaction
from ...state import current_contacts
from ..visit import current_contact

if TYPE_CHECKING:
    from . import scope as records
    from .model_view import PortalModelView
else:
    records = later("portal.records.scope")

T = TypeVar("T")


class PortalRefused(ContactsError):
    """Raise it in an action, in ``create`` or in ``update`` to refuse what was asked.

    The page then says ``message`` (may be lazy) with status 409, keeps what was typed, and
    nothing is changed.
    """

    def __init__(self, message: Any) -> None:
        super().__init__(message)
        self.message = message


class NoLongerPossible(PortalRefused):
    """The record is no longer in a state for it: somebody else was quicker."""

    def __init__(self) -> None:
        super().__init__(_("This is not possible any more: it was answered or changed meanwhile."))


def change(module: str, work: Callable[[], T]) -> T:
    """Run ``work`` in one transaction in which the visitor may certainly do it.

    The contact is read again and held: who is deactivated, or loses the permission, either
    waits for this change or ends it with 403. ``work`` may run more than once (a lost race
    starts it anew), so it reads what it needs itself and does nothing outside of the
    database. Raises what ``work`` raises, after rolling back, and :class:`PortalRefused`
    for values that the database does not take.
    """
    session = current_contacts.session
    contact_id = current_contact.id
    still_here = (
        select(Contact)
        .join(ContactPermission, ContactPermission.contact_id == Contact.id)
        .where(Contact.id == contact_id, Contact.active, ContactPermission.name == module)
        .with_for_update(read=True, of=Contact)
        .execution_options(populate_existing=True)
    )

    def guarded() -> T:
        if session.scalars(still_here).first() is None:
            raise Forbidden
        return work()

    try:
        return in_transaction(session, guarded)
    except (DataError, IntegrityError) as error:
        current_app.logger.exception("A change in the portal was refused by the database")
        refused = _("This could not be saved as it is. Please check it, or ask us.")
        raise PortalRefused(refused) from error


def locked(view: PortalModelView, key: Any) -> Any:
    """The visitor's record with this key, locked, as it is now; None where there is none.

    The row is locked by a statement of its own: the host's query may join and group as it
    likes, which a locking one may not.
    """
    session = current_contacts.session
    column = getattr(view.model, view.key)
    lock = view.scope.of(select(column), view.model).where(column == key)
    if session.scalars(lock.with_for_update()).first() is None:
        return None
    statement = view.records().where(column == key).execution_options(populate_existing=True)
    return next(iter(records.load(statement, view.model, ())), None)
