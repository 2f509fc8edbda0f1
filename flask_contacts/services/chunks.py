"""The same done to many contacts: some in one transaction, and each with its own answer."""

from __future__ import annotations

import logging
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from typing import NamedTuple

from sqlalchemy import select
from sqlalchemy.orm import Session, lazyload, selectinload
from sqlalchemy.sql.elements import ColumnElement

from ..errors import DatabaseBusy, InvalidInput
from ..i18n import _l
from ..models import Contact
from .transaction import in_transaction

log = logging.getLogger(__name__)
#: More contacts than these are not taken in one call.
MOST_AT_ONCE = 500
_IN_ONE_TRANSACTION = 50

#: Why a contact is left out, whatever is done.
REFUSALS = {
    "gone": _l("Does not exist any more."),
    "error": _l("Something went wrong; the log says what."),
    "busy": _l("The database was busy. Try again in a moment."),
}


class Outcome(NamedTuple):
    """What became, or would become, of one contact; ``refusal`` None: it was done."""

    contact_id: int
    name: str
    refusal: str | None = None


#: Does it to the contacts of one transaction, which are locked; gives who is left out and why.
Work = Callable[[Sequence[Contact]], Mapping[int, str]]
#: Locks what else the work needs, before the contacts of these ids are locked.
Lock = Callable[[Sequence[int]], None]


def checked(ids: Collection[int]) -> list[int]:
    """Each id once; :class:`InvalidInput` at ``contacts`` for too many."""
    wanted = list(dict.fromkeys(ids))
    if len(wanted) > MOST_AT_ONCE:
        raise InvalidInput({"contacts": [_l("At most 500 contacts at once.")]})
    return wanted


def do_in_chunks(
    session: Session,
    ids: Collection[int],
    visible: ColumnElement[bool],
    work: Work,
    lock: Lock | None = None,
) -> list[Outcome]:
    """Do ``work`` to the contacts, fifty in a transaction, in the order of ``ids``.

    ``lock`` comes first in each transaction. Where one fails, each contact has its own: one
    that fails is reported and stops no other. Hidden contacts are as good as gone. Raises
    :class:`InvalidInput` at ``contacts`` for too many.
    """
    wanted = checked(ids)
    outcomes: list[Outcome] = []
    for start in range(0, len(wanted), _IN_ONE_TRANSACTION):
        some = wanted[start : start + _IN_ONE_TRANSACTION]
        outcomes += _do_or_divide(session, some, visible, work, lock)
        if outcomes[-1].refusal == "busy":  # no use to wait as long for each of the others
            break
    return [*outcomes, *_busy(wanted[len(outcomes) :])]


def outcomes_of(
    ids: Sequence[int], contacts: Iterable[Contact], refusals: Mapping[int, str]
) -> list[Outcome]:
    """The answers in the order of ``ids``; what is not among the contacts is gone."""
    names = {contact.id: contact.name for contact in contacts}
    return [
        Outcome(one, names[one], refusals.get(one)) if one in names else Outcome(one, "", "gone")
        for one in ids
    ]


def _do_or_divide(
    session: Session,
    ids: Sequence[int],
    visible: ColumnElement[bool],
    work: Work,
    lock: Lock | None,
) -> list[Outcome]:
    def do() -> list[Outcome]:
        if lock is not None:
            lock(ids)
        contacts = _locked(session, ids, visible)
        return outcomes_of(ids, contacts, work(contacts))

    try:
        return in_transaction(session, do)
    except DatabaseBusy:
        return _busy(ids)
    except Exception:
        log.exception("%s contacts could not be changed together", len(ids))
        if len(ids) == 1:
            return [Outcome(ids[0], _name(session, ids[0], visible), "error")]
    outcomes: list[Outcome] = []
    for one in ids:
        outcomes += _do_or_divide(session, [one], visible, work, lock)
        if outcomes[-1].refusal == "busy":
            break
    return [*outcomes, *_busy(ids[len(outcomes) :])]


def _busy(ids: Sequence[int]) -> list[Outcome]:
    return [Outcome(one, "", "busy") for one in ids]


def _locked(session: Session, ids: Sequence[int], visible: ColumnElement[bool]) -> list[Contact]:
    """The contacts as they are now, in the order of their ids; others wait for them."""
    query = (
        select(Contact)
        .where(Contact.id.in_(ids), visible)
        .order_by(Contact.id)
        .with_for_update(key_share=True)
        .options(
            selectinload(Contact.login),
            selectinload(Contact.customer),
            lazyload(Contact.permissions),
        )
        .execution_options(populate_existing=True)
    )
    return list(session.scalars(query))


def _name(session: Session, contact_id: int, visible: ColumnElement[bool]) -> str:
    query = select(Contact).where(Contact.id == contact_id, visible)
    contact = session.scalars(query.options(lazyload(Contact.permissions))).first()
    return contact.name if contact is not None else ""
