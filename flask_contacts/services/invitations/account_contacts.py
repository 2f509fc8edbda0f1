"""Whose account an address is already: the contacts that another one joins by it (C6).

``visible`` is always a condition on :class:`Contact`: which ones the asking staff member may
see. An account of hidden contacts alone is not there (BEHAVIOUR S7).
"""

from __future__ import annotations

from collections.abc import Collection
from typing import NamedTuple

from sqlalchemy import and_, case, func, select
from sqlalchemy.orm import Session, aliased, joinedload, lazyload
from sqlalchemy.sql.elements import ColumnElement

from ...models import Contact, Login

#: So many contacts are named.
MOST = 10


class AccountContacts(NamedTuple):
    """The contacts of an account: the first ones, and how many there are.

    ``is_taken``: one of them is of the same company and has the address, which no other can have.
    """

    first: list[Contact]
    in_all: int
    is_taken: bool


def contacts_of(
    session: Session, contact: Contact, email_key: str, visible: ColumnElement[bool]
) -> AccountContacts:
    """The visible contacts, beside ``contact``, that sign in by an address; in one statement."""
    clashes = and_(Contact.email_scope == contact.email_scope, Contact.email_key == email_key)
    is_taken = case((clashes, 1), else_=0)
    query = (
        select(Contact, func.count().over(), is_taken)
        .join(Login, Login.id == Contact.login_id)
        .where(Login.email_key == email_key, Contact.id != contact.id, visible)
        .order_by(is_taken.desc(), Contact.lastname, Contact.firstname, Contact.id)
        .limit(MOST)
        .options(joinedload(Contact.customer), lazyload(Contact.permissions))
    )
    rows = session.execute(query).unique().all()
    if not rows:
        return AccountContacts([], 0, is_taken=False)
    _first, count, taken = rows[0]
    return AccountContacts([row[0] for row in rows], count, is_taken=bool(taken))


def count_joining(session: Session, ids: Collection[int], visible: ColumnElement[bool]) -> int:
    """How many of the contacts would join, by the address that they have, the account of a
    contact that is visible; in one statement."""
    receiver = aliased(Contact)
    account = (
        select(Login.id)
        .join(Contact, Contact.login_id == Login.id)
        .where(Login.email_key == receiver.email_key, visible)
        .correlate(receiver)
        .exists()
    )
    query = select(func.count()).select_from(receiver).where(receiver.id.in_(ids), account)
    return session.scalar(query) or 0
