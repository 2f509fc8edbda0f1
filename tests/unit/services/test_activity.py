"""The history of a contact: complete, attributed, and without secrets."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from flask_contacts import links
from flask_contacts.actors import Actor
from flask_contacts.models import Activity, Login
from flask_contacts.models.together import written_together
from flask_contacts.services.accounts.sign_in import sign_in
from flask_contacts.services.contacts import activity, states as contact_states
from flask_contacts.services.contacts.archive import archive_contact
from flask_contacts.services.contacts.editing import create_contact, edit_contact
from flask_contacts.services.invitations.set_password import set_password

pytestmark = pytest.mark.usefixtures("app_context")
ADA = Actor("staff", "Ada Min", staff_id=1, address="10.1.2.3")
SECRET = "a most secret sentence"


@pytest.fixture
def contact(session: Session, make_customer: Callable[..., Any]) -> Any:
    """A contact that Ada has created."""
    raw = {"firstname": "Mara", "lastname": "O", "email": "m@example.com", "password": SECRET}
    return create_contact(
        session, make_customer().id, {**raw, "permissions": ["support"]}, ADA
    ).contact


def verbs(session: Session, contact: Any) -> list[str]:
    """What happened to the contact, in order."""
    query = select(Activity.verb).where(Activity.contact_id == contact.id).order_by(Activity.id)
    return list(session.scalars(query))


def test_a_creation_is_attributed_with_its_values(session: Session, contact: Any) -> None:
    """Who, from where, and every value that was typed."""
    assert verbs(session, contact) == ["created", "made_primary", "login_created"]
    row = session.scalars(select(Activity).where(Activity.verb == "created")).one()
    assert (row.actor_kind, row.actor_name, row.actor_staff_id) == ("staff", "Ada Min", 1)
    assert row.address == "10.1.2.3"
    assert row.changes["firstname"] == [None, "Mara"]
    assert row.changes["permissions"] == [None, ["support"]]


def test_an_edit_keeps_old_and_new(session: Session, contact: Any) -> None:
    """Only what changed; an edit that changes nothing leaves no row."""
    raw = {"firstname": "Mara", "lastname": "O", "email": "m@example.com",
           "permissions": ["support"]}  # fmt: skip
    before = verbs(session, contact)
    edit_contact(session, contact.customer_id, contact.id, raw, ADA)
    assert verbs(session, contact) == before
    edit_contact(
        session, contact.customer_id, contact.id, {**raw, "position": "CFO", "permissions": []}, ADA
    )
    row = session.scalars(select(Activity).where(Activity.verb == "edited")).one()
    assert row.changes == {"position": [None, "CFO"], "permissions": [["support"], []]}


def test_a_state_that_it_was_in_already_is_no_activity(
    session: Session, contact: Any, make_contact: Any
) -> None:
    """Done twice is no error and stands there once; reactivating an active one is nothing."""
    key = contact.customer_id
    other = make_contact(contact.customer)
    before = len(verbs(session, other))
    contact_states.reactivate_contact(session, key, other.id, ADA)
    for _time in range(2):
        contact_states.deactivate_contact(session, key, other.id, actor=ADA)
    for _time in range(2):
        contact_states.reactivate_contact(session, key, other.id, ADA)
    for _time in range(2):
        archive_contact(session, key, other.id, actor=ADA)
    archived_at = other.archived_at
    contact_states.deactivate_contact(session, key, other.id, actor=ADA)
    assert verbs(session, other)[before:] == ["deactivated", "reactivated", "archived"]
    assert other.archived_at == archived_at


def test_states_passwords_and_sign_ins_are_kept(session: Session, contact: Any) -> None:
    """Each change of state, the holder's own password, and each sign-in."""
    other = {"firstname": "B", "lastname": "C", "email": "b@example.com", "password": SECRET}
    second = create_contact(session, contact.customer_id, other, ADA).contact
    contact_states.make_primary(session, contact.customer_id, second.id, ADA)
    assert verbs(session, contact)[-1] == "no_longer_primary"
    login = session.get_one(Login, contact.login_id)
    link = links.issue(session, login, links.SET_PASSWORD, contact.id)
    links.start_life(link)
    session.commit()
    set_password(session, links.sign(link), SECRET, SECRET)
    sign_in(session, "m@example.com", SECRET, "10.9.9.9", None)
    contact_states.deactivate_contact(session, contact.customer_id, contact.id, actor=ADA)
    contact_states.reactivate_contact(session, contact.customer_id, contact.id, ADA)
    assert verbs(session, contact)[4:] == [
        "password_set",
        "signed_in",
        "deactivated",
        "reactivated",
    ]
    by_holder = session.scalars(select(Activity).where(Activity.verb == "password_set")).one()
    assert (by_holder.actor_kind, by_holder.actor_contact_id) == ("contact", contact.id)


def test_no_secret_is_ever_kept(session: Session, contact: Any) -> None:
    """No password, hash or token stands in any row (S5, security 6.4.1)."""
    raw = {"firstname": "M", "lastname": "O", "email": "m@example.com", "password": SECRET + "!"}
    edit_contact(session, contact.customer_id, contact.id, raw, ADA)
    assert "password_set_by_staff" in verbs(session, contact)
    kept = json.dumps([row.changes for row in session.scalars(select(Activity))])
    hashed = session.scalars(select(Login.password_hash)).one() or "none"
    assert SECRET not in kept
    assert hashed not in kept
    assert "password" not in kept


def test_in_one_statement(session: Session, contact: Any, statements: Callable[..., Any]) -> None:
    """In their order, written at once, with a time; what fails writes nothing and leaves nothing
    behind for what is recorded next."""
    session.commit()
    pk = contact.id
    with statements() as seen, written_together(session, Activity):
        activity.record(session, ADA, pk, "edited", {"firstname": ["A", "B"]})
        activity.record(session, ADA, pk, "moved")
    assert [one.split("(")[0].strip() for one in seen] == ["INSERT INTO contacts_activity"]
    with pytest.raises(RuntimeError):
        _record_and_fail(session, pk)
    activity.record(session, ADA, pk, "reactivated")
    session.commit()
    assert verbs(session, contact)[-3:] == ["edited", "moved", "reactivated"]
    rows = session.scalars(select(Activity).order_by(Activity.id.desc()).limit(3)).all()
    assert all(row.happened_at and row.actor_name == "Ada Min" for row in rows)
    assert rows[2].changes == {"firstname": ["A", "B"]}


def _record_and_fail(session: Session, pk: int) -> None:
    with written_together(session, Activity):
        activity.record(session, ADA, pk, "deactivated")
        raise RuntimeError("in the middle")
