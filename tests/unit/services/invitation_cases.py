"""Contacts, links and mails in any mixture, for what must agree about their states."""

from __future__ import annotations

from datetime import datetime, timedelta
from random import Random
from typing import Any
from uuid import UUID

from sqlalchemy import insert, select
from sqlalchemy.orm import Session

from flask_contacts.clock import utc_now
from flask_contacts.models import Contact, Link, Login, Mail
from flask_contacts.services.invitations.filters import DORMANT_AFTER, in_state
from flask_contacts.services.invitations.states import STATES, invitations_of, invite_states

NOW = datetime(2026, 5, 4, 12)
_INSTANT = timedelta(microseconds=1)
#: Around each border of time, and on it.
_NEAR = [NOW - _INSTANT, NOW, NOW + _INSTANT]
_YEAR = [one - DORMANT_AFTER for one in _NEAR]
_MAILS = ["waiting", "sending", "sent", "failed", "cancelled"]
_PURPOSES = ["set_password"] * 4 + ["reset_password"]
_COUNT = 150


def contacts_at_random(session: Session, customer_id: Any, seed: int) -> list[Contact]:
    """150 contacts of a customer, each with a history of its own; nothing is committed."""
    chance = Random(seed)
    session.execute(insert(Login), [_login(seed, number) for number in range(_COUNT)])
    own = Login.email_key.like(f"case{seed}.%")
    logins = list(session.scalars(select(Login.id).where(own).order_by(Login.id)))
    rows = [_contact(chance, customer_id, login_id) for login_id in logins]
    rows[0]["login_id"] = None
    session.execute(insert(Contact), rows)
    query = select(Contact).where(Contact.customer_id == customer_id).order_by(Contact.id)
    contacts = list(session.scalars(query))
    pairs = zip(contacts, logins, strict=True)
    links = [link for contact, login_id in pairs for link in _links(chance, contact.id, login_id)]
    session.execute(insert(Link), links)
    session.execute(insert(Mail), [mail for link in links for mail in _mails(chance, link)])
    return contacts


def assert_shown_as_found(session: Session, customer_id: Any, seed: int) -> set[str]:
    """Each is found in exactly the state that is shown for it; the states that there were.

    The clock stands at ``NOW``.
    """
    assert utc_now() == NOW
    contacts = contacts_at_random(session, customer_id, seed)
    shown = invite_states(session, contacts)
    facts = {key: (one.state, one) for key, one in invitations_of(session, contacts).items()}
    for name in STATES:
        query = select(Contact.id).where(Contact.customer_id == customer_id, in_state(name, NOW))
        found = set(session.scalars(query))
        wanted = {key for key, state in shown.items() if state == name}
        assert found == wanted, (name, [facts[key] for key in found ^ wanted])
    return set(shown.values())


def _login(seed: int, number: int) -> dict[str, Any]:
    email = f"case{seed}.{number}@example.com"
    return {"email": email, "email_key": email}


def _contact(chance: Random, customer_id: Any, login_id: int) -> dict[str, Any]:
    came = chance.random() < 0.4
    return {
        "customer_id": customer_id,
        "email_scope": str(customer_id),
        "firstname": "Ada",
        "lastname": "Case",
        "login_id": login_id if chance.random() < 0.9 else None,
        "invited_at": chance.choice([None, NOW, NOW, NOW]),
        "accepted_at": chance.choice([None, *_NEAR, *_YEAR]) if came else None,
        "last_signed_in_at": chance.choice([None, *_NEAR, *_YEAR]) if came else None,
    }


def _links(chance: Random, contact_id: int, login_id: int) -> list[dict[str, Any]]:
    return [
        {
            "uuid": str(UUID(int=chance.getrandbits(128))),
            "purpose": chance.choice(_PURPOSES),
            "login_id": login_id,
            "contact_id": chance.choice([contact_id] * 9 + [None]),
            "lifetime": 60,
            "created_at": chance.choice(_NEAR),
            "expires_at": chance.choice([None, *_NEAR]),
            "used_at": chance.choice([None, NOW]),
            "void_reason": chance.choice([None, "newer_link"]),
        }
        for _ in range(chance.randrange(4))
    ]


def _mails(chance: Random, link: dict[str, Any]) -> list[dict[str, Any]]:
    return [
        {
            "message_id": f"<{link['uuid']}.{number}@example.com>",
            "template": "set_password",
            "language": "en",
            "recipient": "case@example.com",
            "subject": "Case",
            "link_uuid": link["uuid"],
            "state": chance.choice(_MAILS),
        }
        for number in range(chance.randrange(3))
    ]
