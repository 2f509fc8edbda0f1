"""Sending the link to set a password again: to one contact, or to many at once (C9, C10)."""

from __future__ import annotations

import logging
from collections.abc import Collection, Iterable, Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

from sqlalchemy import select, true
from sqlalchemy.orm import Session, lazyload, selectinload
from sqlalchemy.sql.elements import ColumnElement

from ... import signals
from ...actors import SYSTEM, Actor
from ...errors import DatabaseBusy, InvalidInput, NotFound
from ...i18n import _l
from ...later import later
from ...models import Contact
from ..transaction import in_transaction
from .lists import visible_contacts
from .refusals import ALONE, refusal_of, refusals_of

if TYPE_CHECKING:
    from .. import announce as services_announce
    from ..contacts import login as contact_login, saved
    from ..contacts.saved import Saved
else:
    services_announce = later("services.announce")
    contact_login = later("services.contacts.login")
    saved = later("services.contacts.saved")


log = logging.getLogger(__name__)
#: More contacts than these are not taken in one call.
MOST_AT_ONCE = 500
_IN_ONE_TRANSACTION = 50


class Result(NamedTuple):
    """What became, or would become, of one contact; ``refusal`` None: it gets the link."""

    contact_id: int
    name: str
    refusal: str | None = None


def send_invitation(
    session: Session,
    customer_id: Any,
    contact_id: int,
    actor: Actor = SYSTEM,
    *,
    unless_recent: bool = False,
) -> Saved:
    """Mail a contact a fresh link to set a password; the link before becomes void (C9, C10).

    ``customer_id`` is None for a contact without a customer. Raises :class:`NotFound`, and
    :class:`InvalidInput` at ``send_password_mail`` for a contact that gets none; with
    ``unless_recent`` also for one that was sent a link in the last five minutes.
    """

    def work() -> Saved:
        found = _locked(session, [contact_id], true())
        if not found or found[0].customer_id != customer_id:
            raise NotFound("no such contact of this customer")
        refusal = refusal_of(found[0], unless_recent=unless_recent)
        if refusal is not None:
            raise InvalidInput({"send_password_mail": [ALONE[refusal]]})
        contact_login.send_link(session, found[0], actor)
        return saved.Saved(contact=found[0])

    return saved.finish(session, work, signals.contact_changed)


def plan(
    session: Session, ids: Collection[int], visible: ColumnElement[bool] | None = None
) -> list[Result]:
    """What :func:`resend` would do now; changes nothing."""
    wanted = _checked(ids)
    contacts = visible_contacts(session, true() if visible is None else visible, wanted)
    refusals = refusals_of(session, wanted, contacts, frozenset())
    return _results(wanted, contacts, refusals)


def resend(
    session: Session,
    ids: Collection[int],
    actor: Actor = SYSTEM,
    *,
    visible: ColumnElement[bool] | None = None,
) -> list[Result]:
    """Mail each of the contacts a fresh link, but who is refused; at most 500 in one call.

    One that fails is reported and stops no other. Posting the same twice sends once: who
    was sent a link in the last five minutes is skipped. Hidden contacts are as good as
    gone. Raises :class:`InvalidInput` at ``contacts`` for too many.
    """
    wanted = _checked(ids)
    results: list[Result] = []
    allowed = true() if visible is None else visible
    served: frozenset[int | None] = frozenset()
    for start in range(0, len(wanted), _IN_ONE_TRANSACTION):
        some = wanted[start : start + _IN_ONE_TRANSACTION]
        done, served = _send_or_divide(session, some, actor, allowed, served)
        results += done
        _tell(session, (one.contact_id for one in done if one.refusal is None))
        if done[-1].refusal == "busy":  # no use to wait as long for each of the others
            break
    return [*results, *_busy(wanted[len(results) :])]


def _checked(ids: Collection[int]) -> list[int]:
    wanted = list(dict.fromkeys(ids))
    if len(wanted) > MOST_AT_ONCE:
        raise InvalidInput({"contacts": [_l("At most 500 contacts at once.")]})
    return wanted


def _send_or_divide(
    session: Session,
    ids: Sequence[int],
    actor: Actor,
    visible: ColumnElement[bool],
    served: frozenset[int | None],
) -> tuple[list[Result], frozenset[int | None]]:
    """Send to some in one transaction; where that fails, to each in its own."""
    try:
        return in_transaction(session, lambda: _send(session, ids, actor, visible, served))
    except DatabaseBusy:
        return _busy(ids), served
    except Exception:
        log.exception("links to %s contacts could not be sent together", len(ids))
        if len(ids) == 1:
            return [Result(ids[0], _name(session, ids[0], visible), "error")], served
    results: list[Result] = []
    for one in ids:
        done, served = _send_or_divide(session, [one], actor, visible, served)
        results += done
        if done[-1].refusal == "busy":
            break
    return [*results, *_busy(ids[len(results) :])], served


def _busy(ids: Sequence[int]) -> list[Result]:
    return [Result(one, "", "busy") for one in ids]


def _send(
    session: Session,
    ids: Sequence[int],
    actor: Actor,
    visible: ColumnElement[bool],
    served: frozenset[int | None],
) -> tuple[list[Result], frozenset[int | None]]:
    contacts = _locked(session, ids, visible)
    refusals = refusals_of(session, ids, contacts, served)
    for contact in contacts:
        if contact.id not in refusals:
            contact_login.send_link(session, contact, actor)
            served |= {contact.login_id}
    return _results(ids, contacts, refusals), served


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


def _results(
    ids: Sequence[int], contacts: Sequence[Contact], refusals: dict[int, str]
) -> list[Result]:
    names = {contact.id: contact.name for contact in contacts}
    return [Result(one, names.get(one, ""), refusals.get(one)) for one in ids]


def _name(session: Session, contact_id: int, visible: ColumnElement[bool]) -> str:
    return "".join(contact.name for contact in visible_contacts(session, visible, [contact_id]))


def _tell(session: Session, ids: Iterable[int]) -> None:
    for one in ids:
        services_announce.announce(session, signals.contact_changed, contact_id=one)
