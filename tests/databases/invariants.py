"""What must hold whenever a transaction ends, asked of the database in single statements.

A statement sees one state of the database, so these may run while others write.
"""

from __future__ import annotations

from functools import cache
from typing import Any

from sqlalchemy import (
    CompoundSelect,
    Select,
    and_,
    case,
    exists,
    func,
    literal,
    or_,
    select,
    union_all,
)
from sqlalchemy.orm import Session, aliased

from flask_contacts.models import (
    Activity,
    Contact,
    ContactPermission,
    ContactTopic,
    Link,
    Login,
    Mail,
    PortalSession,
)
from flask_contacts.services.accounts import passwords

_OPEN_LINK = and_(Link.used_at.is_(None), Link.void_reason.is_(None))
_ACTIVE_CONTACT = aliased(Contact)
#: SQLite checks no foreign keys by itself.
_REFERENCES = (
    (PortalSession.login_id, Login.id),
    (PortalSession.contact_id, Contact.id),
    (Link.login_id, Login.id),
    (Link.contact_id, Contact.id),
    (Contact.login_id, Login.id),
    (Contact.manager_id, aliased(Contact).id),
    (ContactPermission.contact_id, Contact.id),
    (ContactTopic.contact_id, Contact.id),
    (Activity.contact_id, Contact.id),
    (Mail.contact_id, Contact.id),
    (Mail.login_id, Login.id),
    (Mail.link_uuid, Link.uuid),
)


def _one_if(condition: Any) -> Any:
    return func.sum(case((condition, 1), else_=0))


def _without(child: Any, parent: Any) -> Select[Any]:
    """The name of the reference, for each row where it leads nowhere."""
    return select(literal(str(child))).where(child.is_not(None), ~exists().where(parent == child))


@cache
def _statements() -> dict[str, Select[Any] | CompoundSelect[Any]]:
    is_primary = and_(Contact.is_primary, Contact.active)
    live = and_(
        PortalSession.ended_at.is_(None),
        select(Login.session_epoch).where(Login.id == PortalSession.login_id).scalar_subquery()
        == PortalSession.session_epoch,
    )
    owner = and_(
        Contact.id == PortalSession.contact_id,
        Contact.active,
        Contact.login_id == PortalSession.login_id,
    )
    return {
        "customers without exactly one primary (C3)": select(Contact.customer_id)
        .where(Contact.active)
        .group_by(Contact.customer_id)
        .having(_one_if(is_primary) != 1),
        "primary contacts that are not active (C3)": select(Contact.id).where(
            Contact.is_primary, ~Contact.active
        ),
        "addresses twice at a customer (C6)": select(Contact.email_scope)
        .where(Contact.email_key.is_not(None))
        .group_by(Contact.email_scope, Contact.email_key)
        .having(func.count() > 1),
        "contacts whose login has another address (C6)": select(Contact.id)
        .join(Login, Login.id == Contact.login_id)
        .where(or_(Contact.email_key.is_(None), Contact.email_key != Login.email_key)),
        "logins without a contact that are not kept for one": select(Login.id).where(
            Login.unused_since.is_(None), ~exists().where(Contact.login_id == Login.id)
        ),
        "logins marked as unused that have a contact": select(Login.id).where(
            Login.unused_since.is_not(None), exists().where(Contact.login_id == Login.id)
        ),
        "live sessions of nobody (P7)": select(PortalSession.id).where(
            live, ~exists().where(owner)
        ),
        "open links of a login without an active contact (C9)": select(Link.uuid).where(
            _OPEN_LINK,
            ~exists().where(_ACTIVE_CONTACT.login_id == Link.login_id, _ACTIVE_CONTACT.active),
        ),
        "two open links for one purpose (C9)": select(Link.login_id)
        .where(_OPEN_LINK)
        .group_by(Link.login_id, Link.purpose)
        .having(func.count() > 1),
        "references to a row that is gone": union_all(
            *(_without(child, parent) for child, parent in _REFERENCES)
        ),
    }


def violations(session: Session) -> list[str]:
    """The rules that are broken now, each with a row that breaks it; empty when all hold."""
    found = []
    for rule, statement in _statements().items():
        row = session.execute(statement.limit(1)).first()
        if row is not None:
            found.append(f"{rule}: {tuple(row)}")
    session.rollback()
    return found


def staff_passwords(session: Session, password: str) -> list[str]:
    """The logins that are their holder's and open with what staff typed (C7); empty is right."""
    contacts = select(Contact.login_id).group_by(Contact.login_id).having(func.count() > 1)
    query = select(Login).where(or_(Login.held, Login.id.in_(contacts)))
    guilty = [
        login.email_key
        for login in session.scalars(query)
        if login.password_hash and passwords.matches(login.password_hash, password)
    ]
    session.rollback()
    return guilty
