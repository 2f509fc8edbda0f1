"""Who gave a contact each of its permissions."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from sqlalchemy.orm import Session

from flask_contacts.actors import Actor
from flask_contacts.models import Activity, Contact
from flask_contacts.services.access.doctor import grant
from flask_contacts.services.contacts import permission_history
from flask_contacts.services.contacts.permission_history import grants_of

Make = Callable[..., Any]

pytestmark = pytest.mark.usefixtures("app_context")


@pytest.fixture
def contact(session: Session, make_customer: Make, make_contact: Make) -> Contact:
    """A contact that was made with one permission."""
    made = make_contact(make_customer(), permissions=["invoices"])
    return session.get_one(Contact, made.id)


def givers(session: Session, contact: Contact) -> dict[str, str]:
    """The name of who gave each, by permission."""
    return {name: one.entry.actor_name for name, one in grants_of(session, contact).items()}


def test_who_gave_it(session: Session, contact: Contact) -> None:
    """The first entry gave what it was made with; a later one what came with it."""
    grant(session, contact.customer_id, contact.id, "support", Actor("staff", "Grace", staff_id=2))
    found = grants_of(session, contact)
    assert {name: one.entry.verb for name, one in found.items()} == {
        "invoices": "created",
        "support": "edited",
    }
    assert givers(session, contact)["support"] == "Grace"


def test_given_again(session: Session, contact: Contact) -> None:
    """What was taken and given again came by the last one; what was taken is missing."""
    for old, new, name in (
        (["invoices"], [], "Taker"),
        ([], ["invoices", "support"], "Giver"),
        (["invoices", "support"], ["invoices"], "Other"),
    ):
        session.add(
            Activity(contact_id=contact.id, verb="edited", actor_kind="staff", actor_name=name,
                     changes={"permissions": [old, new]})
        )  # fmt: skip
    session.commit()
    assert givers(session, contact) == {"invoices": "Giver"}


@pytest.mark.parametrize(
    "changes", [{}, {"permissions": None}, {"permissions": [None, None]}, {"permissions": ["x"]}]
)
def test_nothing_known(session: Session, contact: Contact, changes: Any) -> None:
    """Entries that say nothing of permissions, or were cut, give nobody."""
    session.query(Activity).delete()
    session.add(
        Activity(contact_id=contact.id, verb="edited", actor_kind="system", actor_name="",
                 changes=changes)
    )  # fmt: skip
    session.commit()
    assert grants_of(session, contact) == {}


def test_it_looks_so_far(
    session: Session, contact: Contact, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A long history is not read to its beginning."""
    monkeypatch.setattr(permission_history, "LOOKED_AT", 2)
    session.add_all(
        Activity(contact_id=contact.id, verb="signed_in", actor_kind="contact", actor_name="x",
                 changes={})
        for _ in range(2)
    )  # fmt: skip
    session.commit()
    assert grants_of(session, contact) == {}
