"""Generate login (BEHAVIOUR S4): an account for a contact that has none, by its e-mail alone.

It grants no permission. The rules of the login itself are those of every other way to one
(C6, C7): see ``contact_login`` and ``logins``.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from functools import partial

from sqlalchemy import select, true
from sqlalchemy.orm import Session, lazyload
from sqlalchemy.sql.elements import ColumnElement

from ... import signals
from ...actors import SYSTEM, Actor
from ...email_address import EmailAddress, canonical_email
from ...errors import InvalidInput, NotFound
from ...i18n import _l
from ...models import Contact
from .. import chunks
from ..announce import announce
from ..chunks import Outcome
from ..contacts import activity, login as contact_login, writing as contact_writing
from ..contacts.saved import Saved, finish
from ..contacts.values import ContactValues
from ..field_checks import FieldChecks

#: Why one contact alone gets no login.
ALONE = {
    "archived": _l("This contact is archived. Restore it first."),
    "inactive": _l("This contact is not active. Reactivate the contact first, then give a login."),
    "has_login": _l("This contact has a login already."),
}
#: Why some of many get none.
REFUSALS = {
    "inactive": _l("Not active."),
    "has_login": _l("Has a login already."),
    "no_email": _l("No email address."),
    **chunks.REFUSALS,
}


def refusal_of(contact: Contact) -> str | None:
    """Why a contact gets no login even alone (a key of :data:`ALONE`), or None."""
    if contact.archived_at is not None:
        return "archived"
    if not contact.active:
        return "inactive"
    return "has_login" if contact.login_id is not None else None


def generate_login(
    session: Session,
    contact_id: int,
    email: str,
    actor: Actor = SYSTEM,
    *,
    send_link: bool = False,
    visible: ColumnElement[bool] | None = None,
) -> Saved:
    """Give a contact the login of an address, which becomes its e-mail; a new one or a known.

    The link to set a password is mailed with ``send_link``, and where joining took a password
    away that staff had set (C7). Raises :class:`NotFound` for one that is unknown or not
    ``visible``, and :class:`InvalidInput` at ``email``, and at ``contact`` for one that can
    have none.
    """
    address = _checked(email)

    def work() -> Saved:
        contact = _locked(session, contact_id, true() if visible is None else visible)
        refusal = refusal_of(contact)
        if refusal is not None:
            raise InvalidInput({"contact": [ALONE[refusal]]})
        _take_address(session, contact, address, actor)
        facts = contact_login.new_login(
            session, contact, _values(address, send_link), None, actor, is_new=False
        )
        return Saved(contact=contact, **vars(facts))

    return finish(session, work, signals.contact_changed)


def plan(
    session: Session, ids: Collection[int], visible: ColumnElement[bool] | None = None
) -> list[Outcome]:
    """What :func:`generate_logins` would do now; changes nothing."""
    wanted = chunks.checked(ids)
    query = (
        select(Contact)
        .where(Contact.id.in_(wanted), true() if visible is None else visible)
        .options(lazyload(Contact.permissions))
    )
    contacts = list(session.scalars(query))
    return chunks.outcomes_of(wanted, contacts, _refusals(contacts))


def generate_logins(
    session: Session,
    ids: Collection[int],
    actor: Actor = SYSTEM,
    *,
    send_link: bool = False,
    visible: ColumnElement[bool] | None = None,
) -> list[Outcome]:
    """Give each of the contacts a login by the e-mail that it has; at most 500 in one call.

    Posting the same twice does it once. Raises :class:`InvalidInput` at ``contacts`` for too
    many.
    """
    work = partial(_generate, session, actor, send_link)
    outcomes = chunks.do_in_chunks(session, ids, true() if visible is None else visible, work)
    for one in outcomes:
        if one.refusal is None:
            announce(session, signals.contact_changed, contact_id=one.contact_id)
    return outcomes


def _generate(
    session: Session, actor: Actor, send_link: bool, contacts: Sequence[Contact]
) -> dict[int, str]:
    refusals = _refusals(contacts)
    for contact in contacts:
        if contact.id not in refusals:
            values = _values(canonical_email(contact.email or ""), send_link)
            contact_login.new_login(session, contact, values, None, actor, is_new=False)
    return refusals


def _refusals(contacts: Sequence[Contact]) -> dict[int, str]:
    refusals = {}
    for contact in contacts:
        refusal = refusal_of(contact) or ("no_email" if contact.email_key is None else None)
        if refusal is not None:
            refusals[contact.id] = "inactive" if refusal == "archived" else refusal
    return refusals


def _checked(email: str) -> EmailAddress:
    checks = FieldChecks({"email": email})
    checks.require("email")
    address = checks.email("email")
    if checks.errors or address is None:
        raise InvalidInput(checks.errors)
    return address


def _values(address: EmailAddress, send_link: bool) -> ContactValues:
    return ContactValues(email=address, send_password_mail=send_link)


def _locked(session: Session, contact_id: int, visible: ColumnElement[bool]) -> Contact:
    query = (
        select(Contact)
        .where(Contact.id == contact_id, visible)
        .with_for_update(key_share=True)
        .execution_options(populate_existing=True)
    )
    contact = session.scalars(query).first()
    if contact is None:
        raise NotFound("no such contact")
    return contact


def _take_address(session: Session, contact: Contact, address: EmailAddress, actor: Actor) -> None:
    """The address becomes the contact's; one of another contact of the customer is refused."""
    problems = contact_writing.clashes(session, contact, ContactValues(email=address))
    if problems:
        raise InvalidInput(problems)
    before = activity.snapshot(contact)
    contact.email, contact.email_key = address.typed, address.key
    changes = activity.difference(before, activity.snapshot(contact))
    if changes:
        activity.record(session, actor, contact, "edited", changes)
