"""What must hold whenever a transaction ends, asked of the database in single statements.

A statement sees one state of the database, so these may run while others write.
"""

from __future__ import annotations

from typing import Any

from sqlalchemy import Select, and_, case, exists, func, or_, select
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
from flask_contacts.services import passwords

_OPEN_LINK = and_(Link.used_at.is_(None), Link.void_reason.is_(None))
_ACTIVE_CONTACT = aliased(Contact)


def _one_if(condition: Any) -> Any:
    return func.sum(case((condition, 1), else_=0))


def _without(child: Any, parent: Any) -> Select[Any]:
    """The rows whose reference leads nowhere: SQLite checks no foreign keys by itself."""
    return select(child).where(child.is_not(None), ~exists().where(parent == child))


def _statements() -> dict[str, Select[Any]]:
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
        "logins without a contact": select(Login.id).where(
            ~exists().where(Contact.login_id == Login.id)
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
        "references to nothing": _without(PortalSession.login_id, Login.id).union_all(
            _without(PortalSession.contact_id, Contact.id),
            _without(Link.login_id, Login.id),
            _without(Link.contact_id, Contact.id),
            _without(Contact.login_id, Login.id),
            _without(Contact.manager_id, aliased(Contact).id),
            _without(ContactPermission.contact_id, Contact.id),
            _without(ContactTopic.contact_id, Contact.id),
            _without(Activity.contact_id, Contact.id),
            _without(Mail.contact_id, Contact.id),
            _without(Mail.login_id, Login.id),
        ),
        "mails whose link is gone": _without(Mail.link_uuid, Link.uuid),
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
    query = select(Login).where(or_(Login.proven_at.is_not(None), Login.id.in_(contacts)))
    guilty = [
        login.email_key
        for login in session.scalars(query)
        if login.password_hash and passwords.matches(login.password_hash, password)
    ]
    session.rollback()
    return guilty
