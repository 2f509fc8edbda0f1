"""The states of invitations in SQL: the same as :mod:`.states` says of each contact.

Each state has an index of its own on the contacts, of just those who are in it or near it
(see the model), so that the rare ones are found without a walk through all.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import and_, exists, or_, select
from sqlalchemy.orm import aliased
from sqlalchemy.sql.elements import ColumnElement

from ...links import SET_PASSWORD
from ...models import Contact, Link, Mail

#: After so long without a sign-in who had come in is dormant.
DORMANT_AFTER = timedelta(days=365)
#: The states of a mail that has not left, and of one that will not.
WAITING = ("waiting", "sending")
FAILED = ("failed", "cancelled")
Conditions = tuple[ColumnElement[bool], ...]
_Newer = aliased(Link)
_Later = aliased(Mail)


def in_state(state: str, now: datetime) -> ColumnElement[bool]:
    """The contacts in a state, as a condition of a query on :class:`Contact`.

    The same as :func:`invite_states` says of each. What is sure to be few (links whose
    time is not over) is a subquery to start from; the rest are the contact's own columns.
    """
    if state == "no_login":
        return Contact.login_id.is_(None)
    return and_(Contact.login_id.is_not(None), *_CONDITIONS[state](now))


def is_pending() -> ColumnElement[bool]:
    """The contacts that were sent a link and have not come: with or without time left."""
    return and_(Contact.login_id.is_not(None), *_pending())


def _never_invited(now: datetime) -> Conditions:
    return *_not_come(), Contact.invited_at.is_(None)


def _pending() -> Conditions:
    return *_not_come(), Contact.invited_at.is_not(None)


def _not_come() -> Conditions:
    return Contact.last_signed_in_at.is_(None), Contact.accepted_at.is_(None)


def _waiting(now: datetime) -> Conditions:
    return *_pending(), Contact.id.in_(_living(now, WAITING))


def _sent(now: datetime) -> Conditions:
    return *_pending(), Contact.id.in_(_living(now).where(~_mail_rests()))


def _failed(now: datetime) -> Conditions:
    return *_pending(), Contact.id.in_(_living(now, FAILED))


def _expired(now: datetime) -> Conditions:
    return *_pending(), ~_living(now).where(Link.contact_id == Contact.id).exists()


def _accepted(now: datetime) -> Conditions:
    limit = now - DORMANT_AFTER
    return _came(), or_(Contact.last_signed_in_at > limit, Contact.accepted_at > limit)


def _dormant(now: datetime) -> Conditions:
    limit = now - DORMANT_AFTER
    return (
        _came(),
        or_(Contact.last_signed_in_at.is_(None), Contact.last_signed_in_at <= limit),
        or_(Contact.accepted_at.is_(None), Contact.accepted_at <= limit),
    )


def _came() -> ColumnElement[bool]:
    return or_(Contact.last_signed_in_at.is_not(None), Contact.accepted_at.is_not(None))


_CONDITIONS: dict[str, Callable[[datetime], Conditions]] = {
    "never_invited": _never_invited,
    "waiting": _waiting,
    "sent": _sent,
    "failed": _failed,
    "expired": _expired,
    "accepted": _accepted,
    "dormant": _dormant,
}


def _living(now: datetime, mail_states: Sequence[str] = ()) -> Any:
    """The contacts whose newest link still has time, or those whose last mail is so."""
    query = select(Link.contact_id)
    if mail_states:
        query = query.join(Mail, and_(Mail.link_uuid == Link.uuid, is_last_mail()))
        query = query.where(Mail.state.in_(mail_states))
    return query.where(
        or_(Link.expires_at.is_(None), Link.expires_at > now),
        is_newest_link(),
    )


def is_newest_link() -> ColumnElement[bool]:
    """A link to set a password after which its contact was sent no other."""
    newer = exists().where(
        _Newer.contact_id == Link.contact_id,
        _Newer.purpose == SET_PASSWORD,
        or_(
            _Newer.created_at > Link.created_at,
            and_(_Newer.created_at == Link.created_at, _Newer.uuid > Link.uuid),
        ),
    )
    return and_(Link.purpose == SET_PASSWORD, ~newer)


def is_last_mail() -> ColumnElement[bool]:
    """A mail after which none was written with its link."""
    return ~exists().where(_Later.link_uuid == Mail.link_uuid, _Later.id > Mail.id)


def _mail_rests() -> ColumnElement[bool]:
    """The link's last mail has not left."""
    states = [*WAITING, *FAILED]
    return exists().where(Mail.link_uuid == Link.uuid, Mail.state.in_(states), is_last_mail())
