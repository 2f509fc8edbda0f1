"""The download of a person's own data (BEHAVIOUR P5).

It holds what is known of the person as contact, login and visitor: the fields of each
active contact of the login, permissions, topics, sessions, and what happened to them. It
holds nothing of anybody else: no colleague, no manager, no name of staff. The staff's notes
and comments are not in it either: they are the staff's words, may speak of others, and are
answered for by people and not by a button. All lists are bounded, the newest first.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session, joinedload, selectinload

from ...actors import Actor
from ...clock import utc_now
from ...models import Activity, Contact, PortalSession, Registration
from ..comments import writing as comments
from ..contacts import activity
from ..marketing import member_lists
from ..transaction import in_transaction
from .sign_in import PortalVisit

MOST_COMPANIES = 100
MOST_SESSIONS = 500
MOST_ACTIVITIES = 5_000

#: The contact's columns that are the person's own.
FIELDS = (
    "firstname", "lastname", "middle_name", "position", "email", "email2", "phone",
    "mobile_phone", "mobile_phone2", "other_contacts", "birthday", "contact_preference",
    "timezone", "language", "certificate", "do_not_send_emails", "do_not_call", "is_primary",
)  # fmt: skip
_TOLD = {*FIELDS, "permissions", "topics"}
_WHO = {"staff": "staff", "view_as": "staff", "contact": "another contact", "system": "software"}


def own_data(session: Session, visit: PortalVisit, address: str | None) -> dict[str, Any]:
    """All of it as JSON can hold it; that it was downloaded is noted. Times are UTC."""
    login_id, contact_id = visit.login.id, visit.contact.id
    has_two_factor = visit.has_two_factor
    holder = Actor("contact", visit.contact.name, contact_id=contact_id, address=address)

    def work() -> dict[str, Any]:
        contacts = _contacts(session, login_id)
        login = contacts[0].login if contacts else None
        data = {
            "written_at": _plain(utc_now()),
            "account": {
                "email": login.email if login is not None else None,
                "created_at": _plain(login.created_at) if login is not None else None,
                "two_factor_authentication": has_two_factor,
            },
            "companies": [_company(contact) for contact in contacts],
            "marketing_lists": _marketing_lists(session, contacts),
            "registrations": _registrations(session, contacts),
            "sessions": _sessions(session, login_id),
            "activity": _activities(session, contacts),
        }
        activity.record(session, holder, contact_id, "data_downloaded")
        return data

    return in_transaction(session, work)


def _contacts(session: Session, login_id: int) -> Sequence[Contact]:
    query = (
        select(Contact)
        .where(Contact.login_id == login_id, Contact.active)
        .options(
            joinedload(Contact.customer),
            joinedload(Contact.login),
            selectinload(Contact.topics),
        )
        .order_by(Contact.id)
        .limit(MOST_COMPANIES)
    )
    return session.scalars(query).all()


def _company(contact: Contact) -> dict[str, Any]:
    return {
        "company": str(contact.customer) if contact.customer is not None else None,
        **{name: _plain(getattr(contact, name)) for name in FIELDS},
        "permissions": sorted(contact.permission_names),
        "email_notifications": sorted(contact.topic_names),
        "created_at": _plain(contact.created_at),
        "last_signed_in_at": _plain(contact.last_signed_in_at),
    }


def _marketing_lists(session: Session, contacts: Sequence[Contact]) -> list[dict[str, Any]]:
    companies = {contact.id: str(contact.customer or "") for contact in contacts}
    return [
        {
            "list": member.list.name,
            "company": companies[member.contact_id] or None,
            "added_at": _plain(member.added_at),
            "how": member.source,
            "left_at": _plain(member.unsubscribed_at),
        }
        for member in member_lists.memberships(session, companies)
    ]


def _registrations(session: Session, contacts: Sequence[Contact]) -> list[dict[str, Any]]:
    query = (
        select(Registration)
        .where(Registration.contact_id.in_([contact.id for contact in contacts]))
        .order_by(Registration.id.desc())
        .limit(MOST_COMPANIES)
    )
    names = ("company", "firstname", "lastname", "email", "phone", "language")
    return [
        {
            **{name: getattr(row, name) for name in names},
            "registered_at": _plain(row.asked_at),
            "confirmed_at": _plain(row.proven_at),
        }
        for row in session.scalars(query)
    ]


def _sessions(session: Session, login_id: int) -> list[dict[str, Any]]:
    query = (
        select(PortalSession)
        .where(PortalSession.login_id == login_id)
        .order_by(PortalSession.id.desc())
        .limit(MOST_SESSIONS)
    )
    return [
        {
            "signed_in_at": _plain(row.created_at),
            "last_seen_at": _plain(row.last_seen_at),
            "ended_at": _plain(row.ended_at),
            "network_address": row.ip,
            "browser": row.user_agent,
        }
        for row in session.scalars(query)
    ]


def _activities(session: Session, contacts: Sequence[Contact]) -> list[dict[str, Any]]:
    companies = {contact.id: str(contact.customer or "") for contact in contacts}
    query = (
        select(Activity)
        .where(Activity.contact_id.in_(companies), Activity.verb.not_in(comments.VERBS))
        .order_by(Activity.id.desc())
        .limit(MOST_ACTIVITIES)
    )
    return [
        {
            "happened_at": _plain(row.happened_at),
            "company": companies[row.contact_id] or None,
            "what": row.verb,
            "who": "you" if (own := _is_own(row, companies)) else _WHO.get(row.actor_kind),
            "network_address": row.address if own else None,
            "changes": _told(row),
        }
        for row in session.scalars(query)
    ]


def _told(row: Activity) -> dict[str, Any]:
    """The changes that are about the person, or about the company and the person's own."""
    if row.verb == "company_edited":
        return dict(row.changes)
    return {name: pair for name, pair in row.changes.items() if name in _TOLD}


def _is_own(row: Activity, companies: Mapping[int, str]) -> bool:
    return row.actor_kind == "contact" and row.actor_contact_id in companies


def _plain(value: Any) -> Any:
    if isinstance(value, datetime):
        return value.isoformat(timespec="seconds") + "Z"
    return value.isoformat() if hasattr(value, "isoformat") else value
