"""Whose login goes on after a merge (BEHAVIOUR C7): nobody gets in who could not before.

The contact that stays keeps its login; where it joins a company, only if the same login opens
an active contact there. Where it has none, the login of the other goes on with the address that
it is of, if that contact was active and of the same customer: its holder could sign in there
already. Every other login loses the contact, as if it were taken away.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import update
from sqlalchemy.orm import Session

from ...models import Contact, Link, PortalSession
from ..accounts import kept_logins, logins

_QUIET = {"synchronize_session": False}


@dataclass(frozen=True)
class LoginFate:
    """What becomes of the logins: ``kept`` has one and keeps it; ``may_move`` are those whose
    login goes on where their address is chosen; ``lost`` lose theirs in any case, the one that
    stays among them where its login may not come along."""

    kept: Contact | None
    may_move: list[Contact]
    lost: list[Contact]


def fate_of(contacts: Sequence[Contact], survivor: Contact, customer_id: Any) -> LoginFate:
    """Decided by the contacts as they are now."""
    having = [one for one in contacts if one.login_id is not None]
    inside = [one for one in having if one.active and one.customer_id == customer_id]
    login_id, joins = survivor.login_id, survivor.customer_id != customer_id
    if login_id is not None and (not joins or any(one.login_id == login_id for one in inside)):
        return LoginFate(survivor, [], [one for one in having if one.login_id != login_id])
    may_move = [one for one in inside if survivor.active]
    return LoginFate(None, may_move, [one for one in having if one not in may_move])


def take_from_survivor(session: Session, fate: LoginFate, survivor: Contact) -> None:
    """Before anything else: with its login it could not sign in where it is now to belong."""
    if survivor in fate.lost:
        logins.detach(session, survivor)
        kept_logins.forget_contact(session, survivor.id)


def settle(
    session: Session, fate: LoginFate, survivor: Contact, former: Contact, email: int
) -> None:
    """Give the login of ``former`` to the survivor, or take it away.

    ``email`` is the id of the contact whose address was chosen.
    """
    login_id = former.login_id
    if login_id is None:
        return
    if login_id == survivor.login_id:  # one person, one login: its sessions go on
        _hand_over(session, former.id, survivor.id)
    elif former in fate.may_move and former.id == email:
        logins.lock(session, login_id)
        former.login, former.login_id = None, None
        session.flush()
        survivor.login_id = login_id
        for name in ("invited_at", "accepted_at", "last_signed_in_at"):
            setattr(survivor, name, getattr(former, name))
        session.flush()
        session.refresh(survivor, ["login"])
        _hand_over(session, former.id, survivor.id)
        return
    logins.detach(session, former)
    kept_logins.forget_contact(session, former.id)


def _hand_over(session: Session, old_id: int, new_id: int) -> None:
    for table in (PortalSession, Link):
        session.execute(
            update(table).where(table.contact_id == old_id).values(contact_id=new_id),
            execution_options=_QUIET,
        )
