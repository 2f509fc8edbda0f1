"""Which contact that is there already a row of a file is: by e-mail, then by name and customer.

Every look-up is one statement for all rows of a chunk.
"""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

from sqlalchemy import func, literal, or_, select
from sqlalchemy.orm import Session
from sqlalchemy.sql.elements import ColumnElement

from ...models import Contact
from ...models.search_keys import NAME_LENGTH, folded
from ..contacts import activity
from .one_of import one_of, rows_of

_TABLE = Contact.__table__
#: The columns of a contact that an import compares, writes or decides by.
COLUMNS = tuple(
    _TABLE.c[name]
    for name in (
        "id", "customer_id", "login_id", "active", "is_primary", "email_key", "email_scope",
        "lastname_key", "firstname_key", "phone_e164", "mobile_phone_e164", "mobile_phone2_e164",
        *activity.FIELDS,
    )
)  # fmt: skip
Found = Any


def by_address(
    session: Session,
    pairs: Collection[tuple[str, str]],
    anywhere: Collection[str],
    visible: ColumnElement[bool],
) -> tuple[dict[tuple[str, str], Found], dict[str, list[Found]], set[str]]:
    """Contacts by scope and address; those of the addresses ``anywhere``; hidden addresses.

    Those ``anywhere`` are of rows that name no customer. An address is hidden where a contact
    without a customer has it that the one who imports may not see: it cannot be had again.
    """
    conditions = []
    if pairs:
        columns = (Contact.email_scope, Contact.email_key)
        conditions.append(rows_of(session, columns, pairs))
    if anywhere:
        conditions.append(one_of(session, Contact.email_key, anywhere))
    if not conditions:
        return {}, {}, set()
    query = select(*COLUMNS, or_(visible, literal(False)).label("seen")).where(or_(*conditions))
    exact: dict[tuple[str, str], Found] = {}
    alike: dict[str, list[Found]] = {}
    hidden = set()
    for row in session.execute(query):
        if not row.seen:
            if row.customer_id is None:
                hidden.add(row.email_key)
            continue
        exact[row.email_scope, row.email_key] = row
        alike.setdefault(row.email_key, []).append(row)
    return exact, alike, hidden


def name_of(firstname: str, lastname: str) -> tuple[str, str]:
    """A name as contacts of the same name share it: without case and accents."""
    return folded(lastname)[:NAME_LENGTH], folded(firstname)[:NAME_LENGTH]


def by_name(
    session: Session,
    names: Collection[tuple[str, str]],
    customers: Collection[Any],
    visible: ColumnElement[bool],
    *,
    only_without_address: bool,
) -> dict[tuple[Any, tuple[str, str]], list[Found]]:
    """The contacts of these names at these customers (None: without one), by both."""
    if not names:
        return {}
    keyed = [one for one in customers if one is not None]
    there = one_of(session, Contact.customer_id, keyed)
    if len(keyed) < len(customers):
        there = or_(there, Contact.customer_id.is_(None))
    query = select(*COLUMNS).where(
        rows_of(session, (Contact.lastname_key, Contact.firstname_key), names),
        there,
        Contact.archived_at.is_(None),
        visible,
    )
    if only_without_address:
        query = query.where(Contact.email_key.is_(None))
    found: dict[tuple[Any, tuple[str, str]], list[Found]] = {}
    for row in session.execute(query):
        key = (row.customer_id, (row.lastname_key, row.firstname_key))
        found.setdefault(key, []).append(row)
    return found


def hold(session: Session, customers: Collection[Any]) -> None:
    """Make other transactions on the contacts of these customers wait.

    They lock a customer's contacts in the order of the ids (``primary.lock``), so whoever has
    the first one has all: a customer of a hundred thousand contacts needs one lock. SQLite has
    locked the whole file already.
    """
    if not customers or session.get_bind(Contact).dialect.name == "sqlite":
        return
    its = one_of(session, Contact.customer_id, customers)
    firsts = select(func.min(Contact.id)).where(its).group_by(Contact.customer_id)
    while True:
        ids = sorted(session.scalars(firsts))
        rows = select(Contact.id).where(one_of(session, Contact.id, ids)).order_by(Contact.id)
        if not ids or session.scalars(rows.with_for_update(key_share=True)).all() == ids:
            return  # none of them has gone while this one waited


def locked(session: Session, ids: Collection[int]) -> dict[int, Found]:
    """The contacts as they are now, by id; others wait for this transaction."""
    if not ids:
        return {}
    query = (
        select(*COLUMNS)
        .where(one_of(session, Contact.id, ids))
        .order_by(Contact.id)
        .with_for_update(key_share=True)
    )
    return {row.id: row for row in session.execute(query)}


def primaries(session: Session, customers: Collection[Any]) -> dict[Any, int]:
    """The primary contact of each customer that has one."""
    if not customers:
        return {}
    its = one_of(session, Contact.primary_of, customers)
    query = select(Contact.primary_of, Contact.id).where(its)
    return {row.primary_of: row.id for row in session.execute(query)}
